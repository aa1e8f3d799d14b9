// Ten colours for ten classes that people with any kind of colour vision can
// tell apart (P. Tol, "Colour Schemes", the scheme "muted"); the digits stand
// in the regions all the same.

/** Red, green and blue, by class. */
export const classColours: readonly (readonly [number, number, number])[] = [
  [51, 34, 136],
  [136, 204, 238],
  [68, 170, 153],
  [221, 204, 119],
  [136, 34, 85],
  [153, 153, 51],
  [17, 119, 51],
  [204, 102, 119],
  [170, 68, 153],
  [221, 221, 221],
];

/** As CSS says it. */
export function colourOf(label: number): string {
  return `rgb(${(classColours[label] ?? [0, 0, 0]).join(" ")})`;
}

/** Black or white, whichever is read better on a class's colour. */
export function inkOn(label: number): string {
  const [red = 0, green = 0, blue = 0] = classColours[label] ?? [];
  return 0.299 * red + 0.587 * green + 0.114 * blue > 125 ? "#000000" : "#ffffff";
}
