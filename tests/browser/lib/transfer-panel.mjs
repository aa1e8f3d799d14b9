// The panel of transfer over many digits, as a visitor uses it.

import { LabPage } from "./lab.mjs";

/** Long enough for a busy machine. */
export const PATIENCE = 240_000;

/** The panel on the page. */
export class TransferPanel {
  constructor(page) {
    this.page = page;
    this.state = page.getByTestId("transfer-state");
  }

  static async open(page, { url }, transfer = "", more = "") {
    await LabPage.open(page, `${url}?panel=transfer&transfer=${transfer}${more}`);
    await page.locator("bs-experiments").scrollIntoViewIfNeeded();
    return new TransferPanel(page);
  }

  button(name) {
    return this.page.getByRole("button", { name, exact: true });
  }

  async isDone() {
    await this.state.filter({ hasText: "Done" }).waitFor({ timeout: PATIENCE });
  }

  /** A row's cells: network → state of one digit, or number of misread ones. */
  row(made) {
    const cells = this.page.locator(`[data-testid="transfer-table"] [data-made="${made}"] [data-model]`);
    const entries = (all) =>
      all.map((cell) => [cell.dataset.model, cell.dataset.state ?? Number(cell.dataset.wrong)]);
    return cells.evaluateAll(entries).then(Object.fromEntries);
  }

  /** Digits that a row has counted. */
  async digits(made) {
    return Number(await this.page.locator(`[data-made="${made}"]`).getAttribute("data-digits"));
  }
}
