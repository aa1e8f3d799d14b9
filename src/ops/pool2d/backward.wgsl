// Each input element gathers from the windows that contain it: of a maximum
// all if it is the window's first largest, of an average its share. Twin of
// `cpu.rs`. One thread an input element; channels and lanes make up the third
// dimension.

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

@compute @workgroup_size(8, 8)
fn pool2d_backward(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= params.in_width || id.y >= params.in_height {
        return;
    }
    let plane = id.z * params.in_height * params.in_width;
    let out_plane = id.z * params.out_height * params.out_width;
    let index = plane + id.y * params.in_width + id.x;
    let value = x[index];

    // The last window that may contain the element, and how many before it.
    let y_place = i32(id.y) + PAD_Y;
    let x_place = i32(id.x) + PAD_X;
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
    if ACCUMULATE {
        dx[index] += sum;
    } else {
        dx[index] = sum;
    }
}
