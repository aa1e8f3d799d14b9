// The correlation that conv2d's forward and backward share. Backward is the
// correlation of dz, with zeros between its elements where the stride was
// more than one (SPREAD), with the kernel turned round by the host.
//
// A thread makes four neighbouring pixels of eight output channels (four if
// not WIDE). Weights lie as [block][channel][row][column] of vec4s or pairs of
// vec4s over a block's output channels. The file that is appended says what a
// tap is (`tap`) and what becomes of a sum (`finish`).

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
override ACCUMULATE: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> source: array<f32>;
@group(0) @binding(2) var<storage, read> weights: array<vec4<f32>>;

// The element of a row at a column, zero outside.
fn at(row: u32, column: i32) -> f32 {
    if SPREAD_X == 1 {
        if u32(column) < params.in_width {
            return tap(row + u32(column));
        }
        return 0.0;
    }
    let element = column / SPREAD_X;
    if column >= 0 && element * SPREAD_X == column && u32(element) < params.in_width {
        return tap(row + u32(element));
    }
    return 0.0;
}

// Where a row begins; none outside or between the elements.
const NO_ROW = 0xffffffffu;

fn row_at(plane: u32, y: i32) -> u32 {
    let element = y / SPREAD_Y;
    if y < 0 || element * SPREAD_Y != y || u32(element) >= params.in_height {
        return NO_ROW;
    }
    return plane + u32(element) * params.in_width;
}

fn correlate(index: u32, block: u32) {
    let columns = (params.out_width + 3u) / 4u;
    let per_lane = columns * params.out_height;
    let lane = index / per_lane;
    if lane >= params.lanes {
        return;
    }
    let rest = index - lane * per_lane;
    let out_y = rest / columns;
    let out_x = 4u * (rest - out_y * columns);
    let group = block / params.blocks;

    let area = params.in_height * params.in_width;
    let lane_base = (lane * params.groups + group) * params.in_channels * area;
    let top = i32(out_y) * STRIDE_Y - params.pad_y;
    let first = i32(out_x) * STRIDE_X - params.pad_x;
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
        for (var u = 0u; u < KERNEL_Y; u++) {
            let row = row_at(plane, top + i32(u) * DILATION_Y);
            if row == NO_ROW {
                w += KERNEL_X;
                continue;
            }
            var x0 = at(row, first);
            var x1 = at(row, first + STRIDE_X);
            var x2 = at(row, first + 2 * STRIDE_X);
            var x3 = at(row, first + 3 * STRIDE_X);
            for (var v = 0u; v < KERNEL_X; v++) {
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
                } else {
                    let wa = weights[w];
                    a0 = fma(vec4<f32>(x0), wa, a0);
                    a1 = fma(vec4<f32>(x1), wa, a1);
                    a2 = fma(vec4<f32>(x2), wa, a2);
                    a3 = fma(vec4<f32>(x3), wa, a3);
                }
                w += 1u;
                if v + 1u == KERNEL_X {
                    break;
                }
                let next = first + i32(v + 1u) * DILATION_X;
                if STRIDE_X == DILATION_X {
                    // The window slides by one element: three of four remain.
                    x0 = x1;
                    x1 = x2;
                    x2 = x3;
                } else {
                    x0 = at(row, next);
                    x1 = at(row, next + STRIDE_X);
                    x2 = at(row, next + 2 * STRIDE_X);
                }
                x3 = at(row, next + 3 * STRIDE_X);
            }
        }
    }

    let vectors = select(1u, 2u, WIDE);
    let channel = (block - group * params.blocks) * 4u * vectors;
    let out_area = params.out_height * params.out_width;
    let base = ((lane * params.groups + group) * params.out_channels + channel) * out_area
        + out_y * params.out_width + out_x;
    let pixels = params.out_width - out_x;
    let channels = params.out_channels - channel;
    for (var part = 0u; part < vectors; part++) {
        if 4u * part >= channels {
            break;
        }
        let bias = block * vectors + part;
        let start = base + 4u * part * out_area;
        let left = channels - 4u * part;
        put_pixel(start, left, out_area, bias, select(a0, b0, part == 1u));
        if pixels > 1u { put_pixel(start + 1u, left, out_area, bias, select(a1, b1, part == 1u)); }
        if pixels > 2u { put_pixel(start + 2u, left, out_area, bias, select(a2, b2, part == 1u)); }
        if pixels > 3u { put_pixel(start + 3u, left, out_area, bias, select(a3, b3, part == 1u)); }
    }
}

fn put_pixel(index: u32, channels: u32, area: u32, bias: u32, sum: vec4<f32>) {
    let value = finish(bias, sum);
    put(index, value.x);
    if channels > 1u { put(index + area, value.y); }
    if channels > 2u { put(index + 2u * area, value.z); }
    if channels > 3u { put(index + 3u * area, value.w); }
}
