import { css, html, nothing } from "lit";
import { LabElement } from "../elements/base.js";
import { base, controls } from "../elements/style.js";
import type { BackendChoice } from "../engine/engine.js";
import type { Digits } from "../lab/lab.js";
import { Crew } from "./transfer/crew.js";
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
} from "./transfer/settings.js";
import { sums } from "./transfer/sums.js";
import "./transfer/table.js";

const classes = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

/** Who is fooled by whose examples: for the visitor's digit, for many, as in the paper. */
export class BsTransferMatrix extends LabElement {
  static override styles = [
    base,
    controls,
    css`
      .intro {
        max-width: 62rem;
        font-size: 1.125rem;
        line-height: 1.4;
        text-wrap: pretty;
      }
      .wish,
      .go {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.5rem 1rem;
        margin-top: 0.75rem;
      }
      .wish label,
      .magnify {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.5rem;
        min-width: 0;
      }
      .magnify input[type="range"] {
        width: 14rem;
        max-width: 100%;
        height: 44px;
        margin: 0;
        accent-color: var(--fool-fill);
        cursor: pointer;
      }
      .magnify .number {
        min-width: 9.5rem;
      }
      .check {
        min-height: 44px;
        cursor: pointer;
      }
      .check input {
        width: 1.25rem;
        height: 1.25rem;
        accent-color: var(--control);
      }
      .go {
        margin-block: 0.75rem 1rem;
      }
      .go p {
        flex: 1 1 14rem;
      }
      progress {
        width: 100%;
        height: 0.5rem;
        accent-color: var(--fool-fill);
      }
      .sum-up {
        margin-top: 1rem;
        font-size: 1.0625rem;
        max-width: 62rem;
        text-wrap: pretty;
      }
      .sum-up b {
        color: var(--fool);
      }
      .foot {
        margin-top: 0.5rem;
        max-width: 62rem;
      }
    `,
  ];

  #experiment: Experiment | null = null;
  #crew = new Crew();
  /** What the experiment was made of; another one is begun when this changes. */
  #made: readonly unknown[] = [];
  #backend: BackendChoice = "auto";
  #test: Digits | null = null;
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
    const { digits, group, count, only } = this.settings;
    const { backend } = lab.choices;
    if (backend !== this.#backend) this.#crew.close();
    this.#backend = backend;
    const own = digits === "mine" ? [lab.image, lab.label] : [];
    const wanted = [digits, group, only, backend, digits === "test" ? count : null, ...own];
    if (wanted.some((part, i) => part !== this.#made[i])) this.#forget();
    this.#made = wanted;
    this.#step += 1;
  }

  #forget(): void {
    this.#experiment?.pause();
    this.#experiment = null;
  }

  protected override render() {
    const { digits, distortion } = this.settings;
    const experiment = this.#experiment;
    const group = this.#group;
    const networks = networksOf(group, this.lab.slots);
    return html`
      <p class="intro">
        An example that was made for one network is shown to another, built or trained differently.
        <b>Is it fooled as well?</b> Made for each in turn, shown to all.
      </p>
      ${this.hides("experiment-choice") ? nothing : this.#wishes()}
      <div class="go">
        ${this.#button(experiment)}
        <p class="small" data-testid="transfer-state">${this.#state(experiment)}</p>
      </div>
      ${
        experiment?.running && !experiment.done
          ? html`<progress aria-label="Examples made" max="1" .value=${experiment.progress}></progress>`
          : nothing
      }
      ${
        experiment
          ? html`<div class="magnify">
                <label class="magnify">
                  <span class="caption">Magnify every change to</span>
                  <input
                    type="range"
                    min="0"
                    max=${STRONGEST}
                    step="0.01"
                    aria-label="Magnify every change"
                    aria-valuetext=${distortion === null ? "as found" : `distortion ${distortion}`}
                    .value=${String(distortion ?? 0)}
                    @input=${this.#magnify}
                  />
                </label>
                <span class="number"
                  >${distortion === null ? "as found" : `distortion ${distortion.toFixed(2)}`}</span
                >
                <button type="button" ?disabled=${distortion === null} @click=${() => this.#to(null)}>
                  As found
                </button>
                ${distortion === 0.1 ? nothing : html`<button type="button" @click=${() => this.#to(0.1)}>0.1, as in the paper</button>`}
              </div>
              <bs-transfer-table
                .experiment=${experiment}
                .group=${group}
                .networks=${networks}
                .step=${this.#step}
                .single=${digits === "mine" ? networks.map(({ name }) => this.lab.readings.get(name)?.label) : null}
                ?cells=${this.settings.cells}
              ></bs-transfer-table>
              ${experiment.begun ? this.#outcome(experiment) : nothing}`
          : nothing
      }
    `;
  }

  #wishes() {
    const { digits, group, count, only, cells } = this.settings;
    const { called } = this.#group;
    const names: Record<DigitsOf, string> = {
      mine: "my digit",
      gallery: "the page's samples",
      test: "MNIST's test digits, as the paper did",
    };
    return html`<div class="wish">
      <label>
        Digits
        ${select(
          "Digits",
          sets,
          digits,
          (set) => names[set],
          (set) => this.#set({ digits: set }),
        )}
      </label>
      ${
        digits === "test"
          ? html`<label>
              How many
              ${select(
                "How many",
                counts,
                count,
                (n) => n.toLocaleString("en"),
                (n) => this.#set({ count: n }),
              )}
            </label>`
          : nothing
      }
      ${
        digits === "mine"
          ? nothing
          : html`<label>
              Which
              ${select(
                "Which digits",
                [null, ...classes],
                only,
                (k) => (k === null ? "all ten" : `only ${k}`),
                (k) => this.#set({ only: k }),
              )}
            </label>`
      }
      <label>
        Networks
        ${select(
          "Networks",
          groups,
          group,
          (name) => titles[name],
          (name) => this.#set({ group: name }),
        )}
      </label>
      ${
        called === null
          ? nothing
          : html`<label class="check">
              <input
                type="checkbox"
                .checked=${cells}
                @change=${(event: Event) => this.#set({ cells: (event.target as HTMLInputElement).checked })}
              />
              The paper's ${called} beside it
            </label>`
      }
    </div>`;
  }

  #button(experiment: Experiment | null) {
    if (experiment?.running && !experiment.done) {
      return html`<button type="button" @click=${() => experiment.pause()}>Pause</button>`;
    }
    if (experiment?.done) {
      return html`<button type="button" @click=${() => this.#again()}>Again</button>`;
    }
    const words = experiment?.begun ? "Go on" : "Start";
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
    if (!experiment)
      return this.#problem ?? `For each of ${networks} networks, the smallest change that fools it.`;
    if (experiment.preparing) return "Making the workers ready …";
    if (experiment.done)
      return digits === 1 ? "Done." : `Done: ${digits?.toLocaleString("en")} digits for each network.`;
    const made = `${Math.floor(100 * experiment.progress)} % of the examples are made`;
    return experiment.running ? `${made}.` : `Paused: ${made}.`;
  }

  #problem: string | null = null;

  /** Begins, or goes on. */
  async #start(): Promise<void> {
    this.#problem = null;
    if (!this.#experiment) {
      try {
        const digits = await this.#digits();
        if (!digits) {
          this.#problem = "There is no digit yet: draw one, or pick a sample.";
          return this.requestUpdate();
        }
        const { lab } = this;
        const group = this.#group;
        const design = {
          ...digits,
          networks: networksOf(group, lab.slots).map(({ name }) => name),
          noise: noiseOf(group),
          seed: lab.choices.seed,
          backend: lab.choices.backend,
        };
        this.#experiment = new Experiment(design, this.settings.distortion, this.#crew, {
          changed: () => this.requestUpdate(),
          report: (reason) => lab.report(reason),
        });
      } catch (reason) {
        return this.lab.report(reason);
      }
    }
    this.#experiment.start();
    this.requestUpdate();
  }

  /** The digits that are chosen; `null` where there are none. */
  async #digits(): Promise<Digits | null> {
    const { lab } = this;
    const { digits, count, only } = this.settings;
    if (digits === "mine") {
      return lab.image && lab.label !== null ? { images: [lab.image], labels: [lab.label] } : null;
    }
    const all = digits === "test" ? (this.#test ??= await lab.testSet()) : lab.gallery;
    if (!all) return null;
    const places = all.labels.flatMap((label, place) => (only === null || label === only ? [place] : []));
    const chosen = digits === "test" ? spread(places, count) : places;
    return {
      images: chosen.flatMap((place) => all.images[place] ?? []),
      labels: chosen.map((place) => all.labels[place] ?? 0),
    };
  }

  #magnify(event: Event): void {
    const value = Number((event.target as HTMLInputElement).value);
    this.#to(value === 0 ? null : value);
  }

  #to(distortion: number | null): void {
    this.#set({ distortion });
    this.#experiment?.magnify(distortion);
  }

  #outcome(experiment: Experiment) {
    const networks = networksOf(this.#group, this.lab.slots);
    const { own, others, sameHalf, otherHalf, noise } = sums(experiment, networks);
    if (experiment.design.labels.length === 1) return nothing;
    const noisy = noise.filter(({ share }) => share !== null);
    return html`
      <p class="sum-up" data-testid="transfer-sums">
        Examples fool the network that they were made for in <b class="number">${percent(own)}</b> of cases,
        and another one in <b class="number">${percent(others)}</b>.
        ${
          this.#group.name === "halves"
            ? html`Another architecture on the same digits: <b class="number">${percent(sameHalf)}</b>.
                Trained on entirely other digits: <b class="number">${percent(otherHalf)}</b>.`
            : nothing
        }
        ${noisy.map(
          ({ distortion, share }) =>
            html`Noise of ${distortion}: <span class="number">${percent(share)}</span>. `,
        )}
      </p>
      <p class="small muted foot">
        A digit that a network misreads as it is needs no change, and counts as misread, as in the paper. ±:
        the standard error that so many digits leave. Examples come from the boundary method, a close relative
        of the paper's search. The framed cells are the network's own examples.
        ${this.settings.digits === "test" ? "The digits are spread evenly over the test set." : nothing}
      </p>
    `;
  }
}

const titles = Object.fromEntries(networkGroups.map(({ name, title }) => [name, title])) as Record<
  Settings["group"],
  string
>;

function percent(value: number | null): string {
  return value === null ? "…" : `${value === 100 ? "100" : value.toFixed(1)} %`;
}

/** So many of them, evenly spread. */
function spread(places: readonly number[], count: number): number[] {
  const many = Math.min(count, places.length);
  return Array.from({ length: many }, (_, i) => places[Math.floor((i * places.length) / many)] ?? 0);
}

/** A select over any values, by their places. */
function select<T>(
  name: string,
  values: readonly T[],
  chosen: T,
  title: (value: T) => string,
  choose: (value: T) => void,
) {
  const change = (event: Event) => {
    const value = values[(event.target as HTMLSelectElement).selectedIndex];
    if (value !== undefined) choose(value);
  };
  return html`<select aria-label=${name} @change=${change}>
    ${values.map((value) => html`<option .selected=${value === chosen}>${title(value)}</option>`)}
  </select>`;
}

customElements.define("bs-transfer-matrix", BsTransferMatrix);
