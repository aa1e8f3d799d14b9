import { css, html, nothing } from "lit";
import { panelNamed } from "../panels/panels.js";
import { LabElement } from "./base.js";
import { define } from "./define.js";
import { base, controls } from "./style.js";

/** How far below the window a panel begins to load. */
const AHEAD = "300px";

/** One of the further experiments, by its `name`; fetched when it comes into view. */
export class BsExperiment extends LabElement {
  static override properties = { name: { type: String } };
  declare name: string;

  static override styles = [
    base,
    controls,
    css`
      :host {
        min-height: 12rem;
      }
      .problem {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.5rem 1rem;
      }
    `,
  ];

  /** The panel's element; `null` while it is fetched. */
  #panel: LabElement | null = null;
  #shown: string | null = null;
  #failed = false;
  #observer: IntersectionObserver | null = null;

  constructor() {
    super();
    this.name = "";
  }

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
    if (!this.#observer && turn && this.name !== this.#shown) void this.#fetch();
  }

  async #fetch(): Promise<void> {
    const { name } = this;
    const panel = panelNamed(name);
    this.#shown = name;
    this.#panel = null;
    this.#failed = false;
    this.requestUpdate();
    try {
      const element = await panel?.make();
      if (this.#shown !== name || !element) return;
      element.lab = this.lab;
      this.#panel = element;
    } catch {
      this.#failed = this.#shown === name;
    }
    this.requestUpdate();
  }

  protected override render() {
    if (this.#failed) {
      return html`<div class="problem" role="alert">
        <p>This experiment could not be loaded.</p>
        <button type="button" @click=${() => this.#fetch()}>Try again</button>
      </div>`;
    }
    return this.#panel ?? (panelNamed(this.name) ? html`<p class="muted">Loading …</p>` : nothing);
  }
}

define("bs-experiment", BsExperiment);
