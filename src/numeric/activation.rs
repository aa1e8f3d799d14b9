//! Activations that follow from a value alone, and their loops over it.
//!
//! A derivative that follows from the value alone cannot be better than the value: near ±1
//! `1 − y²`, and near 1 `y(1−y)`, keep an absolute error of 1e-6 and 3e-7, so that a unit whose
//! value is rounded to its end has none. The twin on the device is `activation.wgsl`.

use super::simd::{self, Vector};
use super::{sigmoid, tanh};

/// An activation that a kernel may fuse: its derivative follows from its value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum Activation {
    /// `y = z`, derivative 1.
    #[default]
    Identity = 0,
    /// `y = max(z, 0)`, derivative 1 where `y > 0`, else 0.
    Relu = 1,
    /// `y = 1/(1+e^−z)`, derivative `y(1−y)`.
    Sigmoid = 2,
    /// `y = tanh z`, derivative `1−y²`.
    Tanh = 3,
}

impl Activation {
    /// Whether the derivative is continuous.
    #[must_use]
    pub fn is_smooth(self) -> bool {
        self != Activation::Relu
    }

    /// The activation's value at the pre-activation `z`.
    #[inline(always)]
    #[must_use]
    pub fn value(self, z: f32) -> f32 {
        match self {
            Activation::Identity => z,
            Activation::Relu => z.max(0.0),
            Activation::Sigmoid => sigmoid(z),
            Activation::Tanh => tanh(z),
        }
    }

    /// The derivative with respect to the pre-activation, from the value `y`.
    #[inline(always)]
    #[must_use]
    pub fn derivative(self, y: f32) -> f32 {
        match self {
            Activation::Identity => 1.0,
            Activation::Relu => f32::from(y > 0.0),
            Activation::Sigmoid => y * (1.0 - y),
            Activation::Tanh => 1.0 - y * y,
        }
    }
}

/// `y = act(y + b)` for rows of `n` elements with one bias a column.
pub fn add_bias_rows(y: &mut [f32], n: usize, bias: Option<&[f32]>, activation: Activation) {
    for row in y.chunks_exact_mut(n) {
        if let Some(bias) = bias {
            for (v, b) in row.iter_mut().zip(bias) {
                *v += b;
            }
        }
    }
    activate(y, activation);
}

/// `y = act(y)`.
pub fn activate(y: &mut [f32], activation: Activation) {
    simd::widest(Activate { y, activation });
}

/// `dy = dy ⊙ act′(y)`.
pub fn scale_by_derivative(dy: &mut [f32], y: &[f32], activation: Activation) {
    simd::widest(Scale { dy, y, activation });
}

/// The arguments of [`activate`].
struct Activate<'a> {
    y: &'a mut [f32],
    activation: Activation,
}

impl simd::Loops for Activate<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        match self.activation {
            Activation::Identity => {}
            Activation::Relu => {
                for v in self.y {
                    *v = Activation::Relu.value(*v);
                }
            }
            Activation::Sigmoid => {
                for v in self.y {
                    *v = Activation::Sigmoid.value(*v);
                }
            }
            Activation::Tanh => {
                for v in self.y {
                    *v = Activation::Tanh.value(*v);
                }
            }
        }
    }
}

/// The arguments of [`scale_by_derivative`].
struct Scale<'a> {
    dy: &'a mut [f32],
    y: &'a [f32],
    activation: Activation,
}

impl simd::Loops for Scale<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        let pairs = self.dy.iter_mut().zip(self.y);
        match self.activation {
            Activation::Identity => {}
            Activation::Relu => {
                for (d, y) in pairs {
                    *d *= Activation::Relu.derivative(*y);
                }
            }
            Activation::Sigmoid => {
                for (d, y) in pairs {
                    *d *= Activation::Sigmoid.derivative(*y);
                }
            }
            Activation::Tanh => {
                for (d, y) in pairs {
                    *d *= Activation::Tanh.derivative(*y);
                }
            }
        }
    }
}
