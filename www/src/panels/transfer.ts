import { msg, str } from "@lit/localize";
import { html, nothing } from "lit";
import { keyed } from "lit/directives/keyed.js";
import { LabElement } from "../elements/base.js";
import { csvButton } from "../elements/csv.js";
import { define } from "../elements/define.js";
import { base, controls } from "../elements/style.js";
import type { BackendChoice } from "../engine/messages.js";
import type { Model } from "../engine/options.js";
import { OWN, type Slot } from "../lab/networks.js";
import { rested } from "../lab/pen.js";
import { same } from "../lab/measure.js";
import { Crew } from "./transfer/crew.js";
import { sharesTable, singleTable } from "./transfer/csv.js";
import { digitsOf } from "./transfer/digits.js";
import { Experiment } from "./transfer/experiment.js";
import { networkGroups, networksOf, noiseOf, type Group } from "./transfer/networks.js";
import {
  counts,
  format,
  groups,
  parse,
  sets,
  STRONGEST,
  type DigitsOf,
  type Settings,
} from "../lab/transfer-settings.js";
import { outcome } from "./transfer/outcome.js";
import { style } from "./transfer/style.js";
import "./transfer/table.js";
import { fixed, number, percent, plural } from "../lab/language.js";

/** What the paper magnified to (Table 4). */
const PAPERS = 0.1;

/** For a form that nothing is counted in. */
const silent = { changed: () => undefined, report: () => undefined, rest: () => Promise.resolve() };

const classes = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

/** Who is fooled by whose examples: for the visitor's digit, for many, as in the paper. */
export class BsTransferMatrix extends LabElement {
  static override styles = [base, controls, style];

  #experiment: Experiment | null = null;
  /** What an experiment fills in: its table while there is none. */
  #form: Experiment | null = null;
  #crew = new Crew();
  /** What the experiment was made of; another one is begun when this changes. */
  #made: readonly unknown[] = [];
  #backend: BackendChoice = "auto";
  /** The visitor's network, where it takes part. */
  #own: Model | null = null;
  /** As the table has them: the same array while they are the same. */
  #networks: readonly Slot[] = [];
  /** Counts what the experiment has told. */
  #step = 0;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#forget();
    this.#crew.close();
  }

  get settings(): Settings {
    return parse(this.lab.choices.transfer);
  }

  get #group(): Group {
    return networkGroups.find(({ name }) => name === this.settings.group) ?? (networkGroups[0] as Group);
  }

  #set(change: Partial<Settings>): void {
    this.lab.choices.transfer = format({ ...this.settings, ...change });
    this.lab.changed();
  }

  protected override willUpdate(): void {
    const { lab } = this;
    const { digits, group, count, only, distortion } = this.settings;
    const { backend } = lab.choices;
    if (backend !== this.#backend) this.#crew.close();
    this.#backend = backend;
    const mine = digits === "mine" ? [lab.image, lab.label] : [];
    const networks = networksOf(this.#group, lab.slots);
    const own = networks.find((slot) => slot.own)?.model ?? null;
    const names = networks.map(({ name }) => name).join();
    const wanted = [digits, group, only, backend, digits === "test" ? count : null, names, own, ...mine];
    const another = !same(wanted, this.#made);
    if (another) this.#forget();
    if (own !== this.#own) this.#crew.drop(OWN);
    this.#own = own;
    this.#made = wanted;
    if (!same(networks, this.#networks)) this.#networks = networks;
    // While a digit is drawn the lab changes at every movement, and a table is much to render.
    if (another || this.#form?.to !== distortion) this.#form = null;
    if (!this.#experiment) this.#form ??= new Experiment(this.#formDesign(), distortion, this.#crew, silent);
  }

  /** Networks and noise, and as good as no digits. */
  #formDesign() {
    const { lab } = this;
    const group = this.#group;
    return {
      networks: networksOf(group, lab.slots).map(({ name }) => name),
      noise: noiseOf(group),
      images: [],
      labels: this.settings.digits === "mine" ? [0] : [0, 0],
      seed: lab.choices.seed,
      backend: lab.choices.backend,
      own: lab.own,
    };
  }

  #forget(): void {
    this.#experiment?.close();
    this.#experiment = null;
  }

  protected override render() {
    const { digits, distortion } = this.settings;
    const experiment = this.#experiment;
    const [papers, size] = [number(PAPERS), fixed(distortion ?? 0, 2)];
    const strength = distortion === null ? msg("as found") : msg(str`distortion ${size}`);
    const seen = experiment ?? this.#form;
    const running = experiment?.running === true && !experiment.done;
    const group = this.#group;
    const networks = this.#networks;
    const before = digits === "mine" ? networks.map(({ name }) => this.lab.readings.get(name)?.label) : null;
    return html`
      <p class="intro">
        ${msg(html`An example made for one network is shown to another, built or trained differently. <b>Is it fooled too?</b> Made for each in turn, shown to all.`)}
      </p>
      ${this.hides("transfer-choice") ? nothing : this.#wishes()}
      <div class="go">
        ${this.#button(experiment)}
        <p class="small" data-testid="transfer-state">${this.#state(experiment)}</p>
      </div>
      <progress
        class=${running ? "" : "idle"}
        aria-hidden=${String(!running)}
        aria-label=${msg("Examples made")}
        max="1"
        .value=${experiment?.progress ?? 0}
      ></progress>
      <div class="magnify">
        <label>
          <span class="caption">${msg("Magnify every change to")}</span>
          <input
            type="range"
            min="0"
            max=${STRONGEST}
            step="0.01"
            aria-label=${msg("Magnify every change")}
            aria-valuetext=${strength}
            .value=${String(distortion ?? 0)}
            @input=${this.#magnify}
          />
        </label>
        <span class="number">${strength}</span>
        <button type="button" ?disabled=${distortion === null} @click=${() => this.#to(null)}>
          ${msg("As found")}
        </button>
        <button type="button" ?disabled=${distortion === PAPERS} @click=${() => this.#to(PAPERS)}>
          ${msg(str`${papers}, as in the paper`)}
        </button>
      </div>
      ${
        seen
          ? html`<div class="results">
              ${keyed(
                `${group.name} ${digits === "mine"}`,
                html`<bs-transfer-table
                  .experiment=${seen}
                  .group=${group}
                  .networks=${networks}
                  .step=${this.#step}
                  .single=${before}
                  ?cells=${this.settings.cells && digits !== "mine"}
                ></bs-transfer-table>`,
              )}
              <div class="take">${csvOf(seen, networks, group, before)}</div>
              ${outcome(seen, networks, this.settings, before)}
            </div>`
          : nothing
      }
    `;
  }

  #wishes() {
    const { digits, group, count, only, cells } = this.settings;
    const { called } = this.#group;
    const names: Record<DigitsOf, string> = {
      mine: msg("my digit"),
      gallery: msg("the page's samples"),
      test: msg("MNIST's test digits, as the paper did"),
    };
    return html`<div class="wish">
      <label>
        ${msg("Digits")}
        ${select(
          msg("Digits"),
          sets,
          digits,
          (set) => names[set],
          (set) => this.#set({ digits: set }),
        )}
      </label>
      <label>
        ${msg("Which")}
        ${select(
          msg("Which digits"),
          [null, ...classes],
          only,
          (k) => (k === null ? msg("all ten") : msg(str`only ${k}`)),
          (k) => this.#set({ only: k }),
          digits === "mine",
        )}
      </label>
      <label>
        ${msg("How many")}
        ${select(
          msg("How many"),
          counts,
          count,
          (n) => number(n),
          (n) => this.#set({ count: n }),
          digits !== "test",
        )}
      </label>
      <label>
        ${msg("Networks")}
        ${select(
          msg("Networks"),
          groups,
          group,
          (name) => titles()[name],
          (name) => this.#set({ group: name }),
        )}
      </label>
      <label class="check">
        <input
          type="checkbox"
          .checked=${cells}
          ?disabled=${called === null || digits === "mine"}
          @change=${(event: Event) => this.#set({ cells: (event.target as HTMLInputElement).checked })}
        />
        ${called === null ? msg("The paper's tables beside it") : msg(str`The paper's Table ${called} beside it`)}
      </label>
    </div>`;
  }

  #button(experiment: Experiment | null) {
    if (experiment?.running && !experiment.done) {
      return html`<button type="button" @click=${() => experiment.pause()}>${msg("Pause")}</button>`;
    }
    if (experiment?.done) {
      return html`<button type="button" @click=${() => this.#again()}>${msg("Once more")}</button>`;
    }
    const words = experiment?.begun ? msg("Go on") : msg("Start");
    return html`<button type="button" class="primary" @click=${() => void this.#start()}>${words}</button>`;
  }

  #again(): void {
    this.#forget();
    this.requestUpdate();
  }

  #state(experiment: Experiment | null): string {
    const group = this.#group;
    const networks = networksOf(group, this.lab.slots).length;
    const digits = experiment?.design.labels.length;
    const count = number(digits ?? 0);
    if (!experiment)
      return (
        this.#problem?.() ??
        plural(networks, {
          one: msg("For one network, the smallest change that fools it."),
          other: msg(str`For each of ${networks} networks, the smallest change that fools it.`),
        })
      );
    if (experiment.preparing) return msg("Making the workers ready …");
    if (experiment.done)
      return digits === 1 ? msg("Done.") : msg(str`Done: ${count} digits for each network.`);
    const share = percent(Math.floor(100 * experiment.progress) / 100);
    return experiment.running
      ? msg(str`${share} of the examples are made.`)
      : msg(str`Paused: ${share} of the examples are made.`);
  }

  #problem: (() => string) | null = null;

  /** Begins, or goes on. */
  async #start(): Promise<void> {
    this.#problem = null;
    if (!this.#experiment) {
      try {
        const digits = await digitsOf(this.lab, this.settings);
        if (!digits) {
          this.#problem = () => msg("There is no digit yet: draw one, or pick a sample.");
          return this.requestUpdate();
        }
        const { lab } = this;
        const group = this.#group;
        const design = {
          ...digits,
          networks: networksOf(group, lab.slots).map(({ name }) => name),
          own: lab.own,
          noise: noiseOf(group),
          seed: lab.choices.seed,
          backend: lab.choices.backend,
        };
        this.#experiment = new Experiment(design, this.settings.distortion, this.#crew, {
          changed: () => {
            this.#step += 1;
            this.requestUpdate();
          },
          report: (reason) => lab.report(reason),
          rest: () => rested(lab.pen),
        });
      } catch (reason) {
        return this.lab.report(reason);
      }
    }
    this.#experiment.start();
    this.requestUpdate();
  }

  #magnify(event: Event): void {
    const value = Number((event.target as HTMLInputElement).value);
    this.#to(value === 0 ? null : value);
  }

  #to(distortion: number | null): void {
    this.#set({ distortion });
    this.#experiment?.magnify(distortion);
  }
}

const titles = () =>
  Object.fromEntries(networkGroups.map(({ name, title }) => [name, title()])) as Record<
    Settings["group"],
    string
  >;

/** Saves what is counted so far; `before` is what networks read in the one original, `null` for many. */
function csvOf(
  experiment: Experiment,
  networks: readonly Slot[],
  group: Group,
  before: readonly (number | undefined)[] | null,
) {
  const table = () =>
    before ? singleTable(experiment, networks, before) : sharesTable(experiment, networks, group);
  return csvButton("transfer", msg("Made for, shown to"), experiment.begun ? table : null);
}

/** A select over any values, by their places. */
function select<T>(
  name: string,
  values: readonly T[],
  chosen: T,
  title: (value: T) => string,
  choose: (value: T) => void,
  disabled = false,
) {
  const change = (event: Event) => {
    const value = values[(event.target as HTMLSelectElement).selectedIndex];
    if (value !== undefined) choose(value);
  };
  return html`<select aria-label=${name} ?disabled=${disabled} @change=${change}>
    ${values.map((value) => html`<option .selected=${value === chosen}>${title(value)}</option>`)}
  </select>`;
}

define("bs-transfer-matrix", BsTransferMatrix);
