import { msg, str } from "@lit/localize";
import { html, nothing } from "lit";
import { define } from "../elements/define.js";
import { reach, times, type Comparison, type Transfer } from "../lab/comparison.js";
import type { Example } from "../lab/example.js";
import { fixed, number, percent, plural, sentences } from "../lab/language.js";
import { measured4 } from "../lab/measured.js";
import { table4 } from "../lab/paper.js";
import { Chapter, picture } from "./chapter.js";
import { across } from "./across.js";
import { Finding } from "./finding.js";
import { Showing, type Shown } from "./showing.js";
import { css } from "../elements/style.js";

/** A change that was made for one network, shown to all the others: as it was found, and larger. */
export class BsStoryTransfer extends Chapter {
  static override styles = [
    Chapter.styles,
    css`
      .side {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 0.75rem 1.5rem;
      }
      .pictures {
        align-content: start;
        align-self: start;
      }
      table {
        width: 100%;
        max-width: 36rem;
        border-collapse: collapse;
        background: var(--sheet);
        border: 1px solid var(--rule);
        font-size: 0.9375rem;
      }
      th,
      td {
        padding: 0.25rem clamp(0.125rem, 1.6cqi, 0.5rem);
        border: 1px solid var(--rule);
        text-align: center;
      }
      th {
        font-weight: 400;
        line-height: 1.25;
        overflow-wrap: anywhere;
      }
      th:first-child {
        text-align: left;
      }
      thead th {
        background: var(--field);
        color: var(--label);
        font-weight: 600;
      }
      tbody td {
        font-size: 1.0625rem;
        font-weight: 650;
      }
      .fooled td,
      td.fooled {
        background: var(--fool-fill);
        color: var(--on-fool);
        text-decoration: underline 2px;
        text-underline-offset: 3px;
        forced-color-adjust: none;
      }
      td.already {
        background: var(--hatched);
        forced-color-adjust: none;
      }
      .size {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0 0.75rem;
        margin-top: 0.5rem;
      }
      .size input {
        width: 14rem;
        max-width: 100%;
        height: 44px;
        margin: 0;
        accent-color: var(--fool-fill);
      }
      .size .number {
        min-width: min(11.5rem, 100%);
      }
      @container (min-width: 17em) {
        thead th {
          overflow-wrap: normal;
        }
      }
      @container (min-width: 44em) {
        .side {
          grid-template-columns: minmax(0, 1.1fr) minmax(0, 1fr);
        }
      }
    `,
  ];

  protected override readonly section = "4.2";
  protected override readonly panel = "transfer";
  readonly #showing = new Showing(
    () => this.lab,
    () => this.requestUpdate(),
  );

  /** Both sizes as the networks read them. */
  get shown(): Shown | null {
    return this.#showing.shown;
  }

  /** How many times as large the change is shown beside itself. */
  get times(): number {
    return this.#showing.times;
  }

  set times(times: number) {
    this.#showing.magnify(times);
  }

  /** What the change was made of. */
  get example(): Example | null {
    return Finding.of(this.lab).example;
  }

  protected override words() {
    const [paper, ours] = [across(table4), across(measured4)];
    const [found, magnified] = [percent(paper.found / 100), percent(paper.magnified / 100)];
    const [foundHere, magnifiedHere] = [percent(ours.found / 100), percent(ours.magnified / 100)];
    const [distortion, count] = [number(0.1), number(10_000)];
    return html`<p>
        ${msg("The change was made for one network alone, and is only just big enough for it. Show it to the others and few fall for it; make the same change larger, and more and more do. They were trained apart, some on other digits, and still share blind spots.")}
      </p>
      <p data-testid="transfer-tables">
        ${sentences(
          msg(
            str`Between networks that never saw the same digits, the paper’s examples were misread in ${found} of all cases as found, and in ${magnified} at a distortion of ${distortion}.`,
          ),
          msg(str`For ours, on all ${count} test digits, it is ${foundHere} and ${magnifiedHere}.`),
        )}
      </p>`;
  }

  protected override live() {
    const { example } = this;
    const { shown } = this.#showing;
    const factor = times(this.times);
    const distortion = shown ? fixed(shown.magnified.transfer.distortion, 3) : "…";
    const problem = Finding.of(this.lab).problem ?? this.#showing.problem;
    return html`
      <div class="side">
        <div>
          <div class="pictures number">
            ${picture(
              example?.image ?? null,
              msg("The digit with the change as it was found"),
              html`${msg("as found")} <b>${shown ? fools(shown.found) : "…"}</b>`,
            )}
            ${picture(
              shown?.magnified.transfer.example ?? null,
              msg("The digit with the change magnified"),
              html`× ${factor} <b>${shown ? fools(shown.magnified) : "…"}</b>`,
            )}
          </div>
          <label class="size">
            <span class="caption">${msg("Magnify the change")}</span>
            <input
              type="range"
              min="1"
              max=${example ? reach(example) : 3}
              step="0.1"
              aria-label=${msg("Magnify the change of this chapter")}
              aria-valuetext=${msg(str`${factor} times`)}
              .value=${String(this.times)}
              @input=${(event: Event) => (this.times = Number((event.target as HTMLInputElement).value))}
            />
            <span class="number">${msg(str`× ${factor}, distortion ${distortion}`)}</span>
          </label>
          ${this.say("transfer", problem?.() ?? (example && shown ? said(example, shown) : null))}
          <div class="buttons">${this.another()}</div>
        </div>
        ${this.#table(example, shown)}
      </div>
    `;
  }

  #table(example: Example | null, shown: Shown | null) {
    const { slots, chosen } = this.lab;
    const made = (example?.slot ?? chosen)?.name;
    const of = (transfer: Transfer | undefined, name: string) =>
      transfer?.comparisons.find(({ slot }) => slot.name === name);
    return html`<table class="number" data-testid="transfer-networks">
      <thead>
        <tr>
          <th scope="col">${msg("Network")}</th>
          <th scope="col">${msg("original")}</th>
          <th scope="col">${msg("as found")}</th>
          <th scope="col">×&nbsp;${times(this.times)}</th>
        </tr>
      </thead>
      <tbody>
        ${slots.map(({ name, title }) => {
          const [found, magnified] = [of(shown?.found.transfer, name), of(shown?.magnified.transfer, name)];
          return html`<tr data-model=${name}>
            <th scope="row">${title}${name === made ? html` <b>${msg("(made for it)")}</b>` : nothing}</th>
            <td class=${found?.already ? "already" : ""}>${found?.original.label ?? "…"}</td>
            ${cell(found)} ${cell(magnified)}
          </tr>`;
        })}
      </tbody>
    </table>`;
  }

  protected override follow(): void {
    const finding = Finding.of(this.lab);
    finding.follow(this);
    this.#showing.follow(finding.example);
  }

  protected override rest(): void {
    Finding.of(this.lab).leave(this);
    this.#showing.rest();
  }

  protected override formula() {
    return html`<p class="formula"><i>x</i>″ = clip(<i>x</i> + <i>t</i>·<i>r</i>)</p>
      <p>
        ${msg("r is the change that was found for one network, t how many times as large it is shown. Fooled is a network that read the original correctly and misreads the changed digit; one that already misread the original (hatched) does not count.")}
      </p>`;
  }
}

function cell(comparison: Comparison | undefined) {
  const kind = comparison?.fooled ? "fooled" : comparison?.already ? "already" : "";
  return html`<td class=${kind}>
    ${comparison?.example.label ?? "…"}${comparison?.fooled ? html` <span class="unseen">${msg("fooled")}</span>` : nothing}
  </td>`;
}

/** "fools 2 of 11 others". */
function fools({ others: { fooled, of } }: Shown["found"]): string {
  return plural(of, {
    one: msg(str`fools ${fooled} of ${of} other`),
    other: msg(str`fools ${fooled} of ${of} others`),
  });
}

function said({ slot: { title } }: Example, { found, magnified }: Shown) {
  const { fooled, of, others } = found.others;
  const size = times(magnified.transfer.factor);
  const then = magnified.others.fooled;
  if (of === others)
    return plural(of, {
      one: msg(
        html`Made for ${title}, it fools <b>${fooled}</b> of the other ${of} network; ${size} times as large,
          it fools <b>${then}</b>.`,
      ),
      other: msg(
        html`Made for ${title}, it fools <b>${fooled}</b> of the other ${of} networks; ${size} times as large,
          it fools <b>${then}</b>.`,
      ),
    });
  return plural(of, {
    one: msg(
      html`Made for ${title}, it fools <b>${fooled}</b> of the other ${of} network that read the original
        correctly; ${size} times as large, it fools <b>${then}</b>.`,
    ),
    other: msg(
      html`Made for ${title}, it fools <b>${fooled}</b> of the other ${of} networks that read the original
        correctly; ${size} times as large, it fools <b>${then}</b>.`,
    ),
  });
}

define("bs-story-transfer", BsStoryTransfer);
