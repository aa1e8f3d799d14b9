// The gradient of a maximum goes to the window's first largest element, that
// of an average to all its members; times the derivative of the activation
// that made x where that is due here (BELOW). Twin of `cpu.rs`.
//
// Where windows do not overlap (APART), a thread hands out what one window
// has, over the stretch of the input up to the next one; else an input element
// gathers from the windows that contain it.

override APART: bool = false;
override ACCUMULATE: bool = false;

@group(0) @binding(2) var<storage, read> y: array<f32>;
@group(0) @binding(3) var<storage, read> dy: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;

// Which of a window's taps lies at a distance from its begin; −1 if none.
fn tap_at(distance: i32, dilation: i32, size: i32) -> i32 {
    if dilation == 1 {
        return select(-1, distance, distance < size);
    }
    let tap = distance / dilation;
    return select(-1, tap, tap < size && tap * dilation == distance);
}

// Whether an element before (u, v) of the window at (top, left) is as large.
fn beaten(plane: u32, top: i32, left: i32, u: i32, v: i32, largest: f32) -> bool {
    for (var i = 0; i <= u; i++) {
        let in_y = u32(top + i * DILATION_Y);
        if in_y >= params.in_height {
            continue;
        }
        let end = select(KERNEL_X, v, i == u);
        for (var j = 0; j < end; j++) {
            let in_x = u32(left + j * DILATION_X);
            if in_x < params.in_width && x[plane + in_y * params.in_width + in_x] == largest {
                return true;
            }
        }
    }
    return false;
}

fn put(index: u32, value: f32, share: f32) {
    let own = share * slope(BELOW, value);
    if ACCUMULATE {
        dx[index] += own;
    } else {
        dx[index] = own;
    }
}

// The sum over the windows that contain an element.
fn gathered(at: Element, plane: u32, value: f32) -> f32 {
    let out_plane = at.plane * params.out_height * params.out_width;
    // The last window that may contain the element, and how many before it.
    let y_place = i32(at.row) + PAD_Y;
    let x_place = i32(at.column) + PAD_X;
    let last_y = y_place / STRIDE_Y;
    let last_x = x_place / STRIDE_X;
    let reach_y = (KERNEL_Y - 1) * DILATION_Y / STRIDE_Y;
    let reach_x = (KERNEL_X - 1) * DILATION_X / STRIDE_X;
    var sum = 0.0;
    for (var i = max(last_y - reach_y, 0); i <= min(last_y, i32(params.out_height) - 1); i++) {
        let u = tap_at(y_place - i * STRIDE_Y, DILATION_Y, KERNEL_Y);
        for (var j = max(last_x - reach_x, 0); j <= min(last_x, i32(params.out_width) - 1); j++) {
            let v = tap_at(x_place - j * STRIDE_X, DILATION_X, KERNEL_X);
            if u < 0 || v < 0 {
                continue;
            }
            let window = out_plane + u32(i) * params.out_width + u32(j);
            let top = i * STRIDE_Y - PAD_Y;
            let left = j * STRIDE_X - PAD_X;
            if KIND != 0u {
                sum += dy[window] / divisor(top, left);
            } else if value == y[window] && !beaten(plane, top, left, u, v, value) {
                sum += dy[window];
            }
        }
    }
    return sum;
}

// Hands out the gradient of a window to the elements up to the next one.
fn hand_out(at: Element, plane: u32) {
    let top = i32(at.row) * STRIDE_Y - PAD_Y;
    let left = i32(at.column) * STRIDE_X - PAD_X;
    let window = (at.plane * params.out_height + at.row) * params.out_width + at.column;
    // No window lies behind the last, though elements may.
    var waits = at.row < params.out_height && at.column < params.out_width;
    var share = 0.0;
    var largest = 0.0;
    if waits {
        share = dy[window];
        if KIND == 0u {
            largest = y[window];
        } else {
            share /= divisor(top, left);
        }
    }
    for (var u = 0; u < STRIDE_Y; u++) {
        let in_y = u32(top + u);
        let in_row = tap_at(u, DILATION_Y, KERNEL_Y) >= 0;
        for (var v = 0; v < STRIDE_X; v++) {
            let in_x = u32(left + v);
            if in_y < params.in_height && in_x < params.in_width {
                let index = plane + in_y * params.in_width + in_x;
                let value = x[index];
                var takes = waits && in_row && tap_at(v, DILATION_X, KERNEL_X) >= 0;
                if KIND == 0u {
                    takes &= value == largest;
                    waits &= !takes;
                }
                put(index, value, select(0.0, share, takes));
            }
        }
    }
}

@compute @workgroup_size(64)
fn pool2d_backward(@builtin(global_invocation_id) id: vec3<u32>) {
    let in_area = params.in_height * params.in_width;
    if APART {
        let height = (i32(params.in_height) - 1 + PAD_Y) / STRIDE_Y + 1;
        let width = (i32(params.in_width) - 1 + PAD_X) / STRIDE_X + 1;
        let at = element_of(id, u32(height), u32(width));
        if at.there {
            hand_out(at, at.plane * in_area);
        }
    } else {
        let at = element_of(id, params.in_height, params.in_width);
        if at.there {
            let plane = at.plane * in_area;
            let index = plane + at.row * params.in_width + at.column;
            put(index, x[index], gathered(at, plane, x[index]));
        }
    }
}
