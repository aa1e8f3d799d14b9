// Maximum or average over windows. Twin of `cpu.rs`. One thread an output.

@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn pool2d_forward(@builtin(global_invocation_id) id: vec3<u32>) {
    let out = element_of(id, params.out_height, params.out_width);
    if !out.there {
        return;
    }
    let top = i32(out.row) * STRIDE_Y - PAD_Y;
    let left = i32(out.column) * STRIDE_X - PAD_X;
    let plane = out.plane * params.in_height * params.in_width;

    var largest = -3.4028234e38;
    var sum = 0.0;
    for (var u = 0; u < KERNEL_Y; u++) {
        let in_y = u32(top + u * DILATION_Y);
        if in_y >= params.in_height {
            continue;
        }
        for (var v = 0; v < KERNEL_X; v++) {
            let in_x = u32(left + v * DILATION_X);
            if in_x >= params.in_width {
                continue;
            }
            let value = x[plane + in_y * params.in_width + in_x];
            largest = max(largest, value);
            sum += value;
        }
    }
    let index = (out.plane * params.out_height + out.row) * params.out_width + out.column;
    if KIND == 0u {
        y[index] = largest;
    } else {
        y[index] = sum / divisor(top, left);
    }
}
