// What the panel of bounds shows: the layers' numbers once a network, the
// proof and the attack once a digit, when the visitor's hand has come to rest.

import { BlindSpotsError } from "../../engine/errors.js";
import type { AttackReport, BoundsReport, CertificateReport, Progress } from "../../engine/messages.js";
import type { Lab } from "../../lab/lab.js";
import { Latest, stale } from "../../lab/latest.js";
import type { Slot } from "../../lab/networks.js";
import { asSentence, failure, type Said } from "../../lab/saying.js";

/** Milliseconds without a change after which a digit is taken up. */
const REST = 500;

/** What is known of a digit. */
export interface Outcome {
  slot: Slot;
  label: number;
  certificate: CertificateReport;
  /** The smallest change that was found; its `success` says whether there is one. */
  attack: AttackReport;
}

export class Bounding {
  slot: Slot | null = null;
  /** The layers' bounds that are shown, and whose they are. */
  bounds: { slot: Slot | null; report: BoundsReport } | null = null;
  outcome: Outcome | null = null;
  /** Whether what is shown belongs to the present digit and network, and no newer one is on its way. */
  fresh = false;
  working = false;
  /** Share of the proof that is done. */
  progress = 0;
  /** The visitor ended it. */
  cancelled = false;
  #failed: BlindSpotsError | null = null;

  /** The present network's bounds, once they are known. */
  #of: BoundsReport | null = null;
  #image: Float32Array | null = null;
  #label: number | null = null;
  #lab: Lab;
  #changed: () => void;
  #rest: ReturnType<typeof setTimeout> | undefined;
  readonly #work = new Latest(
    (signal) => this.#compute(signal),
    (reason) => {
      this.#failed = BlindSpotsError.from(reason);
      this.outcome = null;
      this.working = false;
      this.#changed();
    },
  );

  constructor(lab: Lab, changed: () => void) {
    this.#lab = lab;
    this.#changed = changed;
  }

  /** What went wrong, in a sentence. */
  get problem(): Said | null {
    return this.#failed && asSentence(failure(this.#failed));
  }

  /** Takes up what the lab has now. */
  follow(): void {
    const { chosen, image, label } = this.#lab;
    const slot = chosen?.state === "ready" ? chosen : null;
    const sameNetwork = slot?.model?.id === this.slot?.model?.id;
    if (sameNetwork && image === this.#image && label === this.#label) return;
    this.stop();
    if (!sameNetwork) this.#of = null;
    this.#failed = null;
    Object.assign(this, { slot, fresh: false, cancelled: false });
    // Another digit's result stays until the new one is there, so that nothing below it jumps.
    if (!slot || !image) this.outcome = null;
    if (!slot) this.bounds = null;
    this.#image = image;
    this.#label = label;
    if (!slot) return;
    this.#rest = setTimeout(() => void this.#work.ask(), this.#of ? REST : 0);
  }

  /** Ends what is under way. */
  stop(): void {
    clearTimeout(this.#rest);
    this.#work.stop();
    this.working = false;
  }

  /** Ends it at the visitor's wish. */
  cancel(): void {
    this.stop();
    this.cancelled = true;
    this.#changed();
  }

  /** Begins again what the visitor has ended. */
  resume(): void {
    this.cancelled = false;
    void this.#work.ask();
  }

  /** Forgets everything, so that `follow` begins anew. */
  forget(): void {
    this.stop();
    this.#of = null;
    Object.assign(this, { slot: null, bounds: null, outcome: null });
  }

  async #compute(signal: AbortSignal): Promise<void> {
    const { engine } = this.#lab;
    const model = this.slot?.model?.id;
    if (!engine || model === undefined) return;
    const { slot } = this;
    const [image, label] = [this.#image, this.#label];
    this.working = true;
    this.progress = 0;
    this.#changed();
    const bounds = this.#of ?? (await engine.bounds(model, { signal }));
    if (stale(signal)) return;
    this.#of = bounds;
    if (slot && image && label !== null) {
      const attack = await engine.attack({ model, image, label, method: "nearest-boundary", signal });
      const onprogress = ({ fraction }: Progress) => {
        if (stale(signal)) return;
        this.progress = fraction;
        this.#changed();
      };
      const certificate = await engine.certify(model, image, label, { signal, onprogress });
      if (stale(signal)) return;
      this.outcome = { slot, label, certificate, attack };
    }
    this.bounds = { slot, report: bounds };
    this.fresh = true;
    this.working = false;
    this.#changed();
  }
}
