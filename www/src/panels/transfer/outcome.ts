// What a table of transfers comes to, in sentences.

import { msg, str } from "@lit/localize";
import { html, nothing, type TemplateResult } from "lit";
import type { Slot } from "../../lab/networks.js";
import { fooledOf, verdict } from "../../lab/verdict.js";
import type { Experiment } from "./experiment.js";
import type { Settings } from "../../lab/transfer-settings.js";
import { sums } from "./sums.js";
import { number, percent, sentences } from "../../lab/language.js";

/** For one digit, what each network reads in the original. */
type Before = readonly (number | undefined)[] | null;

/** Below the table: its parts' means, with dots for what is not counted yet, and how digits count. */
export function outcome(
  experiment: Experiment,
  networks: readonly Slot[],
  settings: Settings,
  before: Before,
) {
  const many = experiment.design.labels.length > 1;
  return html`
    <p class="sum-up" data-testid="transfer-sums">
      ${many ? means(experiment, networks, settings) : pairs(experiment, networks, before)}
    </p>
    ${many ? notes(settings) : nothing}
  `;
}

/** For one digit: how many other networks fell for examples that were not made for them. */
function pairs(experiment: Experiment, networks: readonly Slot[], before: Before) {
  const [digit] = experiment.design.labels;
  const others = experiment.shown.flatMap(({ made, tally }) =>
    made.kind === "for" && tally.digits > 0
      ? tally.last.flatMap((label, column) =>
          networks[column]?.name === made.network ? [] : [verdict(digit, before?.[column], label)],
        )
      : [],
  );
  const { fooled, of } = fooledOf(others);
  const share = html`<b class="number">${others.length === 0 ? "…" : msg(str`${fooled} of ${of}`)}</b>`;
  const first =
    of < others.length
      ? msg(
          html`Off the diagonal, where an image was made for another network, ${share} that read the original
          correctly misread it all the same.`,
        )
      : msg(
          html`Off the diagonal, where an image was made for another network, ${share} misread it all the
          same.`,
        );
  return sentences<string | TemplateResult>(
    first,
    msg(
      "Red and underlined: fooled. Framed: the network's own example. Hatched: it already misread the original, and does not count.",
    ),
  );
}

function means(experiment: Experiment, networks: readonly Slot[], { group }: Settings) {
  const { own, others, sameHalf, otherHalf, noise } = sums(experiment, networks);
  const [mine, theirs, same, other] = [own, others, sameHalf, otherHalf].map(share);
  const strength = number(experiment.to ?? 0);
  const examples =
    experiment.to === null
      ? msg(
          html`Examples are misread by the network that they were made for in <b class="number">${mine}</b> of
            cases, and by another one in <b class="number">${theirs}</b>.`,
        )
      : msg(
          html`Magnified to ${strength}, examples are misread by the network that they were made for in
            <b class="number">${mine}</b> of cases, and by another one in <b class="number">${theirs}</b>.`,
        );
  const halves =
    group === "halves"
      ? msg(
          html`Another architecture on the same digits: <b class="number">${same}</b>. Trained on entirely
            other digits: <b class="number">${other}</b>.`,
        )
      : nothing;
  const noises = noise.map(({ distortion, share: misread }) => {
    const [sigma, wrong] = [number(distortion), share(misread)];
    return msg(html`Noise of ${sigma}: <span class="number">${wrong}</span>.`);
  });
  return html`${sentences(examples, halves, ...noises)}`;
}

function notes({ cells, digits }: Settings) {
  return html`<p class="small muted foot">
    ${sentences(
      msg(
        "A digit that a network misreads unchanged needs no change, and counts as misread. ±: the standard error of so many digits. Examples come from the method “nearest boundary”, which as a rule finds changes as small as the paper's search does, sooner. Framed: the network's own examples.",
      ),
      cells ? msg("In italics: the paper's figures.") : nothing,
      digits === "test" ? msg("The digits are spread evenly over the test set.") : nothing,
    )}
  </p>`;
}

/** Of a mean in per cent; dots where nothing is counted. */
function share(value: number | null): string {
  return value === null ? "…" : percent(value / 100, value === 100 ? 0 : 1);
}
