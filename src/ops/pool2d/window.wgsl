// Sizes of a pooling, shared by forward and backward. Kinds: 0 maximum,
// 1 average over the members, 2 average that counts padding. Threads go
// through the channels of a lane along x and through the lanes along y.

struct Params {
    lanes: u32,
    channels: u32,
    in_height: u32,
    in_width: u32,
    out_height: u32,
    out_width: u32,
    end_y: i32,
    end_x: i32,
}

override KIND: u32 = 0u;
override KERNEL_Y: i32 = 1;
override KERNEL_X: i32 = 1;
override STRIDE_Y: i32 = 1;
override STRIDE_X: i32 = 1;
override PAD_Y: i32 = 0;
override PAD_X: i32 = 0;
override DILATION_Y: i32 = 1;
override DILATION_X: i32 = 1;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;

// Column, row and plane of an element of a lane's planes; false past the last.
struct Element {
    column: u32,
    row: u32,
    plane: u32,
    there: bool,
}

fn element_of(id: vec3<u32>, height: u32, width: u32) -> Element {
    let area = height * width;
    let channel = id.x / area;
    let rest = id.x - channel * area;
    let row = rest / width;
    let plane = id.y * params.channels + channel;
    return Element(rest - row * width, row, plane, channel < params.channels);
}

// How many of the window's positions along one axis count in the divisor:
// those from `begin` on, in steps of `dilation`, inside [low, high).
fn members(begin: i32, size: i32, dilation: i32, low: i32, high: i32) -> f32 {
    var count = 0.0;
    for (var u = 0; u < size; u++) {
        let position = begin + u * dilation;
        count += f32(position >= low && position < high);
    }
    return count;
}

// The divisor of the average whose window begins at (top, left).
fn divisor(top: i32, left: i32) -> f32 {
    let height = i32(params.in_height);
    let width = i32(params.in_width);
    if KIND == 2u {
        return members(top, KERNEL_Y, DILATION_Y, -PAD_Y, height + params.end_y)
            * members(left, KERNEL_X, DILATION_X, -PAD_X, width + params.end_x);
    }
    return max(members(top, KERNEL_Y, DILATION_Y, 0, height)
        * members(left, KERNEL_X, DILATION_X, 0, width), 1.0);
}
