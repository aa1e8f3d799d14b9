// Generated from src/study/paper.rs by `cargo xtask types`: do not edit.
// What the paper prints (Szegedy et al., 2013, Tables 2 and 4): reference data, never a result.

/** Where the images of a row come from. */
export type PaperMade =
  | { kind: "for"; network: string }
  | { kind: "magnified"; network: string; distortion: number }
  | { kind: "noise"; distortion: number };

/** Errors in percent, in the order of the table's networks, and the images' mean distortion. */
export interface PaperRow {
  made: PaperMade;
  errors: readonly number[];
  distortion: number;
}

/** Examples made for one network, shown to the others. */
export interface PaperTable {
  networks: readonly string[];
  rows: readonly PaperRow[];
}

/** Table 2. */
export const table2: PaperTable = {
  networks: ["fc10-1e-4", "fc10-1e-2", "fc10-1", "fc100-100-10", "fc200-200-10", "ae400-10"],
  rows: [
    { made: { kind: "for", network: "fc10-1e-4" }, errors: [100, 11.7, 22.7, 2, 3.9, 2.7], distortion: 0.062 },
    { made: { kind: "for", network: "fc10-1e-2" }, errors: [87.1, 100, 35.2, 35.9, 27.3, 9.8], distortion: 0.1 },
    { made: { kind: "for", network: "fc10-1" }, errors: [71.9, 76.2, 100, 48.1, 47, 34.4], distortion: 0.14 },
    { made: { kind: "for", network: "fc100-100-10" }, errors: [28.9, 13.7, 21.1, 100, 6.6, 2], distortion: 0.058 },
    { made: { kind: "for", network: "fc200-200-10" }, errors: [38.2, 14, 23.8, 20.3, 100, 2.7], distortion: 0.065 },
    { made: { kind: "for", network: "ae400-10" }, errors: [23.4, 16, 24.8, 9.4, 6.6, 100], distortion: 0.086 },
    { made: { kind: "noise", distortion: 0.1 }, errors: [5, 10.1, 18.3, 0, 0, 0.8], distortion: 0.1 },
    { made: { kind: "noise", distortion: 0.3 }, errors: [15.6, 11.3, 22.7, 5, 4.3, 3.1], distortion: 0.3 },
  ],
};

/** Table 4. */
export const table4: PaperTable = {
  networks: ["fc100-100-10-p1", "fc123-456-10-p1", "fc100-100-10-p2"],
  rows: [
    { made: { kind: "for", network: "fc100-100-10-p1" }, errors: [100, 26.2, 5.9], distortion: 0.062 },
    { made: { kind: "for", network: "fc123-456-10-p1" }, errors: [6.25, 100, 5.1], distortion: 0.059 },
    { made: { kind: "for", network: "fc100-100-10-p2" }, errors: [8.2, 8.2, 100], distortion: 0.058 },
    { made: { kind: "noise", distortion: 0.06 }, errors: [2.2, 2.6, 2.4], distortion: 0.06 },
    { made: { kind: "magnified", network: "fc100-100-10-p1", distortion: 0.1 }, errors: [100, 98, 43], distortion: 0.1 },
    { made: { kind: "magnified", network: "fc123-456-10-p1", distortion: 0.1 }, errors: [96, 100, 22], distortion: 0.1 },
    { made: { kind: "magnified", network: "fc100-100-10-p2", distortion: 0.1 }, errors: [27, 50, 100], distortion: 0.1 },
    { made: { kind: "noise", distortion: 0.1 }, errors: [2.6, 2.8, 2.7], distortion: 0.1 },
  ],
};
