// Ten colours for classes that people with any kind of colour vision can tell
// apart (P. Tol, "Colour Schemes", the scheme "muted"), over again where there
// are more classes; these stand in the regions all the same.

type Colour = readonly [red: number, green: number, blue: number];

const colours: readonly Colour[] = [
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

/** The colour of a class. */
export function classColour(label: number): Colour {
  return colours[label % colours.length] ?? [0, 0, 0];
}

/** As CSS says it. */
export function colourOf(label: number): string {
  return `rgb(${classColour(label).join(" ")})`;
}

/** Black or white, whichever is read better on a class's colour. */
export function inkOn(label: number): string {
  const [red, green, blue] = classColour(label);
  return 0.299 * red + 0.587 * green + 0.114 * blue > 125 ? "#000000" : "#ffffff";
}

/** A label in a class's colour, as CSS says it. */
export function onColour(label: number): { background: string; color: string } {
  return { background: colourOf(label), color: inkOn(label) };
}
