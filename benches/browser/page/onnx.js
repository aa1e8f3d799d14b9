// Reads the layers of a plain ONNX file: convolutions, max-pools, dense layers,
// and the activations behind them. Whatever else is met is an error.

import { fromBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "onnx-buf";

/**
 * @typedef {object} Layer
 * @property {"convolution" | "pool" | "dense" | "relu" | "sigmoid" | "flat"} kind
 * @property {Float32Array} [weight]  convolution `[out, in, height, width]`, dense `[out, in]`
 * @property {number[]} [shape]  of the weight
 * @property {Float32Array} [bias]
 * @property {number} [pad]  zeros on each side of a convolution
 * @property {number} [size]  side and step of a pool's window
 */

/** @returns {Layer[]} */
export function layers(bytes) {
  const { graph } = fromBinary(ModelProtoSchema, bytes);
  const constants = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  return graph.node.map((node) => {
    const read = kinds[node.opType];
    if (!read) throw new Error(`the bench knows no ${node.opType}`);
    const attributes = Object.fromEntries(node.attribute.map((a) => [a.name, a]));
    return read(attributes, (input) => constants.get(node.input[input]));
  });
}

const kinds = {
  Conv: ({ pads, strides, group }, constant) => {
    require(Number(group?.i ?? 1) === 1 && same(strides, 1) === 1, "a convolution with steps or groups");
    return { kind: "convolution", pad: same(pads, 0), ...weights(constant) };
  },
  MaxPool: ({ kernel_shape, strides, pads }) => {
    const size = same(kernel_shape, 1);
    require(same(strides, 1) === size && same(pads, 0) === 0, "a pool whose windows overlap");
    return { kind: "pool", size };
  },
  Gemm: ({ transB }, constant) => {
    require(Number(transB?.i ?? 0) === 1, "a dense layer with weights [in, out]");
    return { kind: "dense", ...weights(constant) };
  },
  Relu: () => ({ kind: "relu" }),
  Sigmoid: () => ({ kind: "sigmoid" }),
  Reshape: () => ({ kind: "flat" }),
  Flatten: () => ({ kind: "flat" }),
};

function require(holds, what) {
  if (!holds) throw new Error(`the bench does not know ${what}`);
}

/** The one number that a list of sizes repeats. */
function same(attribute, otherwise) {
  const sizes = (attribute?.ints ?? []).map(Number);
  require(sizes.every((size) => size === sizes[0]), "windows that are not square");
  return sizes[0] ?? otherwise;
}

function weights(constant) {
  const [weight, bias] = [constant(1), constant(2)];
  return { weight: floats(weight), shape: weight.dims.map(Number), bias: floats(bias) };
}

/** A copy, because the file's bytes lie at any address. */
function floats({ rawData, floatData }) {
  return rawData.length > 0
    ? new Float32Array(Uint8Array.from(rawData).buffer)
    : Float32Array.from(floatData);
}

/**
 * Multiplications and additions of one image's forward pass and input gradient: two for each weight
 * and each place where it is used, once forward and once backward.
 */
export function operations(list) {
  let side = 28;
  let products = 0;
  for (const { kind, shape, pad, size } of list) {
    if (kind === "convolution") {
      side = side + 2 * pad - shape[2] + 1;
      products += side * side * shape.reduce((a, b) => a * b);
    } else if (kind === "pool") {
      side = Math.floor(side / size);
    } else if (kind === "dense") {
      products += shape[0] * shape[1];
    }
  }
  return 2 * 2 * products;
}
