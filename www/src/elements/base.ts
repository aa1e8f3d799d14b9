import type { Part } from "../lab/address.js";
import type { Lab } from "../lab/lab.js";
import { sharedLab } from "../lab/shared.js";
import { speaks, leaves } from "./speaking.js";
import { SpokenElement } from "./spoken.js";

/** An element that shows a lab: the page's shared one, unless it is given another. */
export abstract class LabElement extends SpokenElement {
  #lab: Lab | null = null;
  readonly #onchange = () => this.requestUpdate();

  get lab(): Lab {
    return (this.#lab ??= sharedLab());
  }

  set lab(lab: Lab) {
    this.#lab?.removeEventListener("change", this.#onchange);
    this.#lab = lab;
    if (this.isConnected) lab.addEventListener("change", this.#onchange);
    this.requestUpdate();
  }

  /** Whether the address hides this part of the page. */
  hides(part: Part): boolean {
    return this.lab.hidden.has(part);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    speaks(this, this.lab);
    this.lab.addEventListener("change", this.#onchange);
    void this.lab.start();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    leaves(this);
    this.lab.removeEventListener("change", this.#onchange);
  }
}
