import { msg, str } from "@lit/localize";
import { html } from "lit";
import { saveTable, type Table } from "../lab/csv.js";

/**
 * A small button that saves a table; `table` is `null` while there is nothing in it. `what` names the table for
 * people, `name` the file.
 */
export function csvButton(name: string, what: string, table: (() => Table) | null) {
  return html`<button
    type="button"
    data-testid="csv-${name}"
    aria-label=${msg(str`Save as CSV: ${what}`)}
    ?disabled=${!table}
    @click=${() => table && saveTable(table(), name)}
  >
    CSV
  </button>`;
}
