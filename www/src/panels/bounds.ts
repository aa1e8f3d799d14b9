import { msg, str } from "@lit/localize";
import { html, nothing } from "lit";
import { LabElement } from "../elements/base.js";
import { csvButton } from "../elements/csv.js";
import { define } from "../elements/define.js";
import { base, controls } from "../elements/style.js";
import type { BoundsReport } from "../engine/messages.js";
import type { Slot } from "../lab/networks.js";
import { Bounding } from "./bounds/bounding.js";
import { layersTable, lengthsTable, quotedTable } from "./bounds/csv.js";
import { digits, figure, verdict } from "./bounds/outcome.js";
import { style } from "./bounds/style.js";
import { number } from "../lab/language.js";
import { workRow } from "./work.js";

/** What no small change can do: the layers' bounds, a proof for the digit, and the attack beside them. */
export class BsBounds extends LabElement {
  static override styles = [base, controls, style];

  #bounding: Bounding | null = null;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#bounding?.forget();
  }

  protected override willUpdate(): void {
    this.#bounding ??= new Bounding(this.lab, () => this.requestUpdate());
    this.#bounding.follow();
  }

  protected override render() {
    const { bounds, outcome, problem, fresh, slot } = this.#bounding ?? {};
    const working = slot && this.lab.image && !fresh;
    return html`
      <p class="intro">
        ${msg(html`An attack shows a change that fools the network. It never shows that no smaller one exists. That takes a <b>proof</b>, and there are two: the paper's own, from the size of every layer, and a sharper one that came later.`)}
      </p>
      ${this.#wish()}
      <div role="alert">
        ${problem ? html`<p class="waiting" lang=${problem.lang ?? nothing}>${problem.text}</p>` : nothing}
      </div>
      <div
        class=${working && !problem ? "old" : ""}
        data-testid="bounds-outcome"
        data-fresh=${String(fresh ?? false)}
      >
        <div role="status">${outcome ? verdict(outcome) : nothing}</div>
        ${
          outcome
            ? html`${figure(outcome)}
                <div class="take">
                  ${csvButton("lengths", msg("Lengths of changes"), () => lengthsTable(outcome))}
                </div>`
            : problem
              ? nothing
              : html`<p class="waiting" data-testid="bounds-waiting">
                  ${this.lab.image ? msg("Proving …") : msg("Draw a digit, or choose one, to see what cannot fool the network on it.")}
                </p>`
        }
        ${bounds?.slot ? tables(bounds.slot, bounds.report) : nothing}
      </div>
    `;
  }

  /** How far the proof is, and the way to end it; its place is there before. */
  #work() {
    const bounding = this.#bounding;
    if (!bounding || !(bounding.working || bounding.cancelled)) return nothing;
    return workRow({
      title: msg("Proof"),
      share: bounding.progress,
      cancelled: bounding.cancelled,
      ended: msg("The proof was cancelled."),
      again: msg("Prove again"),
      cancel: () => bounding.cancel(),
      resume: () => bounding.resume(),
    });
  }

  #wish() {
    return html`<div class="wish">
      ${this.#network()}
      <div class="work">${this.#work()}</div>
      <p class="small muted">
        ${msg("A proof takes about a second for the networks of this page, longer for a large one of yours.")}
      </p>
    </div>`;
  }

  #network() {
    const { lab } = this;
    if (this.hides("model")) return nothing;
    return html`<label>
      ${msg("Network")}
      <select
        aria-label=${msg("Network to bound")}
        @change=${(event: Event) => lab.choose({ model: (event.target as HTMLSelectElement).value })}
      >
        ${lab.ready.map(
          ({ name, title }) =>
            html`<option value=${name} .selected=${name === lab.chosen?.name}>${title}</option>`,
        )}
      </select>
    </label>`;
  }
}

function tables({ title }: Slot, report: BoundsReport) {
  const { layers, product, quoted } = report;
  const tenth = number(0.1);
  return html`
    <div class="tables">
      <section aria-label=${msg(str`Layers of ${title}`)}>
        <h3>${msg(str`How much each layer of ${title} can lengthen a change`)}</h3>
        <table data-testid="bounds-layers">
          <thead>
            <tr>
              <th scope="col">${msg("Layer")}</th>
              <th scope="col">${msg("times at most")}</th>
              <th scope="col">${msg("up to here")}</th>
            </tr>
          </thead>
          <tbody>
            ${layers.map(
              ({ what, constant, exact, fromImage, unbounded }) =>
                html`<tr>
                  <th scope="row">
                    <span lang="en">${what}</span>
                    ${unbounded ? html`<span class="why">${noBound(unbounded)}</span>` : nothing}
                    ${exact === null ? nothing : html`<span class="why">${itself(exact)}</span>`}
                  </th>
                  <td class="number">${constant === null ? "–" : digits(constant)}</td>
                  <td class="number">${fromImage === null ? msg("unknown") : digits(fromImage)}</td>
                </tr>`,
            )}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">${msg("All together")}</th>
              <td></td>
              <td class="number" data-testid="bounds-product">
                ${product === null ? msg("unknown") : digits(product)}
              </td>
            </tr>
          </tfoot>
        </table>
        <div class="take">
          ${csvButton("layers", msg(str`Layers of ${title}`), () => layersTable(report))}
        </div>
      </section>
      <section aria-label=${msg("The paper's figures")}>
        <h3>${msg("The paper's figures, for AlexNet")}</h3>
        <table>
          <thead>
            <tr>
              <th scope="col">${msg("Layer")}</th>
              <th scope="col">${msg("times at most")}</th>
            </tr>
          </thead>
          <tbody>
            ${quoted.map(
              ({ layer, size, bound }) =>
                html`<tr>
                  <th scope="row" lang="en">${layer} <span class="why">${size}</span></th>
                  <td class="number">${bound}</td>
                </tr>`,
            )}
          </tbody>
        </table>
        <div class="take">${csvButton("paper", msg("The paper's figures"), () => quotedTable(report))}</div>
        <p class="small muted">
          ${msg("Quoted from section 4.3; the colour photographs it reads are larger than digits.")}
        </p>
      </section>
    </div>
    <div class="lesson">
      <p>
        ${msg(html`A layer that multiplies lengths by 10 <b>may</b> turn a change of ${tenth} into one of 1. A large number doesn't prove weakness: the layers' worst directions may not line up. A small one would prove strength, which is why the paper suggests training networks whose layers stay small.`)}
      </p>
    </div>
  `;
}

function noBound(why: string) {
  return msg(html`no bound: <span lang="en">${why}</span>`);
}

function itself(constant: number): string {
  const times = digits(constant);
  return msg(str`itself ${times}`);
}

define("bs-bounds", BsBounds);
