// Puts the trial points and goals of lanes into the slots of the batch: at the
// start, and when lanes that have stopped give up theirs. One workgroup a slot.

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> rows: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> slots: array<u32>;
@group(0) @binding(3) var<storage, read> heads: array<Head>;
@group(0) @binding(4) var<storage, read_write> vectors: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> images: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> goals: array<Goal>;

@compute @workgroup_size(64)
fn lanes_place(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    let home = slots[group.x];
    if home == NOWHERE {
        return;
    }
    let trial = vector(TRIAL, home);
    let original = heads[home].task * QUADS;
    let start = heads[home].start * QUADS;
    for (var quad = thread; quad < QUADS; quad += THREADS) {
        if params.fresh != 0u {
            let x = rows[start + quad];
            vectors[vector(ORIGINAL, home) + quad] = rows[original + quad];
            vectors[vector(POINT, home) + quad] = x;
            vectors[trial + quad] = x;
        }
        images[group.x * QUADS + quad] = vectors[trial + quad];
    }
    if thread == 0u {
        goals[group.x] = heads[home].goal;
    }
}
