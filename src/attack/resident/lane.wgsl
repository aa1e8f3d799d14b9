// What every machine on the device knows of a lane, and where its vectors lie.
// Twin of lane.rs.

struct Params {
    // Slots of the batch that are in use.
    lanes: u32,
    // Lanes that the machine has room for.
    capacity: u32,
    // Whether the lanes begin.
    fresh: u32,
}

struct Goal {
    kind: u32,
    first: u32,
    second: u32,
    padding: u32,
}

struct Head {
    goal: Goal,
    // The task, which is the row of its original too.
    task: u32,
    // Row of the image that the lane starts from.
    start: u32,
    // The lanes of the same task: the first of them, and how many.
    leader: u32,
    siblings: u32,
    // Tasks with several lanes before this one.
    fans: u32,
    label: u32,
    // The class asked for; the number of classes where it is any but the label.
    wanted: u32,
    stop: u32,
    evaluations: u32,
    rounds: u32,
    // ‖r‖² of the best image, FAR where there is none.
    best: f32,
    // ‖r‖ that the machine expects to end at.
    estimate: f32,
}

// A slot that no lane uses.
const NOWHERE = 0xffffffffu;

// Farther than any image.
const FAR = 1e30;

const RUNNING = 0u;
const CONVERGED = 1u;
const BUDGET = 2u;
const VANISHING = 3u;
// Until a screening wakes the nearest.
const RESTING = 4u;

// Threads of a workgroup, and an image in vec4s.
const THREADS = 64u;
override QUADS: u32;

// The vectors that every machine keeps; its own come after them.
const ORIGINAL = 0u;
const TRIAL = 1u;
const POINT = 2u;
const BEST = 3u;
const OWN = 4u;

// Where a lane's vector begins.
fn vector(kind: u32, home: u32) -> u32 {
    return (kind * params.capacity + home) * QUADS;
}
