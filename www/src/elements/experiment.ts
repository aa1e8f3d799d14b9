import { msg, str } from "@lit/localize";
import { panelNames } from "../lab/address.js";
import { panelNamed } from "../panels/panels.js";
import { define } from "./define.js";
import { LateElement, type Late } from "./late.js";
import { css } from "./style.js";

/** One of the further experiments, by its `name`; fetched when it comes into view. */
export class BsExperiment extends LateElement {
  static override properties = { name: { type: String } };
  declare name: string;

  static override styles = [
    LateElement.styles,
    css`
      :host {
        min-height: 12rem;
      }
    `,
  ];

  constructor() {
    super();
    this.name = "";
  }

  protected override get late(): Late | undefined {
    return panelNamed(this.name);
  }

  protected override render() {
    if (this.late) return this.content;
    const all = panelNames.join(", ");
    return this.wrong("name", msg(str`one of ${all}`));
  }
}

define("bs-experiment", BsExperiment);
