//! The uniform of the executor's own kernel; see [`crate::ops::params`].

crate::ops::params::params! {
    /// Of `loss`.
    LossParams {}
}
