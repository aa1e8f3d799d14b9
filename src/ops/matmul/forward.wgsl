// y = a·b. Twin of `cpu.rs`; the sums are in product.wgsl.

@compute @workgroup_size(64)
fn matmul_forward(@builtin(global_invocation_id) id: vec3<u32>) {
    multiply(id.x, id.y);
}
