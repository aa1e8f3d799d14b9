// The speed of Wasm SIMD itself: a run is a fixed amount of multiplications and
// additions that touch no memory. Built from peak.rs.

const TURNS = 200_000;

export async function open({ simd }) {
  const response = fetch(`/peak/${simd}.wasm`);
  const { instance } = await WebAssembly.instantiateStreaming(response);
  const { work, operations } = instance.exports;
  return {
    batch: () => async () => Float32Array.of(work(TURNS, 0.5, 0.5)),
    operations: TURNS * operations(),
  };
}
