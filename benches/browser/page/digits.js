// The first test digits, slightly grey and noisy: on flat paper a max-pool sees
// ties that two programs break differently, and their gradients need not agree.

const PIXELS = 784;
const INK = 0.9;
const NOISE = 0.1;

/** Bytes of a file of MNIST behind its header. */
async function body(name, header) {
  const response = await fetch(`/data/t10k-${name}-ubyte`);
  if (!response.ok) throw new Error(`t10k-${name}-ubyte is missing`);
  return new Uint8Array(await response.arrayBuffer(), header);
}

/** `[lanes, 784]` pixels in [0, 1]. */
export async function images(lanes) {
  const bytes = await body("images-idx3", 16);
  const pixels = new Float32Array(lanes * PIXELS);
  let state = 1;
  for (let i = 0; i < pixels.length; i += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    pixels[i] = (INK * bytes[i]) / 255 + (NOISE * state) / 2 ** 32;
  }
  return pixels;
}

/** `[lanes]` classes; all where no number is given. */
export async function labels(lanes) {
  return (await body("labels-idx1", 8)).slice(0, lanes);
}

/**
 * `[lanes]` classes to reach, as an attack has them: the one after each label. At the label itself the
 * gradient of a sure network is but rounding, p − 1 with p next to 1.
 */
export async function goals(lanes) {
  return (await labels(lanes)).map((label) => (label + 1) % 10);
}

/** All test digits as they are: pixels and classes. */
export async function clean() {
  const bytes = await body("images-idx3", 16);
  return { images: Float32Array.from(bytes, (byte) => byte / 255), labels: await labels() };
}

/** Base64 of an array's bytes, little-endian. */
export function packed({ buffer, byteOffset, byteLength }) {
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  let text = "";
  for (let i = 0; i < bytes.length; i += 4096) text += String.fromCharCode(...bytes.subarray(i, i + 4096));
  return btoa(text);
}
