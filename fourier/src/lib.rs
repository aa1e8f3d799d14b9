//! Discrete Fourier transforms of any length, `Y_j = Σ_k X_k·e^(∓2πi·jk/n)`, without a factor.
//!
//! This stands in the place of the crate rustfft, by which tract evaluates ONNX's `DFT` and `STFT`,
//! and offers what tract calls. Rustfft has kernels of its own for dozens of lengths, which would
//! be a large part of the importer's module; here such an operation only ever meets constants of
//! a file, once. The method is Bluestein's (1970): with `jk = (j² + k² − (j − k)²)/2` the sum becomes
//! a convolution, which transforms of a power of two compute. All of it is done in f64.

use std::f64::consts::PI;
use std::fmt::Debug;
use std::marker::PhantomData;

pub use num_complex;
pub use num_traits;

use num_complex::Complex;
use num_traits::{FromPrimitive, Signed, ToPrimitive};

/// Numbers that can be transformed: f32 and f64.
pub trait FftNum:
    Copy + FromPrimitive + ToPrimitive + Signed + Sync + Send + Debug + 'static
{
}

impl<T> FftNum for T where
    T: Copy + FromPrimitive + ToPrimitive + Signed + Sync + Send + Debug + 'static
{
}

/// The sign of the exponent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FftDirection {
    /// `e^(−2πi·jk/n)`
    Forward,
    /// `e^(+2πi·jk/n)`
    Inverse,
}

/// Makes transforms.
#[derive(Debug, Default)]
pub struct FftPlanner<T>(PhantomData<T>);

impl<T: FftNum> FftPlanner<T> {
    /// There is nothing to prepare.
    #[must_use]
    pub fn new() -> FftPlanner<T> {
        FftPlanner(PhantomData)
    }

    /// The transform of a length.
    #[must_use]
    pub fn plan_fft(&mut self, length: usize, direction: FftDirection) -> Transform<T> {
        Transform { length, direction, number: PhantomData }
    }

    /// The transform of a length with `e^(−2πi·jk/n)`.
    #[must_use]
    pub fn plan_fft_forward(&mut self, length: usize) -> Transform<T> {
        self.plan_fft(length, FftDirection::Forward)
    }
}

/// A transform of one length.
#[derive(Clone, Debug)]
pub struct Transform<T> {
    length: usize,
    direction: FftDirection,
    number: PhantomData<T>,
}

impl<T: FftNum> Transform<T> {
    /// Transforms every piece of that length in its place.
    ///
    /// # Panics
    /// If the numbers are not whole pieces.
    pub fn process(&self, numbers: &mut [Complex<T>]) {
        if self.length == 0 {
            return;
        }
        assert!(numbers.len().is_multiple_of(self.length), "whole pieces of {}", self.length);
        for piece in numbers.chunks_exact_mut(self.length) {
            let wide = |v: T| v.to_f64().expect("a number");
            let x: Vec<_> = piece.iter().map(|v| Complex::new(wide(v.re), wide(v.im))).collect();
            for (to, y) in piece.iter_mut().zip(bluestein(&x, self.direction)) {
                let narrow = |v: f64| T::from_f64(v).expect("a number");
                *to = Complex::new(narrow(y.re), narrow(y.im));
            }
        }
    }
}

/// The transform by a convolution with the chirp `e^(±πi·k²/n)`.
fn bluestein(x: &[Complex<f64>], direction: FftDirection) -> Vec<Complex<f64>> {
    let n = x.len();
    let sign = if direction == FftDirection::Forward { -1.0 } else { 1.0 };
    let chirp: Vec<Complex<f64>> = (0..n)
        .map(|k| {
            // k² modulo the period 2n, so that large lengths lose nothing.
            let square = (k as u128 * k as u128 % (2 * n as u128)) as f64;
            Complex::from_polar(1.0, sign * PI * square / n as f64)
        })
        .collect();
    let room = (2 * n - 1).next_power_of_two();
    let zero = Complex::new(0.0, 0.0);
    let (mut left, mut right) = (vec![zero; room], vec![zero; room]);
    for k in 0..n {
        left[k] = x[k] * chirp[k];
        right[k] = chirp[k].conj();
        right[(room - k) % room] = chirp[k].conj();
    }
    power_of_two(&mut left, -1.0);
    power_of_two(&mut right, -1.0);
    left.iter_mut().zip(&right).for_each(|(l, r)| *l *= r / room as f64);
    power_of_two(&mut left, 1.0);
    left.iter().zip(&chirp).map(|(l, c)| l * c).collect()
}

/// The transform of a power of two in its place (Cooley and Tukey, 1965).
fn power_of_two(x: &mut [Complex<f64>], sign: f64) {
    let n = x.len();
    let (mut even, mut odd): (Vec<_>, Vec<_>) = match n {
        1 => return,
        _ => {
            (x.iter().step_by(2).copied().collect(), x.iter().skip(1).step_by(2).copied().collect())
        }
    };
    power_of_two(&mut even, sign);
    power_of_two(&mut odd, sign);
    for k in 0..n / 2 {
        let turned = odd[k] * Complex::from_polar(1.0, sign * 2.0 * PI * k as f64 / n as f64);
        (x[k], x[k + n / 2]) = (even[k] + turned, even[k] - turned);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the sum says.
    fn by_definition(x: &[Complex<f64>], direction: FftDirection) -> Vec<Complex<f64>> {
        let sign = if direction == FftDirection::Forward { -1.0 } else { 1.0 };
        let n = x.len();
        let angle = |j: usize, k: usize| sign * 2.0 * PI * (j * k % n) as f64 / n as f64;
        let term = |j, k: usize| x[k] * Complex::from_polar(1.0, angle(j, k));
        (0..n).map(|j| (0..n).map(|k| term(j, k)).sum()).collect()
    }

    fn numbers(n: usize) -> Vec<Complex<f64>> {
        (0..n).map(|k| Complex::new((k as f64 * 1.3).sin(), (k as f64 * 0.7).cos())).collect()
    }

    fn apart(a: &[Complex<f64>], b: &[Complex<f64>]) -> f64 {
        a.iter().zip(b).map(|(a, b)| (a - b).norm()).fold(0.0, f64::max)
    }

    #[test]
    fn every_length_is_what_the_sum_says_in_both_directions() {
        /// Sums of a few hundred numbers below 2.
        const TIGHT: f64 = 1e-11;
        for n in (1..=40).chain([64, 97, 100, 255, 256, 257]) {
            let x = numbers(n);
            let [forward, inverse] = [FftDirection::Forward, FftDirection::Inverse];
            for (direction, other) in [(forward, inverse), (inverse, forward)] {
                let mut found = x.clone();
                FftPlanner::new().plan_fft(n, direction).process(&mut found);
                let off = apart(&found, &by_definition(&x, direction));
                assert!(off < TIGHT, "{n} {direction:?}: {off:e}");
                // With one number or two both directions are the same.
                let control = apart(&found, &by_definition(&x, other));
                assert!(n < 3 || control > TIGHT, "{n}: the other direction passes");
            }
        }
    }

    #[test]
    fn pieces_are_transformed_each_by_itself_and_narrow_numbers_too() {
        /// One rounding to f32 of numbers below 40.
        const ROUNDED: f64 = 4e-6;
        let x = numbers(21);
        let mut narrow: Vec<Complex<f32>> =
            x.iter().map(|v| Complex::new(v.re as f32, v.im as f32)).collect();
        FftPlanner::new().plan_fft_forward(7).process(&mut narrow);
        let found: Vec<Complex<f64>> =
            narrow.iter().map(|v| Complex::new(f64::from(v.re), f64::from(v.im))).collect();
        let pieces = x.chunks(7).flat_map(|piece| by_definition(piece, FftDirection::Forward));
        assert!(apart(&found, &pieces.collect::<Vec<_>>()) < ROUNDED);
        assert!(apart(&found, &by_definition(&x, FftDirection::Forward)) > ROUNDED);
    }
}
