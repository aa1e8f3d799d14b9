// Lessons as files that somebody hands in.

import { BlindSpotsError } from "../engine/errors.js";

/** Bytes; the longest lesson has less than half of them. */
const MOST = 100_000;

/** A file's text: UTF-8, or what begins with the mark of UTF-16, as a shell of Windows writes it. */
async function textOf(file: Blob): Promise<string> {
  const bytes = await file.arrayBuffer();
  const [first, second] = new Uint8Array(bytes);
  const mark = ((first ?? 0) << 8) | (second ?? 0);
  const encoding = { 0xfffe: "utf-16le", 0xfeff: "utf-16be" }[mark] ?? "utf-8";
  return new TextDecoder(encoding).decode(bytes);
}

/** The text of what should be a lesson; "too-large" of what cannot be one. */
export async function lessonText(file: Blob): Promise<string> {
  if (file.size > MOST) {
    const bytes = String(file.size);
    throw new BlindSpotsError(
      "too-large",
      `the file has ${bytes} bytes; a lesson has at most ${String(MOST)}`,
    );
  }
  return await textOf(file);
}

/** The text of a file that says it is a lesson; `null` of any other. */
export async function saidLesson(file: Blob): Promise<string | null> {
  if (file.size > MOST) return null;
  try {
    const text = await textOf(file);
    const parsed: unknown = JSON.parse(text);
    const said = typeof parsed === "object" && parsed !== null && "blindspots" in parsed && parsed.blindspots;
    return said === "lesson" ? text : null;
  } catch {
    return null;
  }
}
