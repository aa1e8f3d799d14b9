// What the page opens with: a digit, and a change of it that a network misreads.

/** The network that is fooled. */
export const network = "fc100-100-10";

/** The digit's number in the gallery. */
export const sample = 42;

/** What was found. */
export interface Found {
  /** What the digit is, and what the network reads in it. */
  label: number;
  /** What it reads in the example. */
  read: number;
  /** ‖r‖₂ / √n of the change. */
  distortion: number;
  original: Float32Array;
  example: Float32Array;
}

/** As the build keeps it: images of 8 bits a pixel, in base64. */
export type Kept = Omit<Found, "original" | "example"> & { original: string; example: string };

/** What the build kept. */
export function unpacked({ original, example, ...found }: Kept): Found {
  const image = (text: string) => Float32Array.from(atob(text), (letter) => letter.charCodeAt(0) / 255);
  return { ...found, original: image(original), example: image(example) };
}
