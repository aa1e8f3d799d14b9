import { msg } from "@lit/localize";
import { html, nothing } from "lit";
import "./attack.js";
import "./chapters.js";
import type { OpenLab } from "../chapters/chapter.js";
import type { BsChapter } from "./chapters.js";
import { define } from "./define.js";
import type { BsExperiments } from "./experiments.js";
import "./language.js";
import { LabElement } from "./base.js";
import "./opening.js";
import type { BsPad } from "./pad.js";
import "./pad.js";
import "./readings.js";
import "./result.js";
import "./samples.js";
import "./strip.js";
import { style } from "./app-style.js";
import { base, controls } from "./style.js";

/** Beside the page: this code is built into `assets/`. */
const thirdParty = new URL(
  /* @vite-ignore */ import.meta.env.DEV ? "/third-party.txt" : "../third-party.txt",
  import.meta.url,
).href;

// eslint-disable-next-line no-restricted-syntax -- the address is made of nothing but the page's own
const licences = () => html`<a href=${thirdParty}>${msg("licences of parts")}</a>`;

const intro = () =>
  html`<p>
    ${msg(html`Draw a digit. Twelve neural networks read it as you draw. Then press <b>Fool&nbsp;it</b>, and see how little has to change for one of them to get it wrong.`)}
  </p>`;

/** How far below a notice that what it hid comes to lie, in pixels. */
const BESIDE = 8;

/** The whole page: draw, fool, and see who else is fooled. */
export class BsApp extends LabElement {
  static override styles = [base, controls, style];

  /** Whether the site's own page opens with the story: not where a link shows something, nor in a frame. */
  get #tells(): boolean {
    const own = this.hasAttribute("address") && window.parent === window;
    return own && this.lab.plain && !this.hides("opening") && !this.hides("chapters");
  }

  protected override render() {
    const tells = this.#tells;
    const parts = licences();
    return html`
      ${this.hides("title") ? nothing : this.#header(tells)}
      <main
        tabindex="-1"
        @keyup=${this.#uncover}
        class="${this.hides("title") ? "untitled" : ""} ${this.#holds ? "held" : ""} ${this.#whole ? "whole" : ""}"
      >
        <div role="alert">${this.#notice()}</div>
        <bs-tasks @arrived=${this.#release} @to-lab=${this.#showLab}></bs-tasks>
        ${this.lab.plain && !this.hides("opening") ? html`<bs-opening @begin=${this.#begin}></bs-opening>` : nothing}
        ${
          tells
            ? html`<div class="chapters" @open-lab=${this.#openLab}>
                  <bs-chapter-spots number="1"></bs-chapter-spots>
                  <bs-chapter-noise number="2"></bs-chapter-noise>
                  <bs-chapter-transfer number="3"></bs-chapter-transfer>
                  <bs-chapter-units number="4"></bs-chapter-units>
                  <bs-chapter-bounds number="5"></bs-chapter-bounds>
                </div>
                <div class="lab">
                  <h2>${msg("The lab")}</h2>
                  ${intro()}
                </div>`
            : nothing
        }
        <div class="experiment ${this.hides("readings") ? "alone" : ""}">
          <section class="draw" aria-label=${msg("Draw a digit")}>
            <h2><span class="step" aria-hidden="true">1</span> ${msg("Draw a digit")}</h2>
            <bs-pad></bs-pad>
            ${this.hides("strip") ? nothing : html`<bs-strip></bs-strip>`}
            ${this.hides("samples") ? nothing : html`<bs-samples></bs-samples>`}
            ${this.hides("own") || this.lab.locks("draw") ? nothing : html`<bs-picture></bs-picture>`}
          </section>
          <section class="fool" aria-label=${msg("Fool a network")}>
            <bs-attack></bs-attack>
            <bs-result></bs-result>
            <bs-task-line></bs-task-line>
          </section>
          <div class="outcome">
            <bs-measures></bs-measures>
            ${this.hides("transfer") ? nothing : html`<bs-transfer></bs-transfer>`}
          </div>
          ${this.hides("readings") ? nothing : html`<bs-readings></bs-readings>`}
        </div>
        ${this.hides("experiments") ? nothing : html`<bs-experiments></bs-experiments>`}
        <div class="more">
          ${this.hides("backend") ? nothing : html`<bs-backend></bs-backend>`}
          ${this.hides("own") ? nothing : html`<bs-own></bs-own>`}
          ${this.hides("lesson") ? nothing : html`<bs-lesson></bs-lesson>`}
        </div>
        ${this.hides("about") ? nothing : html`<bs-about></bs-about>`}
      </main>
      <footer>
        <bs-help></bs-help>
        <p>
          ${msg(html`After C. Szegedy, W. Zaremba, I. Sutskever, J. Bruna, D. Erhan, I. Goodfellow and R. Fergus, <cite lang="en">Intriguing properties of neural networks</cite>, 2013 (<a href="https://arxiv.org/abs/1312.6199" target="_blank" rel="noopener noreferrer">arXiv:1312.6199</a>). Digits: the MNIST database of Y. LeCun, C. Cortes and C. J. C. Burges.`)}
        </p>
        <p>
          ${msg(html`Everything runs in this page; nothing that you draw or load leaves it. Blind Spots is free software under the MIT licence or the Apache Licence 2.0, as you prefer. It is set in Atkinson Hyperlegible Next, drawn by the Braille Institute so that no character is taken for another (${parts}).`)}
        </p>
      </footer>
    `;
  }

  /** A link to a chapter ends in its name: `#noise`. */
  protected override firstUpdated(): void {
    const name = location.hash.slice(1);
    if (!/^[a-z]+$/.test(name)) return;
    const chapter = this.renderRoot.querySelector<BsChapter>(`bs-chapter-${name}`);
    // When all that stands above it has its size.
    if (chapter) requestAnimationFrame(() => chapter.show());
  }

  #header(tells: boolean) {
    const { backend } = this.lab;
    const runs = backend
      ? backend.kind === "webgpu"
        ? msg("Runs on WebGPU, on your machine")
        : msg("Runs on the CPU, on your machine")
      : msg("Starting …");
    return html`<header>
      <h1>Blind Spots</h1>
      ${tells ? html`<button type="button" @click=${() => this.#showLab()}>${msg("Open the lab")}</button>` : intro()}
      <span class="backend">${runs}</span>
      <bs-language></bs-language>
    </header>`;
  }

  #later = false;
  #whole = false;
  #taught = false;
  #released = false;

  /** Whether all waits for the lesson that the address names. */
  get #holds(): boolean {
    return this.lab.choices.lesson !== null && !this.#released;
  }

  #release(): void {
    this.#released = true;
    this.requestUpdate();
  }

  protected override updated(): void {
    const { ready, notice, choices } = this.lab;
    if (choices.lesson !== null && !this.#taught) {
      this.#taught = true;
      this.#fetch(import("../lessons/lessons.js"));
    }
    if (this.#later || (ready.length === 0 && !notice)) return;
    this.#later = true;
    const later = import("./later.js");
    this.#fetch(later);
    const whole = () => {
      this.#whole = true;
      this.requestUpdate();
    };
    void later.then(whole, whole);
  }

  #fetch(part: Promise<unknown>): void {
    part.catch(() => {
      this.#release();
      this.lab.tell(() => msg("A part of this page could not be loaded. Reload it to try again."));
    });
  }

  /** Leads from the opening to the first chapter, or to the lab. */
  #begin(): void {
    const chapter = this.renderRoot.querySelector<BsChapter>("bs-chapter-spots");
    if (chapter) chapter.show();
    else this.#showLab();
  }

  #showLab(): void {
    this.renderRoot.querySelector(".lab, .draw")?.scrollIntoView();
    this.renderRoot.querySelector<BsPad>("bs-pad")?.focusPad();
  }

  /** Leads from a chapter to where it goes on. */
  #openLab(event: OpenLab): void {
    event.preventDefault();
    const { panel } = event.detail;
    if (!panel) return this.#showLab();
    this.lab.choose({ panel });
    // Fetched when a network reads; a panel that is chosen before is shown then.
    this.renderRoot.querySelector<Partial<BsExperiments> & Element>("bs-experiments")?.show?.(panel);
  }

  #notice() {
    const { notice } = this.lab;
    if (!notice) return nothing;
    return html`<div class="notice" data-testid="notice">
      <div>${notice.said.map(({ text, lang }) => html`<p lang=${lang ?? nothing}>${text}</p>`)}</div>
      ${
        notice.restart
          ? html`<button type="button" @click=${this.#restart}>${msg("Start again")}</button>`
          : html`<button type="button" @click=${this.#dismiss}>${msg("Dismiss")}</button>`
      }
    </div>`;
  }

  readonly #dismiss = (): void => {
    this.lab.dismiss();
    this.#goOn();
  };

  readonly #restart = (): void => {
    void this.lab.restart();
    this.#goOn();
  };

  /** What follows is where the focus goes on from, when a notice and its button are gone. */
  #goOn(): void {
    this.renderRoot.querySelector("main")?.focus({ preventScroll: true });
  }

  /** What a key has reached beneath a notice comes out from under it. */
  readonly #uncover = (event: KeyboardEvent): void => {
    const notice = this.renderRoot.querySelector(".notice");
    const path = event.composedPath();
    const reached = path[0] as Element;
    // A dialog lies above it.
    if (!notice || path.some((around) => (around as Element).localName === "dialog")) return;
    const { bottom } = notice.getBoundingClientRect();
    const under = reached.getBoundingClientRect();
    if (!notice.contains(reached) && under.top < bottom && under.bottom > 0)
      scrollBy(0, under.top - bottom - BESIDE);
  };
}

define("bs-app", BsApp);
