import { msg, str } from "@lit/localize";
import { html, nothing, type CSSResultGroup, type TemplateResult } from "lit";
import { quoted } from "../lab/address.js";
import { LabElement } from "./base.js";
import { base, controls, css } from "./style.js";

/** How far below the window an element begins to load. */
const AHEAD = "0px 0px 300px";

/** What is fetched when it is wanted. */
export interface Late {
  name: string;
  /** Fetches the code, which defines the element, and makes one. */
  make(): Promise<LabElement>;
}

/** An element whose content is fetched when it comes into view, once a network reads. */
export abstract class LateElement extends LabElement {
  static override styles: CSSResultGroup = [
    base,
    controls,
    css`
      @media print {
        .waiting {
          display: none;
        }
      }
      .problem {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.5rem 1rem;
      }
    `,
  ];

  /** The content; `null` while it is fetched. */
  #content: LabElement | null = null;
  #shown: string | null = null;
  #failed = false;
  #observer: IntersectionObserver | null = null;

  /** What is to be seen here. */
  protected abstract get late(): Late | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#observer = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        this.#observer?.disconnect();
        this.#observer = null;
        this.requestUpdate();
      },
      { rootMargin: AHEAD },
    );
    this.#observer.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#observer?.disconnect();
    this.#observer = null;
  }

  protected override updated(): void {
    // Once in view it stays so; another name is fetched at once. The first reading goes before.
    const { ready, notice } = this.lab;
    const turn = ready.length > 0 || notice !== null;
    if (!this.#observer && turn && this.late && this.late.name !== this.#shown) void this.#fetch(this.late);
  }

  async #fetch({ name, make }: Late): Promise<void> {
    this.#shown = name;
    this.#content = null;
    this.#failed = false;
    this.requestUpdate();
    try {
      const element = await make();
      if (this.#shown !== name) return;
      element.lab = this.lab;
      this.#content = element;
    } catch {
      this.#failed = this.#shown === name;
    }
    this.requestUpdate();
  }

  /** Says that an attribute is none of what it may be; `wanted` is that in words. */
  protected wrong(key: string, wanted: string): TemplateResult {
    const found = quoted(this.getAttribute(key) ?? "");
    return html`<p class="problem" role="alert" data-testid="wrong-attribute">
      ${msg(str`${key} is ${wanted}, not ${found}.`)}
    </p>`;
  }

  /** The content, or why there is none yet. */
  protected get content(): TemplateResult | LabElement | typeof nothing {
    if (this.#failed) {
      return html`<div class="problem" role="alert">
        <p>${msg("This experiment could not be loaded.")}</p>
        <button type="button" @click=${() => this.late && this.#fetch(this.late)}>${msg("Try again")}</button>
      </div>`;
    }
    return this.#content ?? (this.late ? html`<p class="muted waiting">${msg("Loading …")}</p>` : nothing);
  }
}
