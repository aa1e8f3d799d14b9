// The word for a lesson in an address: "first", or one as `lessons/link.ts` writes it.

/** Whether a word may be a lesson's: none that the engine reads is longer. */
export const isLesson = (word: string): boolean => /^[\w-]{1,90000}$/.test(word);
