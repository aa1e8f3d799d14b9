// What a table of transfers comes to, in sentences.

import { html, nothing } from "lit";
import type { Slot } from "../../lab/networks.js";
import type { Experiment } from "./experiment.js";
import type { Settings } from "../../lab/transfer-settings.js";
import { sums } from "./sums.js";

/** Below the table: its parts' means, and how digits count. */
export function outcome(experiment: Experiment, networks: readonly Slot[], settings: Settings) {
  const many = experiment.design.labels.length > 1;
  return html`
    <p class="sum-up" data-testid="transfer-sums">
      ${many ? means(experiment, networks, settings) : pairs(experiment, networks)}
    </p>
    ${many ? notes(settings) : nothing}
  `;
}

/** For one digit: how many other networks fell for examples that were not made for them. */
function pairs(experiment: Experiment, networks: readonly Slot[]) {
  const made = experiment.rows.filter(({ made, tally }) => made.kind === "for" && tally.digits > 0);
  const others = made.flatMap(({ made, tally }) =>
    tally.wrong.filter((_, column) => made.kind === "for" && networks[column]?.name !== made.network),
  );
  const fooled = others.filter((wrong) => wrong > 0).length;
  return html`Off the diagonal, where an image was made for another network,
    <b class="number">${fooled} of ${others.length}</b> misread it all the same. Red and underlined: misread.
    Framed: the network's own example. Hatched: it already misread the original.`;
}

function means(experiment: Experiment, networks: readonly Slot[], { group }: Settings) {
  const { own, others, sameHalf, otherHalf, noise } = sums(experiment, networks);
  return html`${experiment.to === null ? "Examples" : `Magnified to ${experiment.to}, examples`} fool the
    network that they were made for in <b class="number">${percent(own)}</b> of cases, and another one in
    <b class="number">${percent(others)}</b>.
    ${
      group === "halves"
        ? html`Another architecture on the same digits: <b class="number">${percent(sameHalf)}</b>. Trained on
            entirely other digits: <b class="number">${percent(otherHalf)}</b>.`
        : nothing
    }
    ${noise
      .filter(({ share }) => share !== null)
      .map(
        ({ distortion, share }) =>
          html`Noise of ${distortion}: <span class="number">${percent(share)}</span>. `,
      )}`;
}

function notes({ cells, digits }: Settings) {
  return html`<p class="small muted foot">
    A digit that a network misreads unchanged needs no change, and counts as misread. ±: the standard error of
    so many digits. Examples come from the method “nearest boundary”, which as a rule finds changes as small
    as the paper's search does, sooner. Framed: the network's own examples.
    ${cells ? "In italics: the paper's figures." : nothing}
    ${digits === "test" ? "The digits are spread evenly over the test set." : nothing}
  </p>`;
}

function percent(value: number | null): string {
  return value === null ? "…" : `${value === 100 ? "100" : value.toFixed(1)} %`;
}
