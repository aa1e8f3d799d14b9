// The picture that the page opens with until the visitor's own machine has made one: found by the engine
// when the site is built.

import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Plugin } from "vite";
import { network, sample, type Found } from "./src/lab/opening-picture.js";
import type { Request, Response } from "./src/engine/messages.js";
import { networksIn } from "./vite.onnx.js";
import { engine, importer, type Running } from "./vite.wasm.js";

const file = resolve(import.meta.dirname, "src/lab/built-picture.ts");

/** Fills in `src/lab/built-picture.ts` with what comes of a sample and a network of a folder. */
export function openingPicture(models: string): Plugin {
  return {
    name: "opening-picture",
    apply: "build",
    enforce: "pre",
    async load(id) {
      if (id !== file) return null;
      const found = await search(models);
      const base64 = (image: Float32Array) =>
        Buffer.from(Uint8Array.from(image, (value) => Math.round(255 * value))).toString("base64");
      const { original, example, ...others } = found;
      const picture = { ...others, original: base64(original), example: base64(example) };
      return `export const built = ${JSON.stringify(picture)};\n`;
    },
  };
}

async function search(models: string): Promise<Found> {
  const running = await engine();
  try {
    return await searchWith(running, models);
  } finally {
    running.close();
  }
}

async function searchWith({ ask }: Running, models: string): Promise<Found> {
  const answer = async <Kind extends Response["kind"]>(kind: Kind, request: Request) => {
    const response = await ask(request);
    if (response.kind !== kind) throw new Error(`the engine answered ${response.kind}, not ${kind}`);
    return response as Extract<Response, { kind: Kind }>;
  };
  const read = (name: string) => new Uint8Array(readFileSync(join(models, name)));
  const [images, labels] = ["images-idx3", "labels-idx1"].map((kind) => read(`gallery-${kind}-ubyte.gz`));
  if (!images || !labels) throw new Error("the gallery is two files");
  const digits = await answer("digits", { kind: "digits", images, labels });
  const lower = await importer();
  const onnx = networksIn(models).get(network);
  if (!onnx) throw new Error(`there is no ${network}`);
  const { id } = await answer("model", { kind: "load", bytes: lower(onnx), name: network });
  const size = digits.images.length / digits.labels.length;
  const original = digits.images.slice(sample * size, (sample + 1) * size);
  const label = digits.labels[sample] ?? 0;
  const wish = { kind: "attack", models: [id], image: original.slice(), label, method: "szegedy" };
  const report = await answer("attacked", wish as Request);
  if (!report.success || !report.image) throw new Error(`nothing fools ${network} on sample ${sample}`);
  const { image: example, distortion } = report;
  const one = { kind: "classify", models: [id], images: example.slice() } satisfies Request;
  const read_ = (await answer("readings", one)).readings[0]?.[0];
  if (!read_ || read_.label === label) throw new Error("the example is read as its original");
  return { label, read: read_.label, distortion, original, example };
}
