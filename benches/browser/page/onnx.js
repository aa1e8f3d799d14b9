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
  const constants = new Map(graph.initializer.map((tensor) => [tensor.name, constant(tensor)]));
  const found = [];
  for (const { opType, attribute, input, output } of graph.node) {
    const given = (place) => constants.get(input[place]);
    if (opType === "DequantizeLinear") {
      require(input.length === 2, "a zero point");
      constants.set(output[0], scaled(given(0), given(1)));
      continue;
    }
    const read = kinds[opType];
    if (!read) throw new Error(`the bench knows no ${opType}`);
    found.push(read(Object.fromEntries(attribute.map((a) => [a.name, a])), given));
  }
  return found;
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
  return { weight: weight.values, shape: weight.shape, bias: bias.values };
}

/** The numbers of a tensor: a copy, because the file's bytes lie at any address. */
function constant({ dataType, rawData, floatData, dims }) {
  const kept = Uint8Array.from(rawData).buffer;
  const [FLOATS, WHOLE] = [1, 3];
  const shape = dims.map(Number);
  if (dataType === WHOLE) return { shape, values: new Int8Array(kept) };
  if (dataType === FLOATS && rawData.length === 0) return { shape, values: Float32Array.from(floatData) };
  return { shape, values: dataType === FLOATS ? new Float32Array(kept) : undefined };
}

/** Weights of 8 bits, each times the scale of its row. */
function scaled({ shape, values }, scales) {
  const size = values.length / shape[0];
  return {
    shape,
    values: Float32Array.from(values, (value, i) => value * scales.values[Math.floor(i / size)]),
  };
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
