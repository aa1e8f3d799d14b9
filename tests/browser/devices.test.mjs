// Graphics devices that fail in every way, at every moment: the answer is the same, from a fresh device or from the
// processor, and the engine says which. The engine runs on the page's own thread, where a test can stand between it
// and the device; the device itself is the browser's software one.

import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { launch, openPage } from "./lib/browser.mjs";
import { host } from "./lib/server.mjs";

/** As far as two backends differ. */
const NEAR = 1e-3;

let site, browser;
before(async () => {
  [browser, site] = await Promise.all([launch({ webgpu: true }), host()]);
});
after(() => Promise.all([browser.close(), site.close()]));

/** In the page: what stands between the engine and the device. */
function tamper() {
  globalThis.devices = [];
  globalThis.moments = { submits: 0, maps: 0 };
  /** Called with each new device, and with the device at each submit and each mapping. */
  globalThis.on = { device: null, submit: null, map: null };
  const replace = (type, name, make) => {
    type.prototype[name] = make(type.prototype[name]);
  };
  globalThis.replace = replace;
  const latest = () => devices.at(-1);
  replace(
    GPUAdapter,
    "requestDevice",
    (real) =>
      async function (...options) {
        const device = await real.apply(this, options);
        devices.push(device);
        on.device?.(device);
        return device;
      },
  );
  replace(
    GPUQueue,
    "submit",
    (real) =>
      function (...work) {
        const result = real.apply(this, work);
        moments.submits += 1;
        on.submit?.(latest());
        return result;
      },
  );
  replace(
    GPUBuffer,
    "mapAsync",
    (real) =>
      function (...range) {
        const result = real.apply(this, range);
        moments.maps += 1;
        on.map?.(latest());
        return result;
      },
  );
  /** The software adapter passes for a card. */
  globalThis.asCard = () =>
    Object.defineProperty(GPUAdapterInfo.prototype, "isFallbackAdapter", { get: () => false });
  globalThis.outcome = async (attempt) => {
    try {
      return { value: await attempt() };
    } catch (error) {
      return { code: error.code, message: error.message };
    }
  };
  /** What a network can be asked, and from which backend each answer came. */
  globalThis.ask = async (lab, model, pixel = 37) => {
    const image = new Float32Array(784).map((_, i) => ((i * pixel) % 100) / 100);
    const { logits, backend: reader } = await lab.classify(model.id, image);
    const gradient = await lab.gradient(model.id, image, 3);
    const report = await lab.attack({ model: model.id, image, method: "fgsm", epsilon: 0.1 });
    const { l2, backend } = await lab.attack({ model: model.id, image, method: "nearest-boundary" });
    return {
      numbers: [...logits, ...gradient, report.l2, l2],
      backends: [reader, gradient.backend, report.backend, backend],
      at: model.backend,
    };
  };
}

/**
 * Opens the engine on `backend` where a failure has been prepared, by code in the page, before it is opened or before
 * it is asked; gives the answers beside the processor's, and what the engine says.
 */
async function answers({ backend = "webgpu", before = () => {}, asked = () => {}, name = "fc100-100-10" }) {
  const { page, context } = await openPage(browser);
  await page.goto(`${site.pages}blank.html`);
  await page.evaluate(tamper);
  const found = await page.evaluate(
    async ({ url, backend, before, asked, name }) => {
      const { BlindSpots } = await import(`${url}blindspots.js`);
      const processor = await BlindSpots.open({ backend: "cpu", worker: false });
      const wanted = await ask(processor, await processor.load(name));
      const other = await ask(processor, await processor.load(name), 41);
      devices.length = 0;
      const prepare = (source) => new Function(`return (${source})()`)();
      prepare(before);
      const opened = await outcome(() => BlindSpots.open({ backend, worker: false }));
      if (opened.code) return { refused: opened };
      const lab = opened.value;
      const loaded = await outcome(() => lab.load(name));
      if (loaded.code) return { refused: loaded };
      Object.assign(moments, { submits: 0, maps: 0 });
      prepare(asked);
      const answer = await outcome(() => ask(lab, loaded.value));
      const tried = devices.length;
      const again = await outcome(() => ask(lab, loaded.value));
      return {
        wanted,
        other,
        answer,
        again,
        tried,
        said: lab.backend,
        now: await lab.use(backend).catch(String),
      };
    },
    { url: site.url, backend, before: String(before), asked: String(asked), name },
  );
  await context.close();
  return found;
}

const near = (found, wanted) =>
  found.length === wanted.length &&
  found.every((v, i) => Math.abs(v - wanted[i]) <= NEAR * (1 + Math.abs(wanted[i])));

/** Fails unless the processor's numbers were answered, both times, by these backends. */
function assertAnswered({ wanted, other, answer, again, ...more }, backend) {
  assert.equal(answer.code, undefined, JSON.stringify({ ...answer, ...more }));
  assert.ok(near(answer.value.numbers, wanted.numbers), "as on the processor");
  assert.ok(near(again.value.numbers, wanted.numbers), "and again");
  assert.ok(!near(other.numbers, wanted.numbers), "another image is told apart");
  assert.equal(answer.value.backends.at(-1), backend);
  assert.deepEqual(again.value.backends, Array(4).fill(backend));
  assert.equal(again.value.at, backend, "the network says so, too");
}

it("nothing fails: one device, and its answers", async () => {
  const found = await answers({});
  assertAnswered(found, "webgpu");
  assert.equal(found.tried, 1);
});

it("a device that is lost while it is given is replaced", async () => {
  const found = await answers({
    before: () => {
      on.device = (device) => devices.length === 1 && device.destroy();
    },
  });
  assertAnswered(found, "webgpu");
  assert.equal(found.tried, 2);
});

for (const [moment, asked] of [
  [
    "at the first submit",
    () => {
      on.submit = (device) => moments.submits === 1 && device.destroy();
    },
  ],
  [
    "in the middle of an attack",
    () => {
      on.submit = (device) => moments.submits === 6 && device.destroy();
    },
  ],
  [
    "during a map",
    () => {
      on.map = (device) => moments.maps === 2 && device.destroy();
    },
  ],
]) {
  it(`a device that is lost ${moment} is replaced`, async () => {
    const found = await answers({ asked });
    assertAnswered(found, "webgpu");
    assert.equal(found.tried, 2);
  });
}

it("where every device is lost the processor answers, and is said to", async () => {
  const found = await answers({
    asked: () => {
      on.submit = (device) => device.destroy();
    },
  });
  assertAnswered(found, "cpu");
  assert.equal(found.tried, 2, "a fresh one was asked for once");
});

it("any answer moves the networks that it is of, and what the engine says of itself", async () => {
  const { page, context } = await openPage(browser);
  await page.goto(`${site.pages}blank.html`);
  await page.evaluate(tamper);
  const { first, then } = await page.evaluate(async (url) => {
    const { BlindSpots } = await import(`${url}blindspots.js`);
    const lab = await BlindSpots.open({ backend: "webgpu", worker: false });
    const models = [await lab.load("fc10-1"), await lab.load("fc100-100-10")];
    const said = () => ({ backend: lab.backend, at: models.map(({ backend }) => backend) });
    await lab.gradient(models[1].id, new Float32Array(784), 3);
    const first = said();
    on.submit = (device) => device.destroy();
    await lab.gradient(models[1].id, new Float32Array(784), 3);
    return { first, then: said() };
  }, site.url);
  assert.deepEqual([first.backend.kind, ...first.at], ["webgpu", "webgpu", "webgpu"]);
  // The other network moves with its own next answer.
  assert.deepEqual([then.backend.kind, ...then.at], ["cpu", "webgpu", "cpu"]);
  assert.match(then.backend.reason, /The graphics device was lost, so the processor took over\./);
  assert.ok(then.backend.webgpuAvailable, "it can be asked for again");
  await context.close();
});

it("where every device is lost while it is given, too", async () => {
  const found = await answers({
    before: () => {
      on.device = (device) => device.destroy();
    },
  });
  assertAnswered(found, "cpu");
});

it("a pipeline that does not compile: the processor answers", async () => {
  const before = () =>
    replace(
      GPUDevice,
      "createShaderModule",
      (real) =>
        function (descriptor) {
          return real.call(this, { ...descriptor, code: `${descriptor.code}\nthis is no WGSL` });
        },
    );
  assertAnswered(await answers({ before }), "cpu");
});

it("a device without memory: the processor answers", async () => {
  const asked = () =>
    replace(
      GPUDevice,
      "createBuffer",
      (real) =>
        function (descriptor) {
          const error = new GPUOutOfMemoryError("no memory left");
          this.dispatchEvent(new GPUUncapturedErrorEvent("uncapturederror", { error }));
          return real.call(this, descriptor);
        },
    );
  assertAnswered(await answers({ asked }), "cpu");
});

it("without an adapter or a device the processor is chosen, and WebGPU refused in words", async () => {
  for (const before of [
    () => replace(GPU, "requestAdapter", () => async () => null),
    () =>
      replace(GPUAdapter, "requestDevice", () => async () => {
        throw new DOMException("no", "OperationError");
      }),
  ]) {
    const { refused } = await answers({ before });
    assert.equal(refused.code, "no-webgpu", JSON.stringify(refused));
    const found = await answers({ before, backend: "auto" });
    assertAnswered(found, "cpu");
    assert.match(found.said.reason, /This browser offers no WebGPU, so the processor computes\./);
    assert.equal(found.said.webgpuAvailable, false);
  }
});

it("a browser that starts its graphics process again is asked until it gives an adapter", async () => {
  const before = () => {
    let missing = 2;
    replace(
      GPU,
      "requestAdapter",
      (real) =>
        async function (...options) {
          if (missing-- > 0) return null;
          return real.apply(this, options);
        },
    );
  };
  assertAnswered(await answers({ before }), "webgpu");
  // Who does not insist on a device does not wait for one.
  assertAnswered(await answers({ before, backend: "auto" }), "cpu");
});

it("small limits: what fits runs on the device, what does not is refused with both numbers", async () => {
  const before = () => {
    for (const limit of ["maxBufferSize", "maxStorageBufferBindingSize"]) {
      Object.defineProperty(GPUSupportedLimits.prototype, limit, { get: () => 1 << 20 });
    }
  };
  assertAnswered(await answers({ before }), "webgpu");
  const { refused } = await answers({ before, name: "ae400-10" });
  assert.equal(refused.code, "too-large");
  assert.match(refused.message, /needs \d+, the device allows 1048576/);
  // Where the choice is the engine's, it is the processor.
  const both = () => {
    asCard();
    for (const limit of ["maxBufferSize", "maxStorageBufferBindingSize"]) {
      Object.defineProperty(GPUSupportedLimits.prototype, limit, { get: () => 1 << 20 });
    }
  };
  assertAnswered(await answers({ before: both, backend: "auto", name: "ae400-10" }), "cpu");
});

it("Auto leaves a software device alone, and says why", async () => {
  const found = await answers({ backend: "auto" });
  assertAnswered(found, "cpu");
  assert.match(found.said.reason, /only emulated in software/);
  assert.equal(found.said.webgpuAvailable, true);
});

/** Loads two networks on a card that is quicker for some of them, in a clock that only the device moves. */
async function placed(quick) {
  const { page, context } = await openPage(browser);
  await page.goto(`${site.pages}blank.html`);
  await page.evaluate(tamper);
  const found = await page.evaluate(
    async ({ url, quick }) => {
      const { BlindSpots } = await import(`${url}blindspots.js`);
      asCard();
      const lab = await BlindSpots.open({ backend: "auto", worker: false });
      const { now } = performance;
      let [clock, step] = [1000, 0];
      on.map = () => (clock += step);
      const load = async (name) => {
        performance.now = () => clock;
        // Beside a processor that takes no time at all.
        step = quick.includes(name) ? -1 : 1;
        const model = await lab.load(name);
        performance.now = now;
        step = 0;
        return model;
      };
      const models = [await load("fc10-1"), await load("fc100-100-10")];
      const answers = [];
      for (const model of models) answers.push(await ask(lab, model));
      const ids = models.map(({ id }) => id);
      const both = await lab.labels(ids, new Float32Array(784));
      performance.now = () => clock;
      step = 1;
      const said = await lab.use("auto");
      performance.now = now;
      return {
        backends: models.map(({ backend }) => backend),
        asked: answers.map(({ backends }) => [...new Set(backends)]),
        both: both.backend,
        said,
      };
    },
    { url: site.url, quick },
  );
  await context.close();
  return found;
}

it("Auto puts each network where it was measured to be faster, and says so", async () => {
  const [mixed, device, processor] = [
    await placed(["fc100-100-10"]),
    await placed(["fc10-1", "fc100-100-10"]),
    await placed([]),
  ];
  assert.deepEqual(mixed.backends, ["cpu", "webgpu"]);
  assert.deepEqual(mixed.asked, [["cpu"], ["webgpu"]]);
  // Of both together, the device only where it computed all.
  assert.deepEqual([mixed.both, device.both, processor.both], ["cpu", "webgpu", "cpu"]);
  assert.deepEqual(device.backends, ["webgpu", "webgpu"]);
  assert.deepEqual(processor.backends, ["cpu", "cpu"]);
  for (const { said } of [mixed, device]) {
    assert.equal(said.kind, "webgpu");
    assert.match(said.reason, /each network runs where it was measured to be faster/);
    assert.ok(said.adapter);
  }
  assert.equal(processor.said.kind, "cpu");
  assert.match(processor.said.reason, /Every network was measured to be faster on the processor\./);
});
