// What the panel of bounds shows: the layers' numbers once a network, the
// proof and the attack once a digit, when the visitor's hand has come to rest.

import {
  BlindSpotsError,
  type AttackReport,
  type BoundsReport,
  type CertificateReport,
} from "../../engine/engine.js";
import type { Lab } from "../../lab/lab.js";
import type { Slot } from "../../lab/networks.js";

/** Milliseconds without a change after which a digit is taken up. */
const REST = 500;

/** What is known of a digit. */
export interface Outcome {
  label: number;
  certificate: CertificateReport;
  /** The smallest change that was found; its `success` says whether there is one. */
  attack: AttackReport;
}

export class Bounding {
  slot: Slot | null = null;
  bounds: BoundsReport | null = null;
  outcome: Outcome | null = null;
  working = false;
  /** What went wrong, in a sentence. */
  problem: string | null = null;

  #image: Float32Array | null = null;
  #label: number | null = null;
  #lab: Lab;
  #changed: () => void;
  #abort = new AbortController();
  #rest: ReturnType<typeof setTimeout> | undefined;

  constructor(lab: Lab, changed: () => void) {
    this.#lab = lab;
    this.#changed = changed;
  }

  /** Takes up what the lab has now. */
  follow(): void {
    const { chosen, image, label } = this.#lab;
    const slot = chosen?.state === "ready" ? chosen : null;
    const sameNetwork = slot?.model?.id === this.slot?.model?.id;
    if (sameNetwork && image === this.#image && label === this.#label) return;
    this.stop();
    if (!sameNetwork) this.bounds = null;
    Object.assign(this, { slot, outcome: null, problem: null });
    this.#image = image;
    this.#label = label;
    if (!slot) return;
    const { signal } = (this.#abort = new AbortController());
    this.#rest = setTimeout(() => void this.#compute(signal), this.bounds ? REST : 0);
  }

  /** Ends what is under way. */
  stop(): void {
    clearTimeout(this.#rest);
    this.#abort.abort();
    this.working = false;
  }

  /** Forgets everything, so that `follow` begins anew. */
  forget(): void {
    this.stop();
    Object.assign(this, { slot: null, bounds: null, outcome: null });
  }

  async #compute(signal: AbortSignal): Promise<void> {
    const { engine } = this.#lab;
    const model = this.slot?.model?.id;
    if (!engine || model === undefined) return;
    const [image, label] = [this.#image, this.#label];
    const stale = () => signal.aborted;
    this.working = true;
    this.#changed();
    try {
      const bounds = this.bounds ?? (await engine.bounds(model, { signal }));
      if (stale()) return;
      this.bounds = bounds;
      this.#changed();
      if (image && label !== null) {
        const attack = await engine.attack({ model, image, label, method: "boundary", signal });
        const certificate = await engine.certify(model, image, label, { signal });
        if (stale()) return;
        this.outcome = { label, certificate, attack };
      }
    } catch (reason) {
      if (stale()) return;
      this.problem = BlindSpotsError.from(reason).message;
    }
    this.working = false;
    this.#changed();
  }
}
