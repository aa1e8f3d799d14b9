// The correlation that conv2d's forward and backward share. Backward is the
// correlation of dz, with zeros between its elements where the stride was
// more than one (SPREAD), with the kernel turned round by the host.
//
// A thread makes 4 × 4 pixels of four output channels, or of the only one
// (NARROW). It goes through the kernel in patches of up to 5 × 5 taps and holds
// the part of the input that its pixels see through a patch, four columns at a
// time. Neighbouring threads have neighbouring pixels, so that loads join up,
// and the same weights. Those lie as [block][channel][patch][column][row] of
// four channels or, NARROW, [channel][patch][column] of eight rows.
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
// Rows and columns of a patch, at most five: more than one only if what a pixel
// sees is what its neighbour sees, moved on by one.
override TAPS_Y: u32 = 1u;
override TAPS_X: u32 = 1u;
override NARROW: bool = false;
override ACCUMULATE: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> source: array<f32>;
@group(0) @binding(2) var<storage, read> weights: array<vec4<f32>>;

// The bit that an offset has which leads nowhere.
const NOWHERE = 0x80000000u;

// What the pixels see through a patch: offsets of its rows in a plane of the
// input, the plane, and the first column.
struct View {
    upper: vec4<u32>,
    lower: vec4<u32>,
    plane: u32,
    left: i32,
}

// Four columns of a view, each as its first four rows and the others.
struct Columns {
    a: mat2x4<f32>,
    b: mat2x4<f32>,
    c: mat2x4<f32>,
    d: mat2x4<f32>,
}

// Sums of four columns: four rows of four channels each. NARROW, the columns
// of `a` are those of the pixels.
struct Sums {
    a: mat4x4<f32>,
    b: mat4x4<f32>,
    c: mat4x4<f32>,
    d: mat4x4<f32>,
}

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

// A column of a view.
fn column_of(view: View, number: i32) -> mat2x4<f32> {
    let column = column_at(view.left + number * STRIDE_X);
    var x = mat2x4<f32>();
    x[0].x = at(view.plane, view.upper.x, column);
    x[0].y = at(view.plane, view.upper.y, column);
    x[0].z = at(view.plane, view.upper.z, column);
    x[0].w = at(view.plane, view.upper.w, column);
    if TAPS_Y > 1u { x[1].x = at(view.plane, view.lower.x, column); }
    if TAPS_Y > 2u { x[1].y = at(view.plane, view.lower.y, column); }
    if TAPS_Y > 3u { x[1].z = at(view.plane, view.lower.z, column); }
    if TAPS_Y > 4u { x[1].w = at(view.plane, view.lower.w, column); }
    return x;
}

// The columns that the pixels see through the next column of taps.
fn moved_on(x: Columns, view: View, number: i32) -> Columns {
    return Columns(x.b, x.c, x.d, column_of(view, number));
}

// What four pixels of a column see of it through a row of taps.
fn seen(x: mat2x4<f32>, t: u32) -> vec4<f32> {
    switch t {
        case 0u: { return x[0]; }
        case 1u: { return vec4<f32>(x[0].yzw, x[1].x); }
        case 2u: { return vec4<f32>(x[0].zw, x[1].xy); }
        case 3u: { return vec4<f32>(x[0].w, x[1].xyz); }
        default: { return x[1]; }
    }
}

// Whether a patch that begins at u has a row t: the last may stick out.
fn has_row(u: u32, t: u32) -> bool {
    return t < TAPS_Y && (KERNEL_Y % TAPS_Y == 0u || u + t < KERNEL_Y);
}

fn has_column(v: u32, t: u32) -> bool {
    return t < TAPS_X && (KERNEL_X % TAPS_X == 0u || v + t < KERNEL_X);
}

fn outer(w: vec4<f32>, x: vec4<f32>) -> mat4x4<f32> {
    return mat4x4<f32>(x.x * w, x.y * w, x.z * w, x.w * w);
}

// What a row t of a column of taps adds.
fn add_wide(sums: ptr<function, Sums>, x: Columns, t: u32, w: vec4<f32>) {
    (*sums).a += outer(w, seen(x.a, t));
    (*sums).b += outer(w, seen(x.b, t));
    (*sums).c += outer(w, seen(x.c, t));
    (*sums).d += outer(w, seen(x.d, t));
}

fn add_narrow(sums: ptr<function, Sums>, x: Columns, t: u32, w: f32) {
    (*sums).a[0] += w * seen(x.a, t);
    (*sums).a[1] += w * seen(x.b, t);
    (*sums).a[2] += w * seen(x.c, t);
    (*sums).a[3] += w * seen(x.d, t);
}

// What a column of taps adds, whose weights begin at `first`.
fn add(sums: ptr<function, Sums>, x: Columns, u: u32, first: u32) {
    if NARROW {
        let w = weights[first];
        add_narrow(sums, x, 0u, w.x);
        if has_row(u, 1u) { add_narrow(sums, x, 1u, w.y); }
        if has_row(u, 2u) { add_narrow(sums, x, 2u, w.z); }
        if has_row(u, 3u) { add_narrow(sums, x, 3u, w.w); }
        if has_row(u, 4u) { add_narrow(sums, x, 4u, weights[first + 1u].x); }
    } else {
        add_wide(sums, x, 0u, weights[first]);
        if has_row(u, 1u) { add_wide(sums, x, 1u, weights[first + 1u]); }
        if has_row(u, 2u) { add_wide(sums, x, 2u, weights[first + 2u]); }
        if has_row(u, 3u) { add_wide(sums, x, 3u, weights[first + 3u]); }
        if has_row(u, 4u) { add_wide(sums, x, 4u, weights[first + 4u]); }
    }
}

// What a patch adds that begins at column v and row u of the kernel.
fn add_patch(sums: ptr<function, Sums>, view: View, u: u32, v: u32, first: u32) {
    let step = select(TAPS_Y, 2u, NARROW);
    let a = column_of(view, 0);
    let b = column_of(view, 1);
    let c = column_of(view, 2);
    var x = Columns(a, b, c, column_of(view, 3));
    add(sums, x, u, first);
    if has_column(v, 1u) {
        x = moved_on(x, view, 4);
        add(sums, x, u, first + step);
    }
    if has_column(v, 2u) {
        x = moved_on(x, view, 5);
        add(sums, x, u, first + 2u * step);
    }
    if has_column(v, 3u) {
        x = moved_on(x, view, 6);
        add(sums, x, u, first + 3u * step);
    }
    if has_column(v, 4u) {
        x = moved_on(x, view, 7);
        add(sums, x, u, first + 4u * step);
    }
}

fn correlate(index: u32, block: u32) {
    let across = (params.out_width + 3u) / 4u;
    let per_lane = (params.out_height + 3u) / 4u * across;
    let lane = index / per_lane;
    if lane >= params.lanes {
        return;
    }
    let piece = index - lane * per_lane;
    let quad = piece / across;
    let out_y = 4u * quad;
    let out_x = 4u * (piece - quad * across);
    let group = block / params.blocks;

    let area = params.in_height * params.in_width;
    let top = i32(out_y) * STRIDE_Y - params.pad_y;
    let left = i32(out_x) * STRIDE_X - params.pad_x;
    let patches = vec2<u32>((KERNEL_X + TAPS_X - 1u) / TAPS_X, (KERNEL_Y + TAPS_Y - 1u) / TAPS_Y);
    let all = params.in_channels * patches.x * patches.y;
    let step = select(TAPS_Y, 2u, NARROW);
    var next = block * all * TAPS_X * step;
    var view = View();
    view.plane = (lane * params.groups + group) * params.in_channels * area;
    var sums = Sums();
    var u = 0u;
    var v = 0u;
    // One loop over channels and patches, which asks at its end: on some devices
    // sums cost something on their way through a loop, and a loop that asks at
    // its begin is gone through once more to find that no thread is left in it.
    var i = 0u;
    loop {
        let first = top + i32(u) * DILATION_Y;
        view.upper = four_rows(first);
        if TAPS_Y > 1u {
            view.lower = four_rows(first + 4 * STRIDE_Y);
        }
        view.left = left + i32(v) * DILATION_X;
        add_patch(&sums, view, u, v, next);
        next += TAPS_X * step;
        v += TAPS_X;
        if v >= KERNEL_X {
            v = 0u;
            u += TAPS_Y;
        }
        if u >= KERNEL_Y {
            u = 0u;
            view.plane += area;
        }
        i += 1u;
        if i >= all {
            break;
        }
    }

    let out_area = params.out_height * params.out_width;
    let channel = 4u * (block - group * params.blocks);
    let base = ((lane * params.groups + group) * params.out_channels + channel) * out_area
        + out_y * params.out_width + out_x;
    let pixels = params.out_width - out_x;
    let channels = params.out_channels - channel;
    if NARROW {
        sums.a = transpose(sums.a);
    }
    // A loop, so that the code of an activation is there once.
    var row = 0u;
    loop {
        let place = base + row * params.out_width;
        if NARROW {
            put_four(place, 1u, pixels, finish(block, sums.a[0]));
        } else {
            put_four(place, out_area, channels, finish(block, sums.a[0]));
            if pixels > 1u { put_four(place + 1u, out_area, channels, finish(block, sums.b[0])); }
            if pixels > 2u { put_four(place + 2u, out_area, channels, finish(block, sums.c[0])); }
            if pixels > 3u { put_four(place + 3u, out_area, channels, finish(block, sums.d[0])); }
        }
        sums = Sums(rest(sums.a), rest(sums.b), rest(sums.c), rest(sums.d));
        row += 1u;
        if row >= 4u || out_y + row >= params.out_height {
            break;
        }
    }
}

// The rows behind the first.
fn rest(rows: mat4x4<f32>) -> mat4x4<f32> {
    return mat4x4<f32>(rows[1], rows[2], rows[3], rows[3]);
}

// Up to four results, so many elements apart.
fn put_four(index: u32, step: u32, count: u32, value: vec4<f32>) {
    put(index, value.x);
    if count > 1u { put(index + step, value.y); }
    if count > 2u { put(index + 2u * step, value.z); }
    if count > 3u { put(index + 3u * step, value.w); }
}
