// Each input element gathers from the windows that contain it: of a maximum
// all if it is the window's first largest, of an average its share. Twin of
// `cpu.rs`. One thread an input element.

override ACCUMULATE: bool = false;

@group(0) @binding(2) var<storage, read> y: array<f32>;
@group(0) @binding(3) var<storage, read> dy: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;

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

@compute @workgroup_size(64)
fn pool2d_backward(@builtin(global_invocation_id) id: vec3<u32>) {
    let area = params.in_height * params.in_width;
    if id.x >= params.channels * area {
        return;
    }
    let channel = id.x / area;
    let pixel = id.x - channel * area;
    let in_y = pixel / params.in_width;
    let in_x = pixel - in_y * params.in_width;
    let plane = (id.y * params.channels + channel) * area;
    let out_plane = (id.y * params.channels + channel) * params.out_height * params.out_width;
    let value = x[plane + pixel];

    var sum = 0.0;
    for (var u = 0; u < KERNEL_Y; u++) {
        let top = i32(in_y) - u * DILATION_Y;
        let out_y = (top + PAD_Y) / STRIDE_Y;
        if top + PAD_Y < 0 || out_y * STRIDE_Y != top + PAD_Y || u32(out_y) >= params.out_height {
            continue;
        }
        for (var v = 0; v < KERNEL_X; v++) {
            let left = i32(in_x) - v * DILATION_X;
            let out_x = (left + PAD_X) / STRIDE_X;
            if left + PAD_X < 0 || out_x * STRIDE_X != left + PAD_X || u32(out_x) >= params.out_width {
                continue;
            }
            let window = out_plane + u32(out_y) * params.out_width + u32(out_x);
            if KIND != 0u {
                sum += dy[window] / divisor(top, left);
            } else if value == y[window] && !beaten(plane, top, left, u, v, value) {
                sum += dy[window];
            }
        }
    }
    let index = plane + pixel;
    if ACCUMULATE {
        dx[index] += sum;
    } else {
        dx[index] = sum;
    }
}
