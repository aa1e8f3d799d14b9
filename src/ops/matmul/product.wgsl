// The strided product that matmul's forward and backward share:
// out[b,i,j] = Σ_t left[b,i,t]·right[b,t,j], each with its own steps, so that
// a transposed operand is a matter of steps. A thread makes four columns.

struct Params {
    lanes: u32,
    batch: u32,
    rows: u32,
    columns: u32,
    inner: u32,
    left_row: u32,
    left_inner: u32,
    right_inner: u32,
    right_column: u32,
}

override ACCUMULATE: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> left: array<f32>;
@group(0) @binding(2) var<storage, read> right: array<f32>;
@group(0) @binding(3) var<storage, read_write> result: array<f32>;

fn put(index: u32, value: f32) {
    if ACCUMULATE {
        result[index] += value;
    } else {
        result[index] = value;
    }
}

fn multiply(index: u32, lane: u32) {
    let quads = (params.columns + 3u) / 4u;
    let row = index / quads;
    if row >= params.batch * params.rows {
        return;
    }
    let matrix = row / params.rows;
    let i = row - matrix * params.rows;
    let j = 4u * (index - row * quads);
    let number = lane * params.batch + matrix;
    let last = params.columns - 1u;
    let l0 = number * params.rows * params.inner + i * params.left_row;
    let r0 = number * params.inner * params.columns;
    let c0 = r0 + j * params.right_column;
    let c1 = r0 + min(j + 1u, last) * params.right_column;
    let c2 = r0 + min(j + 2u, last) * params.right_column;
    let c3 = r0 + min(j + 3u, last) * params.right_column;
    var sum = vec4<f32>();
    for (var t = 0u; t < params.inner; t++) {
        let step = t * params.right_inner;
        let column = vec4<f32>(right[c0 + step], right[c1 + step], right[c2 + step], right[c3 + step]);
        sum = fma(vec4<f32>(left[l0 + t * params.left_inner]), column, sum);
    }
    let base = (number * params.rows + i) * params.columns + j;
    put(base, sum.x);
    if j + 1u <= last { put(base + 1u, sum.y); }
    if j + 2u <= last { put(base + 2u, sum.z); }
    if j + 3u <= last { put(base + 3u, sum.w); }
}
