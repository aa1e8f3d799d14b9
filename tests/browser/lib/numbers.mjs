// Comparing arrays of numbers. Nothing agrees with NaN, or with an array of another length.

/** Base64 of little-endian float32. */
export function floats(base64) {
  const bytes = Buffer.from(base64, "base64");
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/** Whether |found − wanted| ≤ tolerance · (1 + |wanted|) everywhere. */
export function within(found, wanted, tolerance) {
  if (found.length !== wanted.length || found.length === 0) return false;
  return [...wanted].every((value, i) => Math.abs(found[i] - value) <= tolerance * (1 + Math.abs(value)));
}

/** ‖found − wanted‖ / ‖wanted‖ */
export function relativeDistance(found, wanted) {
  if (found.length !== wanted.length || found.length === 0) return NaN;
  const norm = (of) => Math.sqrt([...wanted].reduce((sum, _, i) => sum + of(i) ** 2, 0));
  return norm((i) => found[i] - wanted[i]) / norm((i) => wanted[i]);
}
