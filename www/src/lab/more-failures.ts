// What the engine says of visitors' files and of networks' layers, in the language of the page. The first screen
// needs none of it.

import { msg } from "@lit/localize";
import { failures } from "./saying.js";

Object.assign(failures, {
  "importer-crashed": () => msg("This file could not be read: the importer stopped on it."),
  "too-slow": () => msg("Reading this file takes longer than a page can wait."),
  "too-large": () => msg("This file is too large for this page."),
  "not-an-onnx-file": () => msg("This is no ONNX file."),
  "silent-layer": () => msg("The units of this layer give every digit the same answer."),
  "no-hidden-units": () => msg("This network has no hidden units."),
} satisfies typeof failures);
