// da = dy·bᵀ or db = aᵀ·dy, by the steps. Twin of `cpu.rs`; see product.wgsl.

@compute @workgroup_size(64)
fn matmul_backward(@builtin(global_invocation_id) id: vec3<u32>) {
    multiply(id.x, id.y);
}
