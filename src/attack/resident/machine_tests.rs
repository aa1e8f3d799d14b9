//! The machines against their twins, trial point by trial point, and the
//! layout of what they keep.

use std::sync::Arc;

use super::*;
use crate::attack::lanes::{Lane, Told};
use crate::attack::nearest_boundary::{self, Course, NearestBoundaryLane};
use crate::attack::szegedy::{self, SzegedyLane};
use crate::attack::{Problem, rivals, starts};
use crate::digit::{CLASSES, PIXELS};
use crate::exec::{CpuExecutor, Evaluation};
use crate::model::Network;
use crate::testing::{self, device};

/// The trial points of all lanes after each of a number of evaluations.
type Trials = Vec<Vec<f32>>;

fn on_device(
    context: &Arc<GpuContext>,
    network: &Arc<Network>,
    spec: &Spec,
    tasks: &[Task<'_>],
    evaluations: usize,
) -> Trials {
    let mut gpu = GpuExecutor::new(context.clone(), network.clone()).expect("it fits");
    let mut heads = Head::all(tasks, spec.goal, CLASSES);
    let mut machine = Machine::new(&mut gpu, spec, heads.len()).expect("it fits");
    machine.load(&mut gpu, tasks, &heads, spec).expect("it fits");
    let mut trials = Vec::new();
    for _ in 0..evaluations {
        let mut encoder = context.device().create_command_encoder(&Default::default());
        let mut pass = encoder.begin_compute_pass(&Default::default());
        machine.record(&mut gpu, &mut pass, 1);
        drop(pass);
        let bytes = machine.copy_record(&mut encoder, heads.len());
        // Trial points in place of the best images.
        let from = TRIAL * machine.capacity as u64 * machine.vector;
        let to = size_of_val(heads.as_slice()) as u64;
        encoder.copy_buffer_to_buffer(&machine.vectors, from, &machine.staging, to, bytes - to);
        gpu.meter().submit(context.queue(), encoder.finish());
        let mut images = Vec::new();
        let read = machine.read_record(&mut gpu, bytes, &mut heads, &mut images);
        pollster::block_on(read).expect("the device works");
        trials.push(images);
    }
    trials
}

fn on_processor<L: Lane>(
    network: &Arc<Network>,
    mut lanes: Vec<L>,
    tasks: &[Task<'_>],
    evaluations: usize,
) -> Trials {
    let mut cpu = CpuExecutor::new(network.clone());
    let mut out = Evaluation::default();
    let mut trials = Vec::new();
    for _ in 0..evaluations {
        let images: Vec<f32> = lanes.iter().flat_map(|lane| lane.trial()).copied().collect();
        let goals: Vec<_> = lanes.iter().map(|lane| lane.standing().goal).collect();
        cpu.evaluate(&images, &goals, &mut out);
        for (place, lane) in lanes.iter_mut().enumerate().filter(|(_, l)| l.standing().runs()) {
            let told = Told {
                classes: CLASSES,
                value: out.values[place],
                logits: &out.logits[place * CLASSES..][..CLASSES],
                gradient: &out.gradients[place * PIXELS..][..PIXELS],
            };
            lane.tell(tasks[lane.standing().problem].problem, told);
        }
        trials.push(lanes.iter().flat_map(|lane| lane.trial()).copied().collect());
    }
    trials
}

/// Every trial point is where the twin has it, and not where it has another one.
#[track_caller]
fn assert_same(what: &str, actual: &Trials, expected: &Trials) {
    let gap = |a: &[f32], b: &[f32]| a.iter().zip(b).fold(0.0f32, |m, (a, b)| m.max((a - b).abs()));
    assert_eq!(actual.len(), expected.len());
    for (round, (actual, expected)) in actual.iter().zip(expected).enumerate() {
        assert!(!actual.is_empty() && actual.len() == expected.len(), "{what}");
        assert!(actual.iter().all(|v| (0.0..=1.0).contains(v)), "{what}, {round}: outside");
        let gap = gap(actual, expected);
        assert!(gap <= SAME, "{what}: {gap:e} apart after {} evaluations", round + 1);
    }
}

/// The same machine with another number in its kernel.
fn with(mut spec: Spec, constant: &str, value: f64) -> Spec {
    let found = spec.constants.iter_mut().find(|(name, _)| *name == constant);
    found.expect("the kernel has it").1 = value;
    spec
}

/// Negative control: trial points of a kernel with another number in it are noticed.
#[track_caller]
fn assert_differ(what: &str, actual: &Trials, expected: &Trials) {
    let points = actual.iter().flatten().zip(expected.iter().flatten());
    let gap = points.fold(0.0f32, |m, (a, b)| m.max((a - b).abs()));
    assert!(gap > SAME, "{what}: another number in the kernel passes");
}

/// An untargeted digit, a targeted one, and one that starts elsewhere. All have noise on them: in the flat
/// parts of a digit as it is, rounding decides which of a max-pool's equal inputs has the gradient.
fn problems() -> Vec<Problem> {
    let gallery = testing::gallery();
    let mut problems: Vec<Problem> = (1..4).map(|place| gallery.problem(place)).collect();
    for problem in &mut problems {
        let mut generator = starts::generator(&problem.image, 2);
        problem.image = starts::nudged(&problem.image, 0.1, &mut generator);
    }
    problems[1].target = Some((problems[1].label + 3) % CLASSES);
    problems
}

fn tasks(problems: &[Problem]) -> Vec<Task<'_>> {
    let mut tasks: Vec<Task<'_>> = problems.iter().map(task).collect();
    let image = &problems[2].image;
    tasks[2].from = Some(starts::nudged(image, 0.1, &mut starts::generator(image, 1)));
    tasks
}

/// Pixels: two orders of summation, each round from where the last one ended.
const SAME: f32 = 2e-5;

/// Until the first targets come to rest; rounding decides from then on when
/// they are still.
const BOUNDARY: usize = 10;

/// Up to the first minimiser. There values no longer change but for rounding,
/// which decides from then on whether a step is taken.
const SZEGEDY: usize = 5;

fn task(problem: &Problem) -> Task<'_> {
    Task::new(problem, rivals::of_digit(problem.label))
}

#[test]
fn the_nearest_boundary_machine_follows_its_twin() {
    let Some(context) = device::context("the_nearest_boundary_machine_follows_its_twin") else {
        return;
    };
    let problems = problems();
    let tasks = tasks(&problems);
    for name in ["fc10-1e-2", "fc100-100-10", "cnn"] {
        let network = testing::bundled(name);
        let smooth = network.is_smooth();
        let course = Course::usual(smooth);
        let lanes = tasks.iter().enumerate().flat_map(|(place, task)| {
            task.targets().map(move |target| NearestBoundaryLane::new(place, target, task, course))
        });
        let expected = on_processor(&network, lanes.collect(), &tasks, BOUNDARY);
        let spec = nearest_boundary::on_device(course, smooth, &tasks);
        let actual = on_device(&context, &network, &spec, &tasks, BOUNDARY);
        assert_same(name, &actual, &expected);
        for (constant, value) in [("STEPS", 1.0), ("STEP", 0.9)] {
            let spec = with(nearest_boundary::on_device(course, smooth, &tasks), constant, value);
            let other = on_device(&context, &network, &spec, &tasks, BOUNDARY);
            assert_differ(&format!("{name}, {constant}"), &other, &expected);
        }
    }
}

#[test]
fn further_attempts_follow_their_twin() {
    /// Rounds of two or three attempts on a linear network.
    const SEVERAL: usize = 16;
    let Some(context) = device::context("further_attempts_follow_their_twin") else { return };
    let problems = problems();
    let tasks = &[task(&problems[1])];
    let network = testing::bundled("fc10-1e-2");
    let course = Course::usual(true);
    let target = problems[1].target.expect("it is targeted");
    let lane = || vec![NearestBoundaryLane::new(0, target, &tasks[0], course)];
    let expected = on_processor(&network, lane(), tasks, SEVERAL);
    let spec = nearest_boundary::on_device(course, true, tasks);
    let actual = on_device(&context, &network, &spec, tasks, SEVERAL);
    assert_same("fc10-1e-2", &actual, &expected);
    let jumps = expected.windows(2).filter(|pair| {
        pair[0].iter().zip(&pair[1]).any(|(before, after)| (before - after).abs() > 0.3)
    });
    assert!(jumps.count() > 1, "a single attempt passes for several");
}

#[test]
fn the_szegedy_machine_follows_its_twin() {
    let Some(context) = device::context("the_szegedy_machine_follows_its_twin") else { return };
    let problems = problems();
    let tasks = tasks(&problems);
    for name in ["fc10-1e-2", "fc100-100-10", "cnn"] {
        let network = testing::bundled(name);
        let lanes = tasks.iter().enumerate().flat_map(|(place, task)| {
            task.targets().map(move |target| SzegedyLane::new(place, target, task))
        });
        let expected = on_processor(&network, lanes.collect(), &tasks, SZEGEDY);
        let spec = szegedy::on_device();
        let actual = on_device(&context, &network, &spec, &tasks, SZEGEDY);
        assert_same(name, &actual, &expected);
        for (constant, value) in [("UPPER", 0.999), ("MEMORY", 1.0)] {
            let spec = with(szegedy::on_device(), constant, value);
            let other = on_device(&context, &network, &spec, &tasks, SZEGEDY);
            assert_differ(&format!("{name}, {constant}"), &other, &expected);
        }
    }
}

/// Bytes from one element of a kernel's storage array to the next.
fn stride(kernel: &Kernel, name: &str) -> u64 {
    let module = naga::front::wgsl::parse_str(kernel.source).expect("it is valid");
    let variable = module.global_variables.iter().find(|(_, v)| v.name.as_deref() == Some(name));
    let (_, variable) = variable.expect("the kernel has it");
    match module.types[variable.ty].inner {
        naga::TypeInner::Array { stride, .. } => u64::from(stride),
        ref other => panic!("{name} is {other:?}"),
    }
}

#[test]
fn heads_and_bodies_lie_as_the_kernels_read_them() {
    let head = size_of::<Head>() as u64;
    for spec in [nearest_boundary::on_device(Course::usual(true), true, &[]), szegedy::on_device()]
    {
        assert_eq!(stride(spec.kernel, "bodies"), spec.body, "{}", spec.kernel.name);
        assert_eq!(stride(spec.kernel, "heads"), head, "{}", spec.kernel.name);
        assert_eq!(stride(spec.kernel, "vectors"), 16);
    }
    assert_eq!(stride(&kernels::LANES_PLACE, "heads"), head);
    assert_eq!(stride(&kernels::LANES_SCREEN, "heads"), head);
}

#[test]
fn lanes_have_room_in_what_is_bound_in_the_budget_and_in_a_dispatch() {
    let ample = wgpu::Limits {
        max_storage_buffer_binding_size: 1 << 40,
        max_buffer_size: 1 << 40,
        max_compute_workgroups_per_dimension: 65_535,
        ..wgpu::Limits::default()
    };
    // A lane keeps 4 + 3 vectors of 3,136 bytes; its rows and the copy of its best are three more.
    let room = |limits: wgpu::Limits| room(&limits, 3_136, 3);
    assert_eq!(room(ample.clone()), (256 << 20) / 31_360);
    let bound = 100 * 21_952;
    for (bytes, right) in [(bound, 100), (bound - 1, 99)] {
        let binding = wgpu::Limits { max_storage_buffer_binding_size: bytes, ..ample.clone() };
        let buffer = wgpu::Limits { max_buffer_size: bytes, ..ample.clone() };
        assert_eq!([room(binding), room(buffer)], [right; 2]);
    }
    assert_eq!(room(wgpu::Limits { max_compute_workgroups_per_dimension: 77, ..ample }), 77);
}
