// What a machine is told of its lane, and where it keeps it. Needs lane.wgsl; the file that is
// appended defines `Body` and `tell`. One workgroup a slot.

override CLASSES: u32;
override CLEAR_WIN: f32;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> values: array<f32>;
@group(0) @binding(2) var<storage, read> logits: array<f32>;
@group(0) @binding(3) var<storage, read> gradients: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> slots: array<u32>;
@group(0) @binding(5) var<storage, read_write> images: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> vectors: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> heads: array<Head>;
@group(0) @binding(8) var<storage, read_write> bodies: array<Body>;

var<workgroup> shared_head: Head;
var<workgroup> shared_body: Body;

// Where a workgroup's lane is.
struct At {
    slot: u32,
    home: u32,
}

// Largest logit minus the smallest.
fn spread(slot: u32) -> f32 {
    var largest = logits[slot * CLASSES];
    var smallest = largest;
    for (var index = 1u; index < CLASSES; index++) {
        largest = max(largest, logits[slot * CLASSES + index]);
        smallest = min(smallest, logits[slot * CLASSES + index]);
    }
    return largest - smallest;
}

// Whether the logits clearly say what is asked for. Twin of lanes.rs: `wins`.
fn wins(slot: u32, head: Head) -> bool {
    var asked = -FAR;
    var others = -FAR;
    for (var index = 0u; index < CLASSES; index++) {
        let logit = logits[slot * CLASSES + index];
        let is_asked = select(index == head.wanted, index != head.label, head.wanted == CLASSES);
        if is_asked {
            asked = max(asked, logit);
        } else {
            others = max(others, logit);
        }
    }
    return asked - others > CLEAR_WIN * spread(slot);
}

// Keeps the trial point if it is nearer than the best and made of numbers; `squared` is its ‖r‖².
fn offer(at: At, thread: u32, head: ptr<function, Head>, squared: f32) {
    if !is_finite(squared) || squared >= (*head).best {
        return;
    }
    (*head).best = squared;
    for (var quad = thread; quad < QUADS; quad += THREADS) {
        vectors[vector(BEST, at.home) + quad] = vectors[vector(TRIAL, at.home) + quad];
    }
}

// Writes four variables of the next trial point.
fn try_next(at: At, quad: u32, x: vec4<f32>) {
    vectors[vector(TRIAL, at.home) + quad] = x;
    images[at.slot * QUADS + quad] = x;
}

// Tells the lane in a slot what came of its trial point.
fn run(slot: u32, thread: u32) {
    let home = slots[slot];
    if home == NOWHERE {
        return;
    }
    if thread == 0u {
        shared_head = heads[home];
        shared_body = bodies[home];
    }
    var head = workgroupUniformLoad(&shared_head);
    if head.stop != RUNNING {
        return;
    }
    var body = workgroupUniformLoad(&shared_body);
    tell(At(slot, home), thread, &head, &body);
    if thread == 0u {
        heads[home] = head;
        bodies[home] = body;
    }
}
