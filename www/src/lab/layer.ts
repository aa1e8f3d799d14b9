// Whose hidden layer is looked into, as an address says it: `?units=fc100-100-10.1`.

/** The network, and the number of its layer, from 1; `null` where none is named. */
export function layerOf(units: string | null): { network: string | null; layer: number | null } {
  const [, network, layer] = /^(.+?)(?:\.(\d+))?$/.exec(units ?? "") ?? [];
  return { network: network ?? null, layer: layer === undefined ? null : Number(layer) };
}
