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

override CLASSES: u32;

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
    if goal.kind != 0u {
        var second = goal.second;
        if goal.kind == 2u {
            second = select(0u, 1u, goal.first == 0u);
            for (var index = 0u; index < CLASSES; index++) {
                if index != goal.first && logits[base + index] > logits[base + second] {
                    second = index;
                }
            }
        }
        for (var index = 0u; index < CLASSES; index++) {
            gradient[base + index] = f32(index == goal.first) - f32(index == second);
        }
        values[lane] = logits[base + goal.first] - logits[base + second];
        return;
    }
    var largest = logits[base];
    for (var index = 1u; index < CLASSES; index++) {
        largest = max(largest, logits[base + index]);
    }
    var others = 0.0;
    for (var index = 0u; index < CLASSES; index++) {
        if index != goal.first {
            others += exp(logits[base + index] - largest);
        }
    }
    let own = exp(logits[base + goal.first] - largest);
    let sum = own + others;
    for (var index = 0u; index < CLASSES; index++) {
        gradient[base + index] = exp(logits[base + index] - largest) / sum;
    }
    // p − 1 and ln Σ − z cancel where the class is certain; the rest does not.
    gradient[base + goal.first] = -others / sum;
    if own > 0.5 {
        values[lane] = log_of_one_and(others / own);
    } else {
        values[lane] = log(sum) + largest - logits[base + goal.first];
    }
}
