// Maximum or average over windows. Twin of `cpu.rs`. One thread an output;
// channels and lanes make up the third dimension.

@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(8, 8)
fn pool2d_forward(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= params.out_width || id.y >= params.out_height {
        return;
    }
    let top = i32(id.y) * STRIDE_Y - PAD_Y;
    let left = i32(id.x) * STRIDE_X - PAD_X;
    let plane = id.z * params.in_height * params.in_width;

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
    let index = (id.z * params.out_height + id.y) * params.out_width + id.x;
    if KIND == 0u {
        y[index] = largest;
    } else {
        y[index] = sum / divisor(top, left);
    }
}
