import { updateWhenLocaleChanges } from "@lit/localize";
import { LitElement } from "lit";
import { arriving } from "../lab/language.js";

/** An element with words: it shows itself when the words of its language are there, and follows the language. */
export abstract class SpokenElement extends LitElement {
  constructor() {
    super();
    updateWhenLocaleChanges(this);
  }

  /** What has changed while it was away is shown when it is back. */
  override connectedCallback(): void {
    super.connectedCallback();
    this.requestUpdate();
  }

  protected override scheduleUpdate(): ReturnType<LitElement["scheduleUpdate"]> {
    if (this.hasUpdated || !arriving) return super.scheduleUpdate();
    return arriving.then(() => super.scheduleUpdate());
  }
}
