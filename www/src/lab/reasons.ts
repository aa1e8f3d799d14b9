// Why the networks run where they run, in the language of the page.

import { msg } from "@lit/localize";
import { said, type Said } from "./saying.js";

/** By what the engine says of it (`Backend.reason`). */
const reasons: Record<string, () => string> = {
  "You chose the processor.": () => msg("You chose the processor."),
  "You chose WebGPU.": () => msg("You chose WebGPU."),
  "WebGPU runs on a graphics card here; each network runs where it was measured to be faster.": () =>
    msg("WebGPU runs on a graphics card here; each network runs where it was measured to be faster."),
  "Every network was measured to be faster on the processor.": () =>
    msg("Every network was measured to be faster on the processor."),
  "WebGPU is only emulated in software here, so the processor is faster.": () =>
    msg("WebGPU is only emulated in software here, so the processor is faster."),
  "The graphics device was lost, so the processor took over.": () =>
    msg("The graphics device was lost, so the processor took over."),
  "This browser offers no WebGPU, so the processor computes.": () =>
    msg("This browser offers no WebGPU, so the processor computes."),
  "The processor computes.": () => msg("The processor computes."),
};

/** What the engine says of where it runs. */
export function reason(words: string): Said {
  return said(words, reasons[words]);
}
