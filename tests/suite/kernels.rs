//! Kernels against an independent f64 reference, on the processor and on the
//! device; and the WGSL against the table that describes it.
//!
//! Central differences confirm the reference's backward half wherever the case
//! is smooth; both executors are then compared with the reference: the values
//! of the node under test one by one, the logits, the goals' values and the
//! gradient at the image. Every comparison proves that it can fail.

use std::sync::Arc;

use blindspots::attack::kernels;
use blindspots::digit::{CLASSES, PIXELS};
use blindspots::exec::{CpuExecutor, Evaluation, Executor, Goal, GpuExecutor};
use blindspots::model::NodeId;
use blindspots::ops::kernels::{Access, Kernel};

use crate::support::cases::{self, Case};
use crate::support::compare::{Tolerance, assert_close, compare, wide};
use crate::support::networks::Random;
use crate::support::reference::{self, Answer};
use crate::testing::device;

/// Cross-entropies, margins, and a goal whose gradient is zero.
fn goal_of(lane: usize) -> Goal {
    match lane % 4 {
        0 => Goal::CrossEntropy(lane % CLASSES),
        1 => Goal::Margin(lane % CLASSES, (lane + 3) % CLASSES),
        2 => Goal::Margin(5, 5),
        _ => Goal::CrossEntropy((lane + 7) % CLASSES),
    }
}

/// Images and goals of a number of lanes; if that is odd, some lanes show one image.
fn batch_of(case: &Case, lanes: usize) -> (Vec<f32>, Vec<Goal>) {
    let mut random = Random::new(lanes as u64 + 1);
    let mut images = vec![0.0; lanes * PIXELS];
    images.fill_with(|| case.values.pixel(&mut random));
    for lane in (2..lanes).step_by(3).filter(|_| lanes % 2 == 1) {
        images.copy_within((lane - 1) * PIXELS..lane * PIXELS, lane * PIXELS);
    }
    (images, (0..lanes).map(goal_of).collect())
}

async fn activations(executor: &mut Executor, node: NodeId, images: &[f32]) -> Vec<f32> {
    match executor {
        Executor::Cpu(cpu) => cpu.activations(node, images),
        Executor::Gpu(gpu) => gpu.activations(node, images).await.expect("the device works"),
    }
    .expect("the node is needed")
}

/// What was asked as a negative control, and how often it was told apart: a node, a gradient.
#[derive(Default)]
struct Controls {
    asked: usize,
    nodes: usize,
    gradients: usize,
}

/// Compares one executor with the reference; then, as a negative control, what it says of the
/// same images in another order of lanes and of pixels, and of other goals.
async fn check(case: &Case, executor: &mut Executor, what: &str, controls: &mut Controls) {
    for lanes in case.lanes.iter().copied() {
        let (images, goals) = batch_of(case, lanes);
        let expected: Vec<Answer> = (images.chunks(PIXELS).zip(&goals))
            .map(|(image, goal)| reference::evaluate(&case.network, &wide(image), goal))
            .collect();
        let mut out = Evaluation::default();
        executor.evaluate(&images, &goals, &mut out).await.expect("the executor works");
        let node = activations(executor, case.node, &images).await;
        let width = case.network.node(case.node).len();
        for (lane, expected) in expected.iter().enumerate() {
            let compare = |name: &str, actual: &[f32], expected: &[f64], tolerance| {
                let what = format!("{what}, {}, lane {lane} of {lanes}, {name}", case.name);
                let width = expected.len();
                let actual = wide(&actual[lane * width..][..width]);
                assert_close(&what, &actual, expected, tolerance);
            };
            assert_eq!(expected.nodes[case.node.0].len(), width);
            compare("node", &node, &expected.nodes[case.node.0], case.tolerance);
            let logits = expected.nodes.last().expect("a network has nodes");
            compare("logits", &out.logits, logits, Tolerance::APPROXIMATE);
            let scale = logits.iter().fold(1.0f64, |m, z| m.max(z.abs()));
            let value = Tolerance { absolute: 1e-5 * scale, ..Tolerance::APPROXIMATE };
            compare("value", &out.values, &[expected.value], value);
            compare("gradient", &out.gradients, &expected.gradient, Tolerance::APPROXIMATE);
        }
        let turned: Vec<f32> = images.iter().rev().copied().collect();
        let others: Vec<Goal> = (1..=lanes).map(goal_of).collect();
        let node = activations(executor, case.node, &turned).await;
        executor.evaluate(&turned, &others, &mut out).await.expect("the executor works");
        let nodes: Vec<f64> = expected.iter().flat_map(|e| e.nodes[case.node.0].clone()).collect();
        let gradients: Vec<f64> = expected.iter().flat_map(|e| e.gradient.clone()).collect();
        let noticed = |actual: &[f32], expected: &[f64], tolerance| {
            usize::from(compare(&wide(actual), expected, tolerance).is_err())
        };
        controls.asked += 1;
        controls.nodes += noticed(&node, &nodes, case.tolerance);
        controls.gradients += noticed(&out.gradients, &gradients, Tolerance::APPROXIMATE);
    }
}

/// Confirms the reference's gradient by differences, pixel by pixel.
fn check_reference(case: &Case) {
    if !case.values.is_smooth() {
        return;
    }
    let (images, _) = batch_of(case, 1);
    let image = wide(&images);
    for goal in [Goal::CrossEntropy(3), Goal::Margin(1, 8)] {
        let gradient = reference::evaluate(&case.network, &image, &goal).gradient;
        let differences = reference::differences(&case.network, &image, &goal, case.pixels);
        let what = format!("differences, {}", case.name);
        assert_close(&what, &differences, &gradient[..case.pixels], Tolerance::DIFFERENCES);
    }
}

/// Runs an operation's cases through reference, processor and device.
fn run(test: &str, cases: Vec<Case>) {
    assert!(!cases.is_empty());
    let context = device::context(test);
    let mut controls = [Controls::default(), Controls::default()];
    let [on_cpu, on_gpu] = &mut controls;
    for case in &cases {
        check_reference(case);
        let network = Arc::new(case.network.clone());
        let mut cpu = Executor::Cpu(CpuExecutor::new(network.clone()));
        pollster::block_on(check(case, &mut cpu, "cpu", on_cpu));
        if let Some(context) = &context {
            let gpu = GpuExecutor::new(context.clone(), network).expect("the device works");
            let mut gpu = Executor::Gpu(Box::new(gpu));
            pollster::block_on(check(case, &mut gpu, "gpu", on_gpu));
        }
    }
    // Some operations have no gradient, and a few cases are the same for all images.
    for Controls { asked, nodes, gradients } in controls {
        assert!(10 * nodes >= 9 * asked, "other images pass {} of {asked} times", asked - nodes);
        assert!(2 * gradients >= asked, "other goals pass {} of {asked} times", asked - gradients);
    }
}

#[test]
fn linear() {
    run("linear", cases::linear());
}

#[test]
fn matmul() {
    run("matmul", cases::matmul());
}

#[test]
fn conv2d() {
    run("conv2d", cases::conv2d());
}

#[test]
fn pool2d() {
    run("pool2d", cases::pool2d());
}

#[test]
fn unary() {
    run("unary", cases::unary());
}

#[test]
fn binary() {
    run("binary", cases::binary());
}

#[test]
fn select() {
    run("select", cases::select());
}

#[test]
fn reduce() {
    run("reduce", cases::reduce());
}

#[test]
fn softmax() {
    run("softmax", cases::softmax());
}

#[test]
fn rearrange() {
    run("rearrange", cases::rearrange());
}

#[test]
fn mixed() {
    run("mixed", cases::mixed());
}

/// Goals where they are hard: certain classes, hopeless ones, ties.
///
/// The logits are the first ten pixels, so that the image's gradient is the
/// goal's own. Relative errors only: what is small must still be right.
#[test]
fn loss() {
    let relative = Tolerance { name: "relative", absolute: 1e-30, relative: 1e-4, of_largest: 0.0 };
    let network = Arc::new(cases::ten_pixels());
    let rows: [[f32; CLASSES]; 5] = [
        [0.0; CLASSES],
        [12.0, 0.0, -3.0, 1.0, 2.0, -1.0, 0.5, 0.25, -8.0, 3.0],
        [1.0, 40.0, -3.0, 1.0, 2.0, -1.0, 0.5, 0.25, -8.0, 3.0],
        [-100.0, 100.0, 0.0, 60.0, 40.0, 30.0, -20.0, 50.0, 70.0, 80.0],
        [3.0, 3.0, 2.99, 3.0, -50.0, 3.0, 3.0, 1.0, 3.0, 3.0],
    ];
    let mut images = vec![0.0; rows.len() * 2 * PIXELS];
    for (lane, image) in images.chunks_mut(PIXELS).enumerate() {
        image[..CLASSES].copy_from_slice(&rows[lane / 2]);
    }
    let goals: Vec<Goal> = (0..rows.len() * 2).map(|lane| Goal::CrossEntropy(lane % 2)).collect();
    let context = device::context("loss");
    let gpu = context.map(|c| GpuExecutor::new(c, network.clone()).expect("the device works"));
    let executors = [Some(Executor::Cpu(CpuExecutor::new(network.clone())))];
    for mut executor in
        executors.into_iter().chain([gpu.map(|g| Executor::Gpu(Box::new(g)))]).flatten()
    {
        let mut out = Evaluation::default();
        pollster::block_on(executor.evaluate(&images, &goals, &mut out)).expect("it works");
        for (lane, goal) in goals.iter().enumerate() {
            let (value, gradient) = reference::goal(goal, &wide(&rows[lane / 2]));
            let what = format!("lane {lane}");
            assert_close(&what, &wide(&out.values[lane..=lane]), &[value], relative);
            let actual = &out.gradients[lane * PIXELS..][..CLASSES];
            assert_close(&what, &wide(actual), &gradient, relative);
        }
    }
}

// The table

/// Every operation that computes has kernels for both directions.
#[test]
fn table_is_complete() {
    let cases = [
        cases::linear(),
        cases::matmul(),
        cases::conv2d(),
        cases::pool2d(),
        cases::unary(),
        cases::binary(),
        cases::select(),
        cases::reduce(),
        cases::softmax(),
        cases::rearrange(),
    ];
    for case in cases.iter().flatten() {
        let name = case.network.node(case.node).op.name();
        for direction in ["forward", "backward"] {
            let wanted = format!("{name}_{direction}");
            assert!(kernels::all().any(|kernel| kernel.name == wanted), "no kernel {wanted}");
        }
    }
    assert!(kernels::all().any(|kernel| kernel.name == "loss"));
}

/// naga accepts every kernel, and its bindings are those of the table.
#[test]
fn wgsl_agrees_with_table() {
    assert!(kernels::all().next().is_some());
    for kernel in kernels::all() {
        if let Err(difference) = reflect(kernel, kernel.params, kernel.storage) {
            panic!("{}: {difference}", kernel.name);
        }
        // The comparison notices another uniform, another access, a missing buffer.
        assert!(reflect(kernel, kernel.params + 4, kernel.storage).is_err());
        let mut storage = kernel.storage.to_vec();
        storage[0] = match storage[0] {
            Access::Read => Access::Write,
            Access::Write => Access::Read,
        };
        assert!(reflect(kernel, kernel.params, &storage).is_err());
        storage = kernel.storage[1..].to_vec();
        assert!(reflect(kernel, kernel.params, &storage).is_err());
        assert!(
            kernel.storage.len() <= 8,
            "{}: too many buffers for a default device",
            kernel.name
        );
    }
}

fn reflect(kernel: &Kernel, params: usize, storage: &[Access]) -> Result<(), String> {
    let module = naga::front::wgsl::parse_str(kernel.source)
        .map_err(|error| error.emit_to_string(kernel.source))?;
    let info = naga::valid::Validator::new(naga::valid::ValidationFlags::all(), Default::default())
        .validate(&module)
        .map_err(|error| error.emit_to_string(kernel.source))?;
    let index = module.entry_points.iter().position(|entry| entry.name == kernel.name);
    let index = index.ok_or("no such entry point")?;
    let (entry, uses) = (&module.entry_points[index], info.get_entry_point(index));
    let invocations: u32 = entry.workgroup_size.iter().product();
    if invocations > 256 {
        return Err(format!("{invocations} invocations a workgroup"));
    }
    let mut workgroup_memory = 0;
    let mut bound = 0;
    for (handle, variable) in module.global_variables.iter() {
        let size = module.types[variable.ty].inner.size(module.to_ctx()) as usize;
        if variable.space == naga::AddressSpace::WorkGroup && !uses[handle].is_empty() {
            workgroup_memory += size;
        }
        let Some(binding) = &variable.binding else { continue };
        let index = binding.binding as usize;
        bound += 1;
        let right = match variable.space {
            naga::AddressSpace::Uniform => index == 0 && size == params,
            naga::AddressSpace::Storage { access } => {
                let writes = access.contains(naga::StorageAccess::STORE);
                let wanted = index.checked_sub(1).and_then(|i| storage.get(i));
                wanted == Some(if writes { &Access::Write } else { &Access::Read })
            }
            _ => false,
        };
        if !right {
            return Err(format!("binding {index} ({:?}, {size} bytes) differs", variable.name));
        }
    }
    if bound != storage.len() + 1 {
        return Err(format!("{bound} bindings, not {}", storage.len() + 1));
    }
    if workgroup_memory > 16384 {
        return Err(format!("{workgroup_memory} bytes of workgroup memory"));
    }
    Ok(())
}
