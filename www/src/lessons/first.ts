// The lesson that comes with the page: `?lesson=first`.

import { msg } from "@lit/localize";
import type { Lesson } from "../engine/messages.js";

/** The five tasks that a lesson can have, one of each. */
export const first = (): Lesson => ({
  blindspots: "lesson",
  version: 1,
  title: msg("Five blind spots"),
  tasks: [
    { kind: "fool", network: "cnn", distortion: 0.05 },
    {
      kind: "fool-together",
      networks: ["fc100-100-10", "fc200-200-10", "ae400-10", "fc100-100-10-p1", "fc100-100-10-p2"],
      distortion: 0.08,
    },
    { kind: "resist", network: "fc100-100-10", distortion: 0.05 },
    {
      kind: "predict",
      network: "fc100-100-10",
      networks: [
        "fc10-1e-4",
        "fc10-1",
        "fc200-200-10",
        "ae400-10",
        "fc100-100-10-p1",
        "fc100-100-10-p2",
        "cnn",
      ],
      right: 5,
    },
    { kind: "unit-or-direction", network: "fc100-100-10", answers: 20 },
  ],
});
