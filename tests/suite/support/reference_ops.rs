//! Each operation in f64, forward and backward, as naively as its text allows.

use blindspots::model::{Network, WeightId};
use blindspots::ops::{
    Activation, Binary, BinaryKind, Conv2d, Linear, MatMul, Op, Operand, Pool2d, PoolKind,
    Rearrange, Reduce, ReduceKind, Softmax, Unary, UnaryKind,
};

fn weight(network: &Network, id: WeightId) -> Vec<f64> {
    network.weight(id).data.iter().map(|w| f64::from(*w)).collect()
}

/// Value of an operation.
pub(crate) fn forward_of(network: &Network, op: &Op, x: &[&[f64]]) -> Vec<f64> {
    match op {
        Op::Input | Op::Reshape => unreachable!("handled by the caller"),
        Op::Linear(op) => linear(network, op, x[0]),
        Op::MatMul(op) => matmul(op, x[0], x[1]),
        Op::Conv2d(op) => conv2d(network, op, x[0]),
        Op::Pool2d(op) => pool2d(op, x[0]),
        Op::Unary(op) => x[0].iter().map(|x| unary(op, *x).0).collect(),
        Op::Binary(op) => {
            let [a, b] = op.operands.map(|o| operand(network, o, x));
            let at = |(i, j): (usize, usize)| binary(op.kind, a[i], b[j]).0;
            binary_pairs(op).into_iter().map(at).collect()
        }
        Op::Select(op) => {
            let [c, a, b] = op.operands.map(|o| operand(network, o, x));
            (0..op.len).map(|i| if c[i] != 0.0 { a[i] } else { b[i] }).collect()
        }
        Op::Reduce(op) => reduce(op, x[0]),
        Op::Softmax(op) => softmax(op, x[0]),
        Op::Rearrange(op) => rearrange(op, x),
    }
}

/// Gradient for every input, given that for the output.
pub(crate) fn backward_of(
    network: &Network,
    op: &Op,
    x: &[&[f64]],
    y: &[f64],
    dy: &[f64],
) -> Vec<Vec<f64>> {
    let mut due: Vec<Vec<f64>> = x.iter().map(|x| vec![0.0; x.len()]).collect();
    match op {
        Op::Input | Op::Reshape => unreachable!("handled by the caller"),
        Op::Linear(op) => linear_backward(network, op, y, dy, &mut due[0]),
        Op::MatMul(op) => matmul_backward(op, x, dy, &mut due),
        Op::Conv2d(op) => conv2d_backward(network, op, y, dy, &mut due[0]),
        Op::Pool2d(op) => pool2d_backward(op, x[0], dy, &mut due[0]),
        Op::Unary(op) => {
            for (i, x) in x[0].iter().enumerate() {
                due[0][i] = if dy[i] == 0.0 { 0.0 } else { dy[i] * unary(op, *x).1 };
            }
        }
        Op::Binary(op) => binary_backward(network, op, x, dy, &mut due),
        Op::Select(op) => {
            let condition = operand(network, op.operands[0], x);
            for (branch, taken) in [(1, true), (2, false)] {
                let Operand::Input(input) = op.operands[branch] else { continue };
                for i in (0..op.len).filter(|i| (condition[*i] != 0.0) == taken) {
                    due[input][i] += dy[i];
                }
            }
        }
        Op::Reduce(op) => reduce_backward(op, x[0], dy, &mut due[0]),
        Op::Softmax(op) => softmax_backward(op, y, dy, &mut due[0]),
        Op::Rearrange(op) => {
            for part in &op.parts {
                for (from, to) in boxes(part) {
                    due[part.input][from] += dy[to];
                }
            }
        }
    }
    due
}

// Activations

fn activate(activation: Activation, z: f64) -> f64 {
    match activation {
        Activation::Identity => z,
        Activation::Relu => z.max(0.0),
        Activation::Sigmoid => 1.0 / (1.0 + (-z).exp()),
        Activation::Tanh => z.tanh(),
    }
}

fn slope(activation: Activation, y: f64) -> f64 {
    match activation {
        Activation::Identity => 1.0,
        Activation::Relu => f64::from(u8::from(y > 0.0)),
        Activation::Sigmoid => y * (1.0 - y),
        Activation::Tanh => 1.0 - y * y,
    }
}

// Products

fn linear(network: &Network, op: &Linear, x: &[f64]) -> Vec<f64> {
    let w = weight(network, op.weight);
    let b = op.bias.map_or(vec![0.0; op.n], |id| weight(network, id));
    let mut y = Vec::new();
    for row in 0..op.rows {
        for n in 0..op.n {
            let sum: f64 = (0..op.k).map(|k| x[row * op.k + k] * w[k * op.n + n]).sum();
            y.push(activate(op.activation, sum + b[n]));
        }
    }
    y
}

fn linear_backward(network: &Network, op: &Linear, y: &[f64], dy: &[f64], dx: &mut [f64]) {
    let w = weight(network, op.weight);
    for row in 0..op.rows {
        for n in 0..op.n {
            let dz = dy[row * op.n + n] * slope(op.activation, y[row * op.n + n]);
            for k in 0..op.k {
                dx[row * op.k + k] += dz * w[k * op.n + n];
            }
        }
    }
}

/// Every product of a batched matrix multiplication: indices into y, a and b.
fn products(op: &MatMul) -> impl Iterator<Item = [usize; 3]> {
    let [batch, m, k, n] = [op.batch, op.m, op.k, op.n];
    (0..batch * m * n * k).map(move |index| {
        let (t, j, i, s) = (index % k, index / k % n, index / (k * n) % m, index / (k * n * m));
        [(s * m + i) * n + j, (s * m + i) * k + t, (s * k + t) * n + j]
    })
}

fn matmul(op: &MatMul, a: &[f64], b: &[f64]) -> Vec<f64> {
    let mut y = vec![0.0; op.batch * op.m * op.n];
    products(op).for_each(|[o, i, j]| y[o] += a[i] * b[j]);
    y
}

fn matmul_backward(op: &MatMul, x: &[&[f64]], dy: &[f64], due: &mut [Vec<f64>]) {
    for [o, i, j] in products(op) {
        due[0][i] += dy[o] * x[1][j];
        due[1][j] += dy[o] * x[0][i];
    }
}

// Windows

/// Calls `visit(output index, input index, weight index)` for every tap inside the image.
fn taps(op: &Conv2d, mut visit: impl FnMut(usize, usize, usize)) {
    let [channels, h, w] = op.input;
    let [outs, oh, ow] = op.output;
    let [kh, kw] = op.kernel;
    let (ins, per_group) = (channels / op.groups, outs / op.groups);
    for d in 0..outs {
        for (i, j) in (0..oh).flat_map(|i| (0..ow).map(move |j| (i, j))) {
            for c in 0..ins {
                for (u, v) in (0..kh).flat_map(|u| (0..kw).map(move |v| (u, v))) {
                    let row = (i * op.stride[0] + u * op.dilation[0]).checked_sub(op.pad[0]);
                    let column = (j * op.stride[1] + v * op.dilation[1]).checked_sub(op.pad[1]);
                    let (Some(row), Some(column)) = (row, column) else { continue };
                    if row < h && column < w {
                        let channel = d / per_group * ins + c;
                        visit(
                            (d * oh + i) * ow + j,
                            (channel * h + row) * w + column,
                            ((d * ins + c) * kh + u) * kw + v,
                        );
                    }
                }
            }
        }
    }
}

fn conv2d(network: &Network, op: &Conv2d, x: &[f64]) -> Vec<f64> {
    let w = weight(network, op.weight);
    let area = op.output[1] * op.output[2];
    let bias = op.bias.map_or(vec![0.0; op.output[0]], |id| weight(network, id));
    let mut z: Vec<f64> = (0..op.output[0] * area).map(|o| bias[o / area]).collect();
    taps(op, |o, i, k| z[o] += w[k] * x[i]);
    z.into_iter().map(|z| activate(op.activation, z)).collect()
}

fn conv2d_backward(network: &Network, op: &Conv2d, y: &[f64], dy: &[f64], dx: &mut [f64]) {
    let w = weight(network, op.weight);
    taps(op, |o, i, k| dx[i] += w[k] * dy[o] * slope(op.activation, y[o]));
}

/// For every window, its members inside the image and the average's divisor.
fn windows(op: &Pool2d) -> Vec<(Vec<usize>, f64)> {
    let [channels, h, w] = op.input;
    let mut all = Vec::new();
    for c in 0..channels {
        for (i, j) in (0..op.output[0]).flat_map(|i| (0..op.output[1]).map(move |j| (i, j))) {
            let (mut members, mut padded) = (Vec::new(), 0);
            for (u, v) in (0..op.kernel[0]).flat_map(|u| (0..op.kernel[1]).map(move |v| (u, v))) {
                // Positions in the padded image.
                let row = i * op.stride[0] + u * op.dilation[0];
                let column = j * op.stride[1] + v * op.dilation[1];
                if row < op.pad[0] + h + op.pad_end[0] && column < op.pad[1] + w + op.pad_end[1] {
                    padded += 1;
                }
                let inside = |at: usize, pad: usize, size: usize| at >= pad && at < pad + size;
                if inside(row, op.pad[0], h) && inside(column, op.pad[1], w) {
                    members.push((c * h + row - op.pad[0]) * w + column - op.pad[1]);
                }
            }
            let divisor = match op.kind {
                PoolKind::Average { count_include_pad: true } => padded,
                _ => members.len(),
            };
            all.push((members, divisor as f64));
        }
    }
    all
}

fn first_largest(x: &[f64], members: &[usize]) -> usize {
    let mut best = members[0];
    for m in members {
        if x[*m] > x[best] {
            best = *m;
        }
    }
    best
}

fn pool2d(op: &Pool2d, x: &[f64]) -> Vec<f64> {
    let of = |(members, divisor): (Vec<usize>, f64)| match op.kind {
        PoolKind::Max => x[first_largest(x, &members)],
        PoolKind::Average { .. } => members.iter().map(|m| x[*m]).sum::<f64>() / divisor,
    };
    windows(op).into_iter().map(of).collect()
}

fn pool2d_backward(op: &Pool2d, x: &[f64], dy: &[f64], dx: &mut [f64]) {
    for ((members, divisor), dy) in windows(op).into_iter().zip(dy) {
        match op.kind {
            PoolKind::Max => dx[first_largest(x, &members)] += dy,
            PoolKind::Average { .. } => members.iter().for_each(|m| dx[*m] += dy / divisor),
        }
    }
}

// Functions of elements

/// The error function by Kummer's series, whose terms are all positive.
fn erf(x: f64) -> f64 {
    if x.abs() > 6.0 {
        return x.signum();
    }
    let (mut term, mut sum, mut n) = (x, x, 0.0);
    while term.abs() > 1e-18 * sum.abs() {
        n += 1.0;
        term *= 2.0 * x * x / (2.0 * n + 1.0);
        sum += term;
    }
    2.0 / std::f64::consts::PI.sqrt() * (-x * x).exp() * sum
}

fn step(inside: bool) -> f64 {
    f64::from(u8::from(inside))
}

/// `f(x)` and `f′(x)`.
fn unary(op: &Unary, x: f64) -> (f64, f64) {
    let (a, b) = (f64::from(op.a), f64::from(op.b));
    let logistic = 1.0 / (1.0 + (-x).exp());
    let bell = (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
    match op.kind {
        UnaryKind::Relu => (x.max(0.0), step(x > 0.0)),
        UnaryKind::LeakyRelu => {
            if x > 0.0 {
                (x, 1.0)
            } else {
                (a * x, a)
            }
        }
        UnaryKind::Sigmoid => (logistic, logistic * (1.0 - logistic)),
        UnaryKind::Tanh => (x.tanh(), 1.0 / x.cosh().powi(2)),
        UnaryKind::Exp => (x.exp(), x.exp()),
        UnaryKind::Ln => (x.ln(), 1.0 / x),
        UnaryKind::Sqrt if x == 0.0 => (0.0, 0.0),
        UnaryKind::Sqrt => (x.sqrt(), 0.5 / x.sqrt()),
        UnaryKind::Rsqrt => (x.powf(-0.5), -0.5 * x.powf(-1.5)),
        UnaryKind::Recip => (1.0 / x, -1.0 / (x * x)),
        UnaryKind::Neg => (-x, -1.0),
        UnaryKind::Abs => (x.abs(), if x == 0.0 { 0.0 } else { x.signum() }),
        UnaryKind::Square => (x * x, 2.0 * x),
        UnaryKind::Pow if x == 0.0 && a > 0.0 && a < 1.0 => (0.0, 0.0),
        UnaryKind::Pow => (x.powf(a), a * x.powf(a - 1.0)),
        UnaryKind::Erf => (erf(x), 2.0 / std::f64::consts::PI.sqrt() * (-x * x).exp()),
        UnaryKind::Affine => (a * x + b, a),
        UnaryKind::Clip => (x.max(a).min(b), step(x > a && x < b)),
        UnaryKind::Elu => {
            if x > 0.0 {
                (x, 1.0)
            } else {
                (a * x.exp_m1(), a * x.exp())
            }
        }
        UnaryKind::Softplus => (x.max(0.0) + (-x.abs()).exp().ln_1p(), logistic),
        UnaryKind::Silu => (x * logistic, logistic + x * logistic * (1.0 - logistic)),
        UnaryKind::Gelu => {
            let half = 0.5 * (1.0 + erf(x / std::f64::consts::SQRT_2));
            (x * half, half + x * bell)
        }
        UnaryKind::GeluTanh => {
            let root = (2.0 / std::f64::consts::PI).sqrt();
            let inner = root * (x + 0.044715 * x.powi(3));
            let rise = root * (1.0 + 3.0 * 0.044715 * x * x);
            let half = 0.5 * (1.0 + inner.tanh());
            (x * half, half + 0.5 * x * rise / inner.cosh().powi(2))
        }
        UnaryKind::HardSigmoid => {
            let z = a * x + b;
            (z.clamp(0.0, 1.0), a * step(z > 0.0 && z < 1.0))
        }
        UnaryKind::HardSwish => {
            let gate = (x / 6.0 + 0.5).clamp(0.0, 1.0);
            (x * gate, gate + x / 6.0 * step(gate > 0.0 && gate < 1.0))
        }
        UnaryKind::Sin => (x.sin(), x.cos()),
        UnaryKind::Cos => (x.cos(), -x.sin()),
        UnaryKind::Atan => (x.atan(), 1.0 / (1.0 + x * x)),
        UnaryKind::Softsign => (x / (1.0 + x.abs()), 1.0 / (1.0 + x.abs()).powi(2)),
        UnaryKind::Not => (step(x == 0.0), 0.0),
        UnaryKind::Round => (x.round_ties_even(), 1.0),
        UnaryKind::Tan => (x.tan(), 1.0 / x.cos().powi(2)),
        UnaryKind::Asin => (x.asin(), 1.0 / (1.0 - x * x).sqrt()),
        UnaryKind::Acos => (x.acos(), -1.0 / (1.0 - x * x).sqrt()),
        UnaryKind::Sinh => (x.sinh(), x.cosh()),
        UnaryKind::Cosh => (x.cosh(), x.sinh()),
        UnaryKind::Asinh => (x.asinh(), 1.0 / (x * x + 1.0).sqrt()),
        UnaryKind::Acosh => (x.acosh(), 1.0 / (x * x - 1.0).sqrt()),
        UnaryKind::Atanh => (x.atanh(), 1.0 / (1.0 - x * x)),
    }
}

/// `f(a, b)`, `∂f/∂a` and `∂f/∂b`.
fn binary(kind: BinaryKind, a: f64, b: f64) -> (f64, f64, f64) {
    match kind {
        BinaryKind::Add => (a + b, 1.0, 1.0),
        BinaryKind::Sub => (a - b, 1.0, -1.0),
        BinaryKind::Mul => (a * b, b, a),
        BinaryKind::Div => (a / b, 1.0 / b, -a / (b * b)),
        BinaryKind::Pow => {
            let by_b = if a > 0.0 { a.powf(b) * a.ln() } else { 0.0 };
            (a.powf(b), b * a.powf(b - 1.0), by_b)
        }
        BinaryKind::Min => (a.min(b), step(a <= b), step(b < a)),
        BinaryKind::Max => (a.max(b), step(a >= b), step(b > a)),
        BinaryKind::Less => (step(a < b), 0.0, 0.0),
        BinaryKind::LessEqual => (step(a <= b), 0.0, 0.0),
        BinaryKind::Equal => (step(a == b), 0.0, 0.0),
    }
}

fn operand(network: &Network, operand: Operand, x: &[&[f64]]) -> Vec<f64> {
    match operand {
        Operand::Input(input) => x[input].to_vec(),
        Operand::Weight(id) => weight(network, id),
    }
}

/// The elements of both operands that each output reads.
fn binary_pairs(op: &Binary) -> Vec<(usize, usize)> {
    let len: usize = op.shape.iter().product();
    let at = |out: usize, strides: &[usize]| {
        let (mut rest, mut index) = (out, 0);
        for (size, stride) in op.shape.iter().zip(strides).rev() {
            index += rest % size * stride;
            rest /= size;
        }
        index
    };
    (0..len).map(|out| (at(out, &op.strides[0]), at(out, &op.strides[1]))).collect()
}

fn binary_backward(network: &Network, op: &Binary, x: &[&[f64]], dy: &[f64], due: &mut [Vec<f64>]) {
    let [a, b] = op.operands.map(|o| operand(network, o, x));
    for ((i, j), dy) in binary_pairs(op).into_iter().zip(dy) {
        let (_, by_a, by_b) = binary(op.kind, a[i], b[j]);
        for (operand, index, slope) in [(op.operands[0], i, by_a), (op.operands[1], j, by_b)] {
            if let (Operand::Input(input), true) = (operand, *dy != 0.0) {
                due[input][index] += dy * slope;
            }
        }
    }
}

// Along an axis

/// For every `(outer, inner)`, the indices along the axis.
fn lines(outer: usize, len: usize, inner: usize) -> Vec<Vec<usize>> {
    (0..outer * inner)
        .map(|line| {
            let base = line / inner * len * inner + line % inner;
            (0..len).map(|i| base + i * inner).collect()
        })
        .collect()
}

fn first_extreme(op: &Reduce, x: &[f64], line: &[usize]) -> usize {
    let better = |a: f64, b: f64| if op.kind == ReduceKind::Max { a > b } else { a < b };
    let mut best = line[0];
    for index in line {
        if better(x[*index], x[best]) {
            best = *index;
        }
    }
    best
}

fn reduce(op: &Reduce, x: &[f64]) -> Vec<f64> {
    let of = |line: Vec<usize>| {
        let sum: f64 = line.iter().map(|i| x[*i]).sum();
        match op.kind {
            ReduceKind::Sum => sum,
            ReduceKind::Mean => sum / op.len as f64,
            ReduceKind::Max | ReduceKind::Min => x[first_extreme(op, x, &line)],
        }
    };
    lines(op.outer, op.len, op.inner).into_iter().map(of).collect()
}

fn reduce_backward(op: &Reduce, x: &[f64], dy: &[f64], dx: &mut [f64]) {
    for (line, dy) in lines(op.outer, op.len, op.inner).into_iter().zip(dy) {
        match op.kind {
            ReduceKind::Sum => line.iter().for_each(|i| dx[*i] += dy),
            ReduceKind::Mean => line.iter().for_each(|i| dx[*i] += dy / op.len as f64),
            ReduceKind::Max | ReduceKind::Min => dx[first_extreme(op, x, &line)] += dy,
        }
    }
}

fn softmax(op: &Softmax, x: &[f64]) -> Vec<f64> {
    let mut y = vec![0.0; x.len()];
    for line in lines(op.outer, op.len, op.inner) {
        let largest = line.iter().map(|i| x[*i]).fold(f64::MIN, f64::max);
        let sum: f64 = line.iter().map(|i| (x[*i] - largest).exp()).sum();
        for i in line {
            let z = x[i] - largest - sum.ln();
            y[i] = if op.log { z } else { z.exp() };
        }
    }
    y
}

/// By the full Jacobian, `∂yᵢ/∂xⱼ = pᵢ(δᵢⱼ − pⱼ)` or `δᵢⱼ − pⱼ`.
fn softmax_backward(op: &Softmax, y: &[f64], dy: &[f64], dx: &mut [f64]) {
    for line in lines(op.outer, op.len, op.inner) {
        for j in &line {
            for i in &line {
                let p = |at: usize| if op.log { y[at].exp() } else { y[at] };
                let delta = step(i == j) - p(*j);
                dx[*j] += dy[*i] * if op.log { delta } else { p(*i) * delta };
            }
        }
    }
}

// Copies

/// Source and destination of every element of a box.
fn boxes(part: &blindspots::ops::Part) -> Vec<(usize, usize)> {
    let count: usize = part.sizes.iter().product();
    (0..count)
        .map(|index| {
            let (mut rest, mut from, mut to) = (index, part.src_offset as isize, part.dst_offset);
            for axis in (0..part.sizes.len()).rev() {
                let i = rest % part.sizes[axis];
                rest /= part.sizes[axis];
                from += i as isize * part.src_strides[axis];
                to += i * part.dst_strides[axis];
            }
            (from as usize, to)
        })
        .collect()
}

fn rearrange(op: &Rearrange, x: &[&[f64]]) -> Vec<f64> {
    let mut y = vec![f64::from(op.fill); op.len];
    for part in &op.parts {
        for (from, to) in boxes(part) {
            y[to] = x[part.input][from];
        }
    }
    y
}
