import { msg } from "@lit/localize";
import { readingsTable } from "../lab/tables.js";
import { LabElement } from "./base.js";
import { csvButton } from "./csv.js";
import { define } from "./define.js";
import { base, controls } from "./style.js";

/** Saves what every network reads. It stands in the list of readings, and is fetched after the first of them. */
export class BsReadingsCsv extends LabElement {
  static override styles = [base, controls];

  override connectedCallback(): void {
    const { host } = this.getRootNode() as Partial<ShadowRoot>;
    if (host instanceof LabElement) this.lab = host.lab;
    super.connectedCallback();
  }

  protected override render() {
    const { slots, readings, label } = this.lab;
    const table = () => readingsTable(slots, readings, label);
    return csvButton("readings", msg("What each network reads"), readings.size > 0 ? table : null);
  }
}

define("bs-readings-csv", BsReadingsCsv);
