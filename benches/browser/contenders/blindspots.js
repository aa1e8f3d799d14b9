// Blind Spots' own library, as another page uses it: the engine in a worker,
// images sent there and gradients sent back; or, where asked for, on the page's
// own thread, as other libraries run.

export async function open({ backend, simd, worker, bytes }) {
  const { BlindSpots } = await import("/blindspots.js");
  const lab = await BlindSpots.open({ backend, simd, worker });
  const { id } = await lab.load(bytes);
  return {
    batch(images, labels) {
      let spare;
      return async () => (spare = await lab.gradient(id, images, labels, { spare }));
    },
    attack: (wish) => lab.attack({ model: id, ...wish }),
    memory: () => lab.memory(),
    simd: lab.simd,
  };
}
