//! What tests share: an independent reference in f64, networks that exercise
//! one operation each, comparisons that can fail, attacks with known answers.

pub(crate) mod attacks;
pub(crate) mod cases;
pub(crate) mod compare;
pub(crate) mod networks;
pub(crate) mod reference;
pub(crate) mod reference_ops;
pub(crate) mod singular;
