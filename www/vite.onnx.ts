// ONNX files as the build reads them: of a folder, packed or not.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

const ENDING = /\.onnx(\.gz)?$/;

/** The ONNX files of a folder by their networks' names, unpacked. */
export function networksIn(folder: string): Map<string, Buffer> {
  const files = readdirSync(folder).filter((name) => ENDING.test(name));
  return new Map(
    files.map((name) => {
      const bytes = readFileSync(join(folder, name));
      return [name.replace(ENDING, ""), name.endsWith(".gz") ? gunzipSync(bytes) : bytes];
    }),
  );
}
