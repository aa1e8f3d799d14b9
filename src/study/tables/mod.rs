//! The paper's Tables 1 to 4, and what training on adversarial examples changed (Szegedy et al.,
//! 2013, section 4.2).
//!
//! Tables 1 and 2 share their networks and so their adversarial examples, and
//! so do Tables 3 and 4: a `group::Group` makes them once. All examples are made of the
//! test set; [`transfer`](super::transfer) says how digits count that are misread
//! as they are.

mod errors;
mod group;
mod hardened;
mod render;
mod table1;
mod table2;
mod table3;
mod table4;

pub use errors::Share;
pub use group::{Matrix, MatrixRow};
pub use hardened::Hardened;
pub use table1::{Table1, Table1Row};
pub use table2::Table2;
pub use table3::{Table3, Table3Row};
pub use table4::Table4;
