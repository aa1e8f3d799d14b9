// The correlation that conv2d's forward and backward share. Backward is the
// correlation of dz, with zeros between its elements where the stride was
// more than one (SPREAD), with the kernel turned round by the host.
//
// A thread makes four pixels, one below the other, of eight output channels
// (four if not WIDE, one if NARROW). Neighbouring threads have neighbouring
// columns, so that loads join up. Weights lie as [block][channel][column][row]
// of vec4s or pairs of vec4s over a block's output channels. The file that is
// appended says what a tap is (`tap`) and what becomes of a sum (`finish`).

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
override WIDE: bool = false;
override NARROW: bool = false;
override ACCUMULATE: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> source: array<f32>;
@group(0) @binding(2) var<storage, read> weights: array<vec4<f32>>;

// Where position p of an axis that is spread out lies, past the end if nowhere.
fn place_y(p: i32) -> u32 {
    if SPREAD_Y == 1 {
        return u32(p);
    }
    let element = p / SPREAD_Y;
    return select(0xffffffffu, u32(element), p >= 0 && element * SPREAD_Y == p);
}

fn place_x(p: i32) -> u32 {
    if SPREAD_X == 1 {
        return u32(p);
    }
    let element = p / SPREAD_X;
    return select(0xffffffffu, u32(element), p >= 0 && element * SPREAD_X == p);
}

// The element at a row of the column that begins at `top`, zero outside.
fn at(top: u32, y: i32, inside: bool) -> f32 {
    let row = place_y(y);
    let value = tap(top + min(row, params.in_height - 1u) * params.in_width);
    return select(0.0, value, inside && row < params.in_height);
}

fn correlate(index: u32, block: u32) {
    let quads = (params.out_height + 3u) / 4u;
    let per_lane = quads * params.out_width;
    let lane = index / per_lane;
    if lane >= params.lanes {
        return;
    }
    let rest = index - lane * per_lane;
    let quad = rest / params.out_width;
    let out_x = rest - quad * params.out_width;
    let out_y = 4u * quad;
    let group = block / params.blocks;

    let area = params.in_height * params.in_width;
    let lane_base = (lane * params.groups + group) * params.in_channels * area;
    let first = i32(out_y) * STRIDE_Y - params.pad_y;
    let left = i32(out_x) * STRIDE_X - params.pad_x;
    var w = block * params.in_channels * KERNEL_Y * KERNEL_X;
    var a0 = vec4<f32>();
    var a1 = vec4<f32>();
    var a2 = vec4<f32>();
    var a3 = vec4<f32>();
    var b0 = vec4<f32>();
    var b1 = vec4<f32>();
    var b2 = vec4<f32>();
    var b3 = vec4<f32>();
    for (var c = 0u; c < params.in_channels; c++) {
        let plane = lane_base + c * area;
        for (var v = 0u; v < KERNEL_X; v++) {
            let column = place_x(left + i32(v) * DILATION_X);
            let inside = column < params.in_width;
            let top = plane + min(column, params.in_width - 1u);
            var x0 = at(top, first, inside);
            var x1 = at(top, first + STRIDE_Y, inside);
            var x2 = at(top, first + 2 * STRIDE_Y, inside);
            var x3 = at(top, first + 3 * STRIDE_Y, inside);
            for (var u = 0u; u < KERNEL_Y; u++) {
                if WIDE {
                    let wa = weights[2u * w];
                    let wb = weights[2u * w + 1u];
                    a0 = fma(vec4<f32>(x0), wa, a0);
                    a1 = fma(vec4<f32>(x1), wa, a1);
                    a2 = fma(vec4<f32>(x2), wa, a2);
                    a3 = fma(vec4<f32>(x3), wa, a3);
                    b0 = fma(vec4<f32>(x0), wb, b0);
                    b1 = fma(vec4<f32>(x1), wb, b1);
                    b2 = fma(vec4<f32>(x2), wb, b2);
                    b3 = fma(vec4<f32>(x3), wb, b3);
                } else if NARROW {
                    let only = weights[w].x;
                    a0.x = fma(x0, only, a0.x);
                    a1.x = fma(x1, only, a1.x);
                    a2.x = fma(x2, only, a2.x);
                    a3.x = fma(x3, only, a3.x);
                } else {
                    let wa = weights[w];
                    a0 = fma(vec4<f32>(x0), wa, a0);
                    a1 = fma(vec4<f32>(x1), wa, a1);
                    a2 = fma(vec4<f32>(x2), wa, a2);
                    a3 = fma(vec4<f32>(x3), wa, a3);
                }
                w += 1u;
                if u + 1u == KERNEL_Y {
                    break;
                }
                let next = first + i32(u + 1u) * DILATION_Y;
                if STRIDE_Y == DILATION_Y {
                    // The window slides by one element: three of four remain.
                    x0 = x1;
                    x1 = x2;
                    x2 = x3;
                } else {
                    x0 = at(top, next, inside);
                    x1 = at(top, next + STRIDE_Y, inside);
                    x2 = at(top, next + 2 * STRIDE_Y, inside);
                }
                x3 = at(top, next + 3 * STRIDE_Y, inside);
            }
        }
    }

    let vectors = select(1u, 2u, WIDE);
    let channel = (block - group * params.blocks) * 4u * vectors;
    let out_area = params.out_height * params.out_width;
    let base = ((lane * params.groups + group) * params.out_channels + channel) * out_area
        + out_y * params.out_width + out_x;
    let pixels = min(params.out_height - out_y, 4u);
    let channels = params.out_channels - channel;
    // A loop, so that the code of an activation is there once.
    for (var part = 0u; part < vectors && 4u * part < channels; part++) {
        for (var pixel = 0u; pixel < pixels; pixel++) {
            var sum = a0;
            switch 4u * part + pixel {
                case 0u: { sum = a0; }
                case 1u: { sum = a1; }
                case 2u: { sum = a2; }
                case 3u: { sum = a3; }
                case 4u: { sum = b0; }
                case 5u: { sum = b1; }
                case 6u: { sum = b2; }
                default: { sum = b3; }
            }
            let index = base + 4u * part * out_area + pixel * params.out_width;
            put_pixel(index, channels - 4u * part, out_area, block * vectors + part, sum);
        }
    }
}

fn put_pixel(index: u32, channels: u32, area: u32, bias: u32, sum: vec4<f32>) {
    let value = finish(bias, sum);
    put(index, value.x);
    if channels > 1u { put(index + area, value.y); }
    if channels > 2u { put(index + 2u * area, value.z); }
    if channels > 3u { put(index + 3u * area, value.w); }
}
