// onnxruntime-web: the forward pass only, because it has no gradients.

const dist = "/bench/node_modules/onnxruntime-web/dist/";

export async function open({ backend, bytes }) {
  const ort = await import(`${dist}ort.${backend}.min.mjs`);
  ort.env.wasm.wasmPaths = dist;
  ort.env.wasm.numThreads = 1;
  // Weights of 8 bits become floats once, when the session starts, as they do in the other contenders.
  const extra = { session: { disable_quant_qdq: "1" } };
  const session = await ort.InferenceSession.create(bytes, { executionProviders: [backend], extra });
  return {
    batch(images, labels) {
      const image = new ort.Tensor("float32", images, [labels.length, 1, 28, 28]);
      return async () => {
        const { logits } = await session.run({ image });
        return logits.getData();
      };
    },
  };
}
