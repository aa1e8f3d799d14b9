/** A number and a noun, whose singular is given: “1 image”, “2 images”. Regular nouns only. */
export function counted(number: number, noun: string): string {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}
