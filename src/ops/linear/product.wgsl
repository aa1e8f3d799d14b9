// The product that linear's forward and backward share: [rows, inner] of
// numbers times [inner, columns] of constants, the latter in vec4s along the
// columns, padded with zeros. The file that is appended says what a factor is
// (`factor`) and what becomes of four sums (`finish`).

struct Params {
    lanes: u32,
    rows: u32,
    inner: u32,
    columns: u32,
}

override ACCUMULATE: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> left: array<f32>;
@group(0) @binding(2) var<storage, read> weights: array<vec4<f32>>;

const TILE_ROWS = 64u;
const TILE_QUADS = 8u;
const TILE_INNER = 8u;

// The tiles, [inner][quad of rows] and, from WEIGHTS on, [inner][quad of
// columns]; in the kernel for few rows the sums, [row][thread].
var<workgroup> shared_memory: array<vec4<f32>, 256>;
const WEIGHTS = 128u;

// Four consecutive rows at one inner index; rows past the end repeat the last.
fn factors(row: u32, last: u32, k: u32) -> vec4<f32> {
    return vec4<f32>(
        factor(min(row, last) * params.inner + k),
        factor(min(row + 1u, last) * params.inner + k),
        factor(min(row + 2u, last) * params.inner + k),
        factor(min(row + 3u, last) * params.inner + k),
    );
}

// A workgroup of 64 makes 64 rows × 8 quads; a thread 8 rows × 1 quad.
fn tiled(group: vec3<u32>, thread: u32) {
    let rows = params.lanes * params.rows;
    let quads = (params.columns + 3u) / 4u;
    let row0 = group.y * TILE_ROWS;
    let quad0 = group.x * TILE_QUADS;
    let own_row = thread / 8u;
    let own_quad = thread & 7u;
    var s0 = vec4<f32>();
    var s1 = vec4<f32>();
    var s2 = vec4<f32>();
    var s3 = vec4<f32>();
    var s4 = vec4<f32>();
    var s5 = vec4<f32>();
    var s6 = vec4<f32>();
    var s7 = vec4<f32>();
    for (var k0 = 0u; k0 < params.inner; k0 += TILE_INNER) {
        for (var item = thread; item < 128u; item += 64u) {
            let k = k0 + (item & 7u);
            let quad = item >> 3u;
            var value = vec4<f32>();
            if k < params.inner {
                value = factors(row0 + 4u * quad, rows - 1u, k);
            }
            shared_memory[(item & 7u) * 16u + quad] = value;
        }
        let k = k0 + own_row;
        var value = vec4<f32>();
        if k < params.inner && quad0 + own_quad < quads {
            value = weights[k * quads + quad0 + own_quad];
        }
        shared_memory[WEIGHTS + thread] = value;
        workgroupBarrier();
        for (var k = 0u; k < TILE_INNER; k++) {
            let w = shared_memory[WEIGHTS + k * TILE_QUADS + own_quad];
            let upper = shared_memory[k * 16u + own_row * 2u];
            let lower = shared_memory[k * 16u + own_row * 2u + 1u];
            s0 = fma(vec4<f32>(upper.x), w, s0);
            s1 = fma(vec4<f32>(upper.y), w, s1);
            s2 = fma(vec4<f32>(upper.z), w, s2);
            s3 = fma(vec4<f32>(upper.w), w, s3);
            s4 = fma(vec4<f32>(lower.x), w, s4);
            s5 = fma(vec4<f32>(lower.y), w, s5);
            s6 = fma(vec4<f32>(lower.z), w, s6);
            s7 = fma(vec4<f32>(lower.w), w, s7);
        }
        workgroupBarrier();
    }
    let row = row0 + own_row * 8u;
    let quad = quad0 + own_quad;
    if quad >= quads {
        return;
    }
    // A loop, so that the code of an activation is there once.
    for (var i = 0u; i < 8u && row + i < rows; i++) {
        var sum = s0;
        switch i {
            case 0u: { sum = s0; }
            case 1u: { sum = s1; }
            case 2u: { sum = s2; }
            case 3u: { sum = s3; }
            case 4u: { sum = s4; }
            case 5u: { sum = s5; }
            case 6u: { sum = s6; }
            default: { sum = s7; }
        }
        finish(row + i, quad, sum);
    }
}

// For few rows: a workgroup of 64 makes 4 rows × 4 quads, its threads share
// the inner axis in 16 slices and add up at the end.
fn sliced(group: vec3<u32>, thread: u32) {
    let rows = params.lanes * params.rows;
    let quads = (params.columns + 3u) / 4u;
    let row0 = group.y * 4u;
    let column = min(group.x * 4u + (thread & 3u), quads - 1u);
    var s0 = vec4<f32>();
    var s1 = vec4<f32>();
    var s2 = vec4<f32>();
    var s3 = vec4<f32>();
    for (var k = thread >> 2u; k < params.inner; k += 16u) {
        let w = weights[k * quads + column];
        let x = factors(row0, rows - 1u, k);
        s0 = fma(vec4<f32>(x.x), w, s0);
        s1 = fma(vec4<f32>(x.y), w, s1);
        s2 = fma(vec4<f32>(x.z), w, s2);
        s3 = fma(vec4<f32>(x.w), w, s3);
    }
    shared_memory[thread] = s0;
    shared_memory[64u + thread] = s1;
    shared_memory[128u + thread] = s2;
    shared_memory[192u + thread] = s3;
    workgroupBarrier();
    let row = row0 + (thread >> 2u);
    let quad = group.x * 4u + (thread & 3u);
    if thread >= 16u || row >= rows || quad >= quads {
        return;
    }
    var sum = vec4<f32>();
    for (var slice = 0u; slice < 16u; slice++) {
        sum += shared_memory[(thread >> 2u) * 64u + slice * 4u + (thread & 3u)];
    }
    finish(row, quad, sum);
}
