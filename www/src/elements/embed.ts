import { msg, str } from "@lit/localize";
import { html, nothing } from "lit";
import { defaults, lockNames, locks, partNames, parts, type Lock, type Part } from "../lab/address.js";
import { settingsOf } from "../lab/link.js";
import { copyText, sitePage } from "./clipboard.js";
import { define } from "./define.js";
import { LabDialog } from "./dialog.js";
import { number } from "../lab/language.js";
import { text as attribute } from "../lab/markup.js";
import { css } from "./style.js";

/** Parts that a page on somebody else's site seldom needs. */
const usuallyHidden: readonly Part[] = ["title", "opening", "own", "lesson", "about", "backend"];

/** Milliseconds after the last change before the preview follows. */
const CALM = 600;

/** The dialog that makes the lines for a page of one's own. */
export class BsEmbed extends LabDialog {
  static override properties = {
    kind: { state: true },
    width: { state: true },
    present: { state: true },
    autorun: { state: true },
    hide: { state: true },
    lock: { state: true },
    shown: { state: true },
    said: { state: true },
  };
  static override styles = [
    LabDialog.styles,
    css`
      dialog {
        width: min(70rem, 96vw);
      }
      .sides {
        display: grid;
        gap: 1.25rem 2rem;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr));
      }
      fieldset {
        border: 1px solid var(--rule);
        margin: 0 0 0.75rem;
        padding: 0.25rem 0.75rem 0.5rem;
      }
      .list {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr));
      }
      label {
        display: flex;
        gap: 0.5rem;
        align-items: center;
        min-height: 32px;
      }
      input[type="number"] {
        width: 6.5rem;
        min-height: 44px;
        font: inherit;
      }
      input[type="checkbox"],
      input[type="radio"] {
        width: 1.125rem;
        height: 1.125rem;
        flex: none;
      }
      @media (pointer: coarse) {
        label {
          min-height: 44px;
        }
      }
      textarea {
        width: 100%;
        height: 10rem;
        font:
          0.875rem/1.4 ui-monospace,
          monospace;
        color: var(--ink);
        background: var(--sheet);
        border: 1px solid var(--rule);
      }
      iframe {
        width: 100%;
        height: 26rem;
        border: 1px solid var(--rule);
        background: var(--page);
      }
    `,
  ];

  declare kind: "frame" | "element";
  /** CSS pixels; as wide as there is room where it is `null`. */
  declare width: number | null;
  declare present: boolean;
  declare autorun: boolean;
  declare hide: ReadonlySet<Part>;
  declare lock: ReadonlySet<Lock>;
  /** The address in the preview. */
  declare shown: string;
  declare said: string;
  #calm: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.kind = "frame";
    this.width = null;
    this.present = true;
    this.autorun = false;
    this.hide = new Set(usuallyHidden);
    this.lock = new Set();
    this.shown = "";
    this.said = "";
  }

  protected override get heading(): string {
    return msg("Embed");
  }

  override async open(): Promise<void> {
    this.shown = this.#address;
    await super.open();
    clearTimeout(this.#calm);
  }

  protected override body() {
    const radio = (kind: BsEmbed["kind"], words: string) =>
      html`<label
        ><input
          type="radio"
          name="kind"
          .checked=${this.kind === kind}
          @change=${() => this.#set({ kind })}
        />${words}</label
      >`;
    const check = (words: string, checked: boolean, set: (on: boolean) => void) =>
      html`<label
        ><input
          type="checkbox"
          .checked=${checked}
          @change=${(event: Event) => set((event.target as HTMLInputElement).checked)}
        />${words}</label
      >`;
    return html`<div class="sides">
      <form @submit=${(event: Event) => event.preventDefault()}>
        <fieldset>
          <legend class="caption">${msg("How")}</legend>
          ${radio("frame", msg("In a frame: works on almost every course site"))}
          ${radio("element", msg("As an element: part of the page, where it may have scripts"))}
          ${
            this.kind === "frame"
              ? html`<label
                  >${msg("Width in pixels")}
                  <input
                    type="number"
                    min="320"
                    max="4000"
                    placeholder=${msg("all")}
                    .value=${this.width === null ? "" : String(this.width)}
                    @input=${(event: Event) => this.#width(event.target as HTMLInputElement)}
                /></label>`
              : nothing
          }
        </fieldset>
        <fieldset>
          <legend class="caption">${msg("What it begins with")}</legend>
          ${check(msg("The digit, network and result of now"), this.present, (present) => this.#set({ present }))}
          ${check(msg("It fools the network by itself"), this.autorun, (autorun) => this.#set({ autorun }))}
        </fieldset>
        <fieldset>
          <legend class="caption">${msg("Leave out")}</legend>
          <div class="list">
            ${parts.map((part) =>
              check(partNames()[part], this.hide.has(part), (on) =>
                this.#set({ hide: changed(this.hide, part, on) }),
              ),
            )}
          </div>
        </fieldset>
        <fieldset>
          <legend class="caption">${msg("Students cannot change")}</legend>
          <div class="list">
            ${locks.map((lock) =>
              check(lockNames()[lock], this.lock.has(lock), (on) =>
                this.#set({ lock: changed(this.lock, lock, on) }),
              ),
            )}
          </div>
        </fieldset>
      </form>
      <div>
        <label class="caption" for="code">${msg("For your page")}</label>
        <textarea id="code" readonly data-testid="embed-code" .value=${this.#code}></textarea>
        <button type="button" @click=${() => void this.#copy()}>${msg("Copy")}</button>
        <p class="small" role="status">${this.said}</p>
        <p class="small muted">${size()}</p>
        <p class="caption">${msg("What it looks like")}</p>
        ${preview(this.shown)}
      </div>
    </div>`;
  }

  #set(change: Partial<Pick<this, "kind" | "width" | "present" | "autorun" | "hide" | "lock">>): void {
    Object.assign(this, change);
    this.said = "";
    clearTimeout(this.#calm);
    this.#calm = setTimeout(() => (this.shown = this.#address), CALM);
  }

  #width({ value, valueAsNumber }: HTMLInputElement): void {
    if (value === "") this.#set({ width: null });
    else if (valueAsNumber >= 320 && valueAsNumber <= 4000) this.#set({ width: Math.round(valueAsNumber) });
  }

  get #settings(): string {
    const wishes = { hide: [...this.hide], lock: [...this.lock], autorun: this.autorun };
    return settingsOf(this.present ? this.lab.seen : defaults, wishes);
  }

  get #address(): string {
    return `${sitePage()}?${this.#settings}`;
  }

  get #code(): string {
    return this.kind === "frame" ? frame(this.#address, this.width) : element(this.#settings);
  }

  async #copy(): Promise<void> {
    this.said = (await copyText(this.#code))
      ? msg("Copied.")
      : msg("This page may not use the clipboard: copy it by hand.");
  }
}

/** The page as the frame shows it; `address` is the site's own, with settings that are encoded. */
function preview(address: string) {
  // eslint-disable-next-line no-restricted-syntax -- it cannot be anything but an address of the site
  return html`<iframe title=${msg("Preview")} src=${address} data-testid="embed-preview"></iframe>`;
}

/** A set with or without one of its names. */
function changed<Name>(set: ReadonlySet<Name>, name: Name, on: boolean): Set<Name> {
  const other = new Set(set);
  if (on) other.add(name);
  else other.delete(name);
  return other;
}

function frame(address: string, width: number | null): string {
  return `<iframe
  src="${attribute(address)}"
  title="${attribute(msg("Blind Spots: draw a digit, fool a neural network"))}"
  width="${width ?? "100%"}" height="900" loading="lazy"
  sandbox="allow-scripts allow-downloads allow-popups allow-popups-to-escape-sandbox"
></iframe>
<script src="${attribute(new URL("embed.js", sitePage()).href)}"></script>
`;
}

function element(settings: string): string {
  return `<script type="module" src="${attribute(new URL("elements.js", sitePage()).href)}"></script>
<bs-app settings="${attribute(settings)}"></bs-app>
`;
}

/** What this page has fetched so far, which is what a first visit of another one fetches. */
function size(): string {
  const files = performance.getEntriesByType("resource") as PerformanceResourceTiming[];
  const bytes = files.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0);
  const kilobytes = number(Math.round(bytes / 1000));
  return msg(
    str`A first visit fetches about ${kilobytes} KB; the first networks read after a fraction of it.`,
  );
}

define("bs-embed", BsEmbed);
