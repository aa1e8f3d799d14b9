// TensorFlow.js: the network rebuilt layer by layer, channels last, its dense
// layer behind the convolutions reordered once so that no run has to.

import { layers } from "../page/onnx.js";

const packages = "/bench/node_modules/@tensorflow";

const script = (url) =>
  new Promise((resolve, reject) => {
    const element = Object.assign(document.createElement("script"), { src: url });
    element.onload = resolve;
    element.onerror = () => reject(new Error(`${url} cannot be loaded`));
    document.head.append(element);
  });

export async function open({ backend, bytes }) {
  await script(`${packages}/tfjs/dist/tf.min.js`);
  await script(`${packages}/tfjs-backend-${backend}/dist/tf-backend-${backend}.min.js`);
  const { tf } = globalThis;
  if (backend === "wasm") {
    tf.wasm.setWasmPaths(`${packages}/tfjs-backend-wasm/dist/`);
    tf.wasm.setThreadsCount(1);
  }
  if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js has no ${backend} here`);
  await tf.ready();
  const network = rebuilt(tf, layers(bytes));
  return {
    batch(images, labels) {
      const x = tf.tensor4d(images, [labels.length, 28, 28, 1]);
      const chosen = tf.oneHot(tf.tensor1d(labels, "int32"), 10).toFloat();
      const loss = (x) => tf.losses.softmaxCrossEntropy(chosen, network(x), undefined, 0, tf.Reduction.SUM);
      const gradient = tf.grad(loss);
      return async () => {
        const result = tf.tidy(() => gradient(x));
        const values = await result.data();
        result.dispose();
        return values;
      };
    },
  };
}

/** The network as a function of `[lanes, 28, 28, 1]`. */
function rebuilt(tf, list) {
  let channels = 1;
  const steps = list.map((layer) => {
    if (layer.kind === "convolution") {
      channels = layer.shape[0];
      const filter = tf.transpose(tf.tensor4d(layer.weight, layer.shape), [2, 3, 1, 0]);
      const bias = tf.tensor1d(layer.bias);
      return (x) => tf.add(tf.conv2d(x, filter, 1, layer.pad), bias);
    }
    if (layer.kind === "dense") {
      const matrix = channelsLast(tf, layer, channels);
      channels = 1;
      const bias = tf.tensor1d(layer.bias);
      return (x) => tf.add(tf.matMul(x, matrix), bias);
    }
    return {
      pool: (x) => tf.maxPool(x, layer.size, layer.size, 0),
      flat: (x) => tf.reshape(x, [x.shape[0], -1]),
      relu: tf.relu,
      sigmoid: tf.sigmoid,
    }[layer.kind];
  });
  return (x) => steps.reduce((value, step) => step(value), x);
}

/** A dense layer's matrix `[in, out]` for inputs whose channels come last. */
function channelsLast(tf, { weight, shape: [outputs, inputs] }, channels) {
  const places = inputs / channels;
  const split = tf.tensor3d(weight, [outputs, channels, places]);
  return tf.reshape(tf.transpose(split, [2, 1, 0]), [inputs, outputs]);
}
