// The product that linear's forward and backward share: [rows, inner] of
// numbers times [inner, columns] of constants. Those lie in blocks of 4 × 4,
// [quad of inner][quad of columns], padded with zeros to an even number of
// quads of columns; a block times four factors gives four sums. The file that
// is appended says what four factors are (`factors`) and what becomes of four
// sums (`finish`).

struct Params {
    lanes: u32,
    rows: u32,
    inner: u32,
    columns: u32,
}

// Whether every row of factors begins at a multiple of four.
override ALIGNED: bool = true;
override ACCUMULATE: bool = false;
// Of the kernel for few rows: threads that share the inner axis, 1 or 4.
override SLICES: u32 = 4u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> left: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> weights: array<mat4x4<f32>>;

// In the kernel for few rows: the sums, [row][thread].
var<workgroup> partial: array<vec4<f32>, 256>;

// Four numbers from a place in the first of two vectors on.
fn shifted(low: vec4<f32>, high: vec4<f32>, by: u32) -> vec4<f32> {
    switch by {
        case 0u: { return low; }
        case 1u: { return vec4<f32>(low.yzw, high.x); }
        case 2u: { return vec4<f32>(low.zw, high.xy); }
        default: { return vec4<f32>(low.w, high.xyz); }
    }
}

// Four factors of one row from k on; zeros behind its end, whatever is there.
fn within(four: vec4<f32>, k: u32) -> vec4<f32> {
    let place = vec4<u32>(k, k + 1u, k + 2u, k + 3u);
    return select(vec4<f32>(), four, place < vec4<u32>(params.inner));
}

// Quads of columns as the weights have them.
fn quads_of_weights() -> u32 {
    return (params.columns + 7u) / 8u * 2u;
}

// A thread makes 8 rows × 2 quads, a workgroup of 64 eight times as many of both.
fn tiled(group: vec3<u32>, thread: u32) {
    let rows = params.lanes * params.rows;
    let row = group.y * 64u + (thread >> 3u) * 8u;
    let quad = group.x * 16u + (thread & 7u) * 2u;
    if row >= rows || 4u * quad >= params.columns {
        return;
    }
    // Rows past the end repeat the last.
    let last = rows - 1u;
    let i0 = row * params.inner;
    let i1 = min(row + 1u, last) * params.inner;
    let i2 = min(row + 2u, last) * params.inner;
    let i3 = min(row + 3u, last) * params.inner;
    let i4 = min(row + 4u, last) * params.inner;
    let i5 = min(row + 5u, last) * params.inner;
    let i6 = min(row + 6u, last) * params.inner;
    let i7 = min(row + 7u, last) * params.inner;
    var a0 = vec4<f32>();
    var a1 = vec4<f32>();
    var a2 = vec4<f32>();
    var a3 = vec4<f32>();
    var a4 = vec4<f32>();
    var a5 = vec4<f32>();
    var a6 = vec4<f32>();
    var a7 = vec4<f32>();
    var b0 = vec4<f32>();
    var b1 = vec4<f32>();
    var b2 = vec4<f32>();
    var b3 = vec4<f32>();
    var b4 = vec4<f32>();
    var b5 = vec4<f32>();
    var b6 = vec4<f32>();
    var b7 = vec4<f32>();
    let step = quads_of_weights();
    var block = quad;
    for (var k = 0u; k < params.inner; k += 4u) {
        let a = weights[block];
        let b = weights[block + 1u];
        block += step;
        let x0 = factors(i0 + k, k);
        a0 += a * x0;
        b0 += b * x0;
        let x1 = factors(i1 + k, k);
        a1 += a * x1;
        b1 += b * x1;
        let x2 = factors(i2 + k, k);
        a2 += a * x2;
        b2 += b * x2;
        let x3 = factors(i3 + k, k);
        a3 += a * x3;
        b3 += b * x3;
        let x4 = factors(i4 + k, k);
        a4 += a * x4;
        b4 += b * x4;
        let x5 = factors(i5 + k, k);
        a5 += a * x5;
        b5 += b * x5;
        let x6 = factors(i6 + k, k);
        a6 += a * x6;
        b6 += b * x6;
        let x7 = factors(i7 + k, k);
        a7 += a * x7;
        b7 += b * x7;
    }
    // A loop, so that the code of an activation is there once.
    for (var i = 0u; i < 8u && row + i < rows; i++) {
        var a = a0;
        var b = b0;
        switch i {
            case 0u: { a = a0; b = b0; }
            case 1u: { a = a1; b = b1; }
            case 2u: { a = a2; b = b2; }
            case 3u: { a = a3; b = b3; }
            case 4u: { a = a4; b = b4; }
            case 5u: { a = a5; b = b5; }
            case 6u: { a = a6; b = b6; }
            default: { a = a7; b = b7; }
        }
        finish(row + i, quad, a);
        finish(row + i, quad + 1u, b);
    }
}

// For few rows: a thread makes 4 rows × 1 quad, or a slice of their inner axis,
// and four slices are added up at the end, a row by each.
fn sliced(group: vec3<u32>, thread: u32) {
    let rows = params.lanes * params.rows;
    let across = 64u / SLICES;
    let step = quads_of_weights();
    let row0 = group.y * 4u;
    let own = thread % across;
    let quad = group.x * across + own;
    let last = rows - 1u;
    let i0 = row0 * params.inner;
    let i1 = min(row0 + 1u, last) * params.inner;
    let i2 = min(row0 + 2u, last) * params.inner;
    let i3 = min(row0 + 3u, last) * params.inner;
    var s0 = vec4<f32>();
    var s1 = vec4<f32>();
    var s2 = vec4<f32>();
    var s3 = vec4<f32>();
    let slice = thread / across;
    var block = slice * step + min(quad, step - 1u);
    for (var k = 4u * slice; k < params.inner; k += 4u * SLICES) {
        let w = weights[block];
        block += SLICES * step;
        s0 += w * factors(i0 + k, k);
        s1 += w * factors(i1 + k, k);
        s2 += w * factors(i2 + k, k);
        s3 += w * factors(i3 + k, k);
    }
    if SLICES == 1u {
        if 4u * quad < params.columns {
            finish(row0, quad, s0);
            if row0 + 1u < rows { finish(row0 + 1u, quad, s1); }
            if row0 + 2u < rows { finish(row0 + 2u, quad, s2); }
            if row0 + 3u < rows { finish(row0 + 3u, quad, s3); }
        }
        return;
    }
    partial[thread] = s0;
    partial[64u + thread] = s1;
    partial[128u + thread] = s2;
    partial[192u + thread] = s3;
    workgroupBarrier();
    if row0 + slice < rows && 4u * quad < params.columns {
        let begin = slice * 64u + own;
        let sum = partial[begin] + partial[begin + across]
            + partial[begin + 2u * across] + partial[begin + 3u * across];
        finish(row0 + slice, quad, sum);
    }
}
