//! The executor's own kernel: what is asked of the logits.

use super::params::LossParams;
use crate::ops::kernels::kernels;

kernels! {
    LOSS = "loss", LossParams, [R, R, W, W],
        ["../../numeric/math.wgsl", "loss.wgsl"];
}
