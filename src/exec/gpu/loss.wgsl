// Value of each lane's goal and its gradient at the logits.
// Twin of exec/loss.rs: `Goal::evaluate`. One thread a lane.

struct Params {
    lanes: u32,
}

struct Goal {
    kind: u32,
    first: u32,
    second: u32,
    padding: u32,
}

override CLASSES: u32 = 10u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> goals: array<Goal>;
@group(0) @binding(3) var<storage, read_write> values: array<f32>;
@group(0) @binding(4) var<storage, read_write> gradient: array<f32>;

@compute @workgroup_size(64)
fn loss(@builtin(global_invocation_id) id: vec3<u32>) {
    let lane = id.x;
    if lane >= params.lanes {
        return;
    }
    let goal = goals[lane];
    let base = lane * CLASSES;
    if goal.kind == 1u {
        for (var index = 0u; index < CLASSES; index++) {
            gradient[base + index] = f32(index == goal.first) - f32(index == goal.second);
        }
        values[lane] = logits[base + goal.first] - logits[base + goal.second];
        return;
    }
    var largest = logits[base];
    for (var index = 1u; index < CLASSES; index++) {
        largest = max(largest, logits[base + index]);
    }
    var sum = 0.0;
    for (var index = 0u; index < CLASSES; index++) {
        sum += exp(logits[base + index] - largest);
    }
    for (var index = 0u; index < CLASSES; index++) {
        gradient[base + index] = exp(logits[base + index] - largest) / sum
            - f32(index == goal.first);
    }
    values[lane] = log(sum) + largest - logits[base + goal.first];
}
