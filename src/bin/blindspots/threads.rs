//! The threads that all commands share: one a core, or as many as `RAYON_NUM_THREADS` says.

use std::ffi::OsStr;

use crate::args::refusal;
use crate::failure::Failure;

const VARIABLE: &str = "RAYON_NUM_THREADS";

/// More only wait for each other, and thousands take long to start.
const MOST: usize = 1024;

/// Starts them; refuses a variable that rayon would silently pass over.
pub(crate) fn start() -> Result<(), Failure> {
    if let Some(said) = std::env::var_os(VARIABLE).filter(|said| !counts(said)) {
        let said = said.display();
        return Err(refusal(format!(
            "{VARIABLE} is a number of threads, at most {MOST}, and 0 for one a core; not “{said}”"
        )));
    }
    let started = rayon::ThreadPoolBuilder::new().build_global();
    started.map_err(|e| Failure::Work(format!("the threads cannot be started: {e}")))
}

/// Whether a possible number is said, or nothing.
fn counts(said: &OsStr) -> bool {
    said.is_empty()
        || said
            .to_str()
            .is_some_and(|said| said.parse().is_ok_and(|threads: usize| threads <= MOST))
}
