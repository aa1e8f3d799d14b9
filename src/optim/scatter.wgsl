// Moving a point of the box at random. Twin of scatter.rs.

// A number in [−1, 1) for a place and a seed.
fn uniform_at(place: u32, seed: u32) -> f32 {
    var bits = place ^ (seed * 0x9e3779b9u);
    bits = (bits ^ (bits >> 16u)) * 0x7feb352du;
    bits = (bits ^ (bits >> 15u)) * 0x846ca68bu;
    bits ^= bits >> 16u;
    return f32(bits >> 8u) / 8388608.0 - 1.0;
}

// Moves four variables uniformly by at most `reach`, within [0, 1].
fn scattered(point: vec4<f32>, quad: u32, reach: f32, seed: u32) -> vec4<f32> {
    let moves = vec4<f32>(
        uniform_at(4u * quad, seed),
        uniform_at(4u * quad + 1u, seed),
        uniform_at(4u * quad + 2u, seed),
        uniform_at(4u * quad + 3u, seed),
    );
    return clamp(point + reach * moves, vec4<f32>(0.0), vec4<f32>(1.0));
}
