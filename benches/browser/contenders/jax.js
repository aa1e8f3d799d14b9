// jax-js, with the ONNX file read by its own package.

import { defaultDevice, grad, init, jit, nn, numpy as np } from "@jax-js/jax";
import { ONNXModel } from "@jax-js/onnx";

export async function open({ backend, bytes }) {
  const devices = await init(backend);
  if (!devices.includes(backend)) throw new Error(`jax-js has no ${backend} here`);
  defaultDevice(backend);
  const model = new ONNXModel(bytes);
  return {
    batch(images, labels) {
      const x = np.array(images).reshape([labels.length, 1, 28, 28]);
      const rows = [...labels].map((label) => Array.from({ length: 10 }, (_, k) => Number(k === label)));
      const chosen = np.array(rows.flat()).reshape([labels.length, 10]);
      const loss = (image, chosen) => nn.logSoftmax(model.run({ image }).logits).mul(chosen).sum().neg();
      const gradient = jit(grad(loss));
      return () => gradient(x.ref, chosen.ref).data();
    },
  };
}
