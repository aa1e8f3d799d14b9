//! All tests of the crate from outside, in one binary, a module each.
//!
//! `cargo test --test suite NAME` runs those whose path contains NAME:
//! `attack::`, `kernels`, or the name of a single test. What tests share is in
//! `support/`; what they share with tests inside the crate, in `src/testing/`.

mod support;
#[path = "../../src/testing/mod.rs"]
mod testing;

mod accuracy;
mod attack;
mod attack_input;
mod certify;
mod certify_search;
mod cli;
mod corners;
mod digit;
mod double;
mod eight_bit;
mod ensembles;
mod gpu;
mod graphs;
mod hostile;
mod import;
mod kernels;
mod lbfgs;
mod lessons;
mod lowered;
mod paper;
mod photo;
mod pixels;
mod reference;
mod relatives;
mod resident;
mod shapes;
mod slice;
mod spectral;
mod stuck;
mod transforms;
mod truth;
mod units;
