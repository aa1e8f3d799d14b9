// Generated from models/results.json by `cargo xtask types`: do not edit.
// What `blindspots reproduce all` measured on MNIST's test digits, in the shape of the paper's tables.

import type { PaperTable } from "./paper.js";

/** Table 4. */
export const measured4: PaperTable = {
  networks: ["fc100-100-10-p1", "fc123-456-10-p1", "fc100-100-10-p2"],
  rows: [
    { made: { kind: "for", network: "fc100-100-10-p1" }, errors: [100.0, 10.1, 5.6], distortion: 0.038 },
    { made: { kind: "for", network: "fc123-456-10-p1" }, errors: [13.8, 100.0, 6.5], distortion: 0.039 },
    { made: { kind: "for", network: "fc100-100-10-p2" }, errors: [6.6, 6.3, 100.0], distortion: 0.038 },
    { made: { kind: "magnified", network: "fc100-100-10-p1", distortion: 0.1 }, errors: [99.8, 92.7, 79.6], distortion: 0.095 },
    { made: { kind: "magnified", network: "fc123-456-10-p1", distortion: 0.1 }, errors: [92.9, 99.7, 81.3], distortion: 0.096 },
    { made: { kind: "magnified", network: "fc100-100-10-p2", distortion: 0.1 }, errors: [79.0, 78.8, 99.8], distortion: 0.095 },
  ],
};
