// The correlation that conv2d's forward and backward share. Backward is the
// correlation of dz, with zeros between its elements where the stride was
// more than one (SPREAD), with the kernel turned round by the host.
//
// A thread makes four rows of two columns of eight output channels (four if
// there are no more than four in a group), or, where there is only one (NARROW),
// of four columns. It goes through the window column by column and keeps the
// rows of a column that its pixels share. Neighbouring threads have neighbouring
// columns, so that loads join up. Weights lie as [block][channel][run of TAPS
// rows][column] and then, eight numbers each, [tap][channel] or, NARROW, [tap].
// The file that is appended says what a tap is (`tap`) and what becomes of a
// sum (`finish`).

struct Params {
    lanes: u32,
    groups: u32,
    in_channels: u32,
    in_height: u32,
    in_width: u32,
    out_channels: u32,
    out_height: u32,
    out_width: u32,
    blocks: u32,
    pad_y: i32,
    pad_x: i32,
}

override KERNEL_Y: u32 = 1u;
override KERNEL_X: u32 = 1u;
override STRIDE_Y: i32 = 1;
override STRIDE_X: i32 = 1;
override SPREAD_Y: i32 = 1;
override SPREAD_X: i32 = 1;
override DILATION_Y: i32 = 1;
override DILATION_X: i32 = 1;
// Rows of the kernel in a run, at most five: more than one only if the window
// of a pixel is that of the pixel above, moved on by one of its rows.
override TAPS: u32 = 1u;
override NARROW: bool = false;
override ACCUMULATE: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> source: array<f32>;
@group(0) @binding(2) var<storage, read> weights: array<mat2x4<f32>>;

// The bit that an offset has which leads nowhere.
const NOWHERE = 0x80000000u;

// Offsets, in a plane of the input, of the rows that the pixels share.
struct Rows {
    upper: vec4<u32>,
    lower: vec4<u32>,
}

// A run of rows of the kernel, and where it lies in the input.
struct Run {
    rows: Rows,
    plane: u32,
    left: i32,
}

// Sums of two columns of four rows of two quads of channels.
alias Wide = array<mat2x4<f32>, 8>;

// Offsets of four rows from p on; p counts the zeros that are spread between.
fn four_rows(p: i32) -> vec4<u32> {
    let place = vec4<i32>(p, p + STRIDE_Y, p + 2 * STRIDE_Y, p + 3 * STRIDE_Y);
    var element = place;
    var inside = place >= vec4<i32>();
    if SPREAD_Y != 1 {
        element = place / SPREAD_Y;
        inside &= element * SPREAD_Y == place;
    }
    inside &= element < vec4<i32>(i32(params.in_height));
    return select(vec4<u32>(NOWHERE), vec4<u32>(element) * params.in_width, inside);
}

// Offset of a column, counted likewise.
fn column_at(p: i32) -> u32 {
    var element = p;
    var inside = p >= 0;
    if SPREAD_X != 1 {
        element = p / SPREAD_X;
        inside &= element * SPREAD_X == p;
    }
    inside &= element < i32(params.in_width);
    return select(NOWHERE, u32(element), inside);
}

// The element at two offsets in a plane, zero outside.
fn at(plane: u32, row: u32, column: u32) -> f32 {
    // An index past the buffer's end reads something that is in it.
    let value = tap(plane + row + column);
    return select(0.0, value, ((row | column) & NOWHERE) == 0u);
}

// The rows of a run, in the column at a distance from the window's left.
fn column_of(run: Run, distance: i32) -> mat2x4<f32> {
    let column = column_at(run.left + distance);
    let upper = run.rows.upper;
    let lower = run.rows.lower;
    var x = mat2x4<f32>();
    x[0].x = at(run.plane, upper.x, column);
    x[0].y = at(run.plane, upper.y, column);
    x[0].z = at(run.plane, upper.z, column);
    x[0].w = at(run.plane, upper.w, column);
    if TAPS > 1u { x[1].x = at(run.plane, lower.x, column); }
    if TAPS > 2u { x[1].y = at(run.plane, lower.y, column); }
    if TAPS > 3u { x[1].z = at(run.plane, lower.z, column); }
    if TAPS > 4u { x[1].w = at(run.plane, lower.w, column); }
    return x;
}

// What four pixels see of a column through one tap of a run.
fn seen(x: mat2x4<f32>, t: u32) -> vec4<f32> {
    switch t {
        case 0u: { return x[0]; }
        case 1u: { return vec4<f32>(x[0].yzw, x[1].x); }
        case 2u: { return vec4<f32>(x[0].zw, x[1].xy); }
        case 3u: { return vec4<f32>(x[0].w, x[1].xyz); }
        default: { return x[1]; }
    }
}

// Whether a tap exists: the last run may be longer than what is left.
fn has(u: u32, t: u32) -> bool {
    return t < TAPS && (KERNEL_Y % TAPS == 0u || u + t < KERNEL_Y);
}

fn add_wide(sums: ptr<function, Wide>, x: mat2x4<f32>, y: mat2x4<f32>, t: u32, w: mat2x4<f32>) {
    let left = seen(x, t);
    let right = seen(y, t);
    (*sums)[0] += left.x * w;
    (*sums)[1] += left.y * w;
    (*sums)[2] += left.z * w;
    (*sums)[3] += left.w * w;
    (*sums)[4] += right.x * w;
    (*sums)[5] += right.y * w;
    (*sums)[6] += right.z * w;
    (*sums)[7] += right.w * w;
}

fn run_wide(sums: ptr<function, Wide>, run: Run, u: u32, first: u32) {
    var next = first;
    var x = column_of(run, 0);
    for (var v = 0; v < i32(KERNEL_X); v++) {
        if STRIDE_X != DILATION_X {
            x = column_of(run, v * DILATION_X);
        }
        let y = column_of(run, v * DILATION_X + STRIDE_X);
        add_wide(sums, x, y, 0u, weights[next]);
        if has(u, 1u) { add_wide(sums, x, y, 1u, weights[next + 1u]); }
        if has(u, 2u) { add_wide(sums, x, y, 2u, weights[next + 2u]); }
        if has(u, 3u) { add_wide(sums, x, y, 3u, weights[next + 3u]); }
        if has(u, 4u) { add_wide(sums, x, y, 4u, weights[next + 4u]); }
        next += TAPS;
        x = y;
    }
}

// Sums of four columns, one channel.
fn run_narrow(sums: ptr<function, mat4x4<f32>>, run: Run, u: u32, first: u32) {
    var x0 = column_of(run, 0);
    var x1 = column_of(run, STRIDE_X);
    var x2 = column_of(run, 2 * STRIDE_X);
    for (var v = 0; v < i32(KERNEL_X); v++) {
        let distance = v * DILATION_X;
        if STRIDE_X != DILATION_X {
            x0 = column_of(run, distance);
            x1 = column_of(run, distance + STRIDE_X);
            x2 = column_of(run, distance + 2 * STRIDE_X);
        }
        let x3 = column_of(run, distance + 3 * STRIDE_X);
        let w = weights[first + u32(v)];
        add_narrow(sums, x0, x1, x2, x3, 0u, w[0].x);
        if has(u, 1u) { add_narrow(sums, x0, x1, x2, x3, 1u, w[0].y); }
        if has(u, 2u) { add_narrow(sums, x0, x1, x2, x3, 2u, w[0].z); }
        if has(u, 3u) { add_narrow(sums, x0, x1, x2, x3, 3u, w[0].w); }
        if has(u, 4u) { add_narrow(sums, x0, x1, x2, x3, 4u, w[1].x); }
        x0 = x1;
        x1 = x2;
        x2 = x3;
    }
}

fn add_narrow(
    sums: ptr<function, mat4x4<f32>>,
    x0: mat2x4<f32>,
    x1: mat2x4<f32>,
    x2: mat2x4<f32>,
    x3: mat2x4<f32>,
    t: u32,
    w: f32,
) {
    (*sums)[0] += w * seen(x0, t);
    (*sums)[1] += w * seen(x1, t);
    (*sums)[2] += w * seen(x2, t);
    (*sums)[3] += w * seen(x3, t);
}

fn correlate(index: u32, block: u32) {
    let columns = select(2u, 4u, NARROW);
    let across = (params.out_width + columns - 1u) / columns;
    let per_lane = (params.out_height + 3u) / 4u * across;
    let lane = index / per_lane;
    if lane >= params.lanes {
        return;
    }
    let rest = index - lane * per_lane;
    let quad = rest / across;
    let out_y = 4u * quad;
    let out_x = columns * (rest - quad * across);
    let group = block / params.blocks;
    let top = i32(out_y) * STRIDE_Y - params.pad_y;

    let area = params.in_height * params.in_width;
    var run = Run();
    run.plane = (lane * params.groups + group) * params.in_channels * area;
    run.left = i32(out_x) * STRIDE_X - params.pad_x;
    var sums = Wide();
    var narrow = mat4x4<f32>();
    let step = KERNEL_X * select(TAPS, 1u, NARROW);
    var next = block * params.in_channels * ((KERNEL_Y + TAPS - 1u) / TAPS) * step;
    for (var c = 0u; c < params.in_channels; c++) {
        for (var u = 0u; u < KERNEL_Y; u += TAPS) {
            let first = top + i32(u) * DILATION_Y;
            run.rows.upper = four_rows(first);
            if TAPS > 1u {
                run.rows.lower = four_rows(first + 4 * STRIDE_Y);
            }
            if NARROW {
                run_narrow(&narrow, run, u, next);
            } else {
                run_wide(&sums, run, u, next);
            }
            next += step;
        }
        run.plane += area;
    }

    let out_area = params.out_height * params.out_width;
    let channel = (block - group * params.blocks) * 8u;
    let base = ((lane * params.groups + group) * params.out_channels + channel) * out_area
        + out_y * params.out_width + out_x;
    let room = params.out_width - out_x;
    let channels = params.out_channels - channel;
    // A loop, so that the code of an activation is there once.
    for (var row = 0u; row < 4u && out_y + row < params.out_height; row++) {
        let place = base + row * params.out_width;
        if NARROW {
            let pixels = row_of(narrow, row);
            put_four(place, 1u, room, finish(2u * block, pixels));
            continue;
        }
        var left = sums[0];
        var right = sums[4];
        switch row {
            case 1u: { left = sums[1]; right = sums[5]; }
            case 2u: { left = sums[2]; right = sums[6]; }
            case 3u: { left = sums[3]; right = sums[7]; }
            default: {}
        }
        put_four(place, out_area, channels, finish(2u * block, left[0]));
        if room > 1u {
            put_four(place + 1u, out_area, channels, finish(2u * block, right[0]));
        }
        if channels > 4u {
            let rest = place + 4u * out_area;
            put_four(rest, out_area, channels - 4u, finish(2u * block + 1u, left[1]));
            if room > 1u {
                put_four(rest + 1u, out_area, channels - 4u, finish(2u * block + 1u, right[1]));
            }
        }
    }
}

fn row_of(columns: mat4x4<f32>, row: u32) -> vec4<f32> {
    let rows = transpose(columns);
    switch row {
        case 0u: { return rows[0]; }
        case 1u: { return rows[1]; }
        case 2u: { return rows[2]; }
        default: { return rows[3]; }
    }
}

// Up to four results, so many elements apart.
fn put_four(index: u32, step: u32, count: u32, value: vec4<f32>) {
    put(index, value.x);
    if count > 1u { put(index + step, value.y); }
    if count > 2u { put(index + 2u * step, value.z); }
    if count > 3u { put(index + 3u * step, value.w); }
}
