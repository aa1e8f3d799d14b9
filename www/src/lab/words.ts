/** A message as a sentence of its own. */
export function sentence(words: string): string {
  // A file's name keeps its letters.
  const text = /^[^ ]*\.[a-z]/.test(words) ? words : words.charAt(0).toUpperCase() + words.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
