// A lesson in an address: its JSON as base64url (RFC 4648, section 5).

import { isLesson } from "../lab/lesson.js";

export function encoded(text: string): string {
  const bytes = new TextEncoder().encode(text);
  const characters = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(characters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The text; `null` where it is none. */
export function decoded(word: string): string | null {
  if (!isLesson(word)) return null;
  try {
    const characters = atob(word.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(characters, (character) => character.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
