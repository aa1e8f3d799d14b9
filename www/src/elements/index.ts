/**
 * The page's elements, served as `elements.js`, for pages of your own:
 *
 *     <script type="module" src="…/elements.js"></script>
 *     <bs-pad></bs-pad> <bs-strip></bs-strip>
 *
 * All elements of a page show one lab unless `element.lab` is set. Where two copies of this file are on a page, the
 * elements are those of the one that came first; make them with `document.createElement`, since the classes that
 * the other copy exports have no names.
 */

export { Lab } from "../lab/lab.js";
export { BsAbout } from "./about.js";
export { BsApp } from "./app.js";
export { BsAttack } from "./attack.js";
export { BsBackend } from "./backend.js";
export { BsBars } from "./bars.js";
export { BsChapter } from "./chapters.js";
export { BsDigit } from "./digit.js";
export { BsExperiment } from "./experiment.js";
export { BsExperiments } from "./experiments.js";
export { BsHelp } from "./help.js";
export { BsLanguage } from "./language.js";
export { BsLesson } from "./lesson.js";
export { BsMeasures } from "./measures.js";
export { BsOwn } from "./own.js";
export { BsOpening } from "./opening.js";
export { BsPad } from "./pad.js";
export { BsReadings } from "./readings.js";
export { BsReadingsCsv } from "./readings-csv.js";
export { BsResult } from "./result.js";
export { BsSamples } from "./samples.js";
export { BsStrip } from "./strip.js";
export { BsTransfer } from "./transfer.js";
