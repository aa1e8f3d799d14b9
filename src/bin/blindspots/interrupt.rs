//! Ctrl-C, SIGTERM and a terminal that is closed (SIGHUP): no file is left half written, what is
//! finished is kept, and the user is told.

use std::sync::{Mutex, PoisonError};

use crate::failure::Failure;
use crate::{files, output};

/// What a shell shows for a program that a signal ended: 128 and the signal's number. SIGINT is 2.
#[cfg(not(unix))]
const INTERRUPTED: i32 = 128 + 2;

/// Keeps what is finished, and says where; `None` where nothing is yet.
type Salvage = Box<dyn FnOnce() -> Result<Option<String>, Failure> + Send>;

/// Of the work that is being done.
static SALVAGE: Mutex<Option<Salvage>> = Mutex::new(None);

fn set(salvage: Option<Salvage>) -> Option<Salvage> {
    std::mem::replace(&mut *SALVAGE.lock().unwrap_or_else(PoisonError::into_inner), salvage)
}

/// Does long work; where a signal ends it, `salvage` is asked first.
pub(crate) fn keeping<T>(
    salvage: impl FnOnce() -> Result<Option<String>, Failure> + Send + 'static,
    work: impl FnOnce() -> T,
) -> T {
    set(Some(Box::new(salvage)));
    let result = work();
    set(None);
    result
}

/// Ends the program, with that status.
fn end(status: i32) -> ! {
    let salvaged = set(None).map_or(Ok(None), |salvage| salvage());
    let kept = files::give_up();
    output::remark(match salvaged {
        Ok(None) => format!("\nblindspots: interrupted; {kept}"),
        Ok(Some(words)) => format!("\nblindspots: interrupted; {kept}; {words}"),
        Err(failure) => format!("\nblindspots: interrupted; {kept}; {}", failure.words()),
    });
    std::process::exit(status)
}

/// Listens for signals from here on. Where one was switched off, as by `nohup` and for jobs in the
/// background, it stays so.
#[cfg(unix)]
pub(crate) fn listen() {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    let heard = [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| !is_ignored(*signal));
    let Ok(mut signals) = Signals::new(heard) else { return };
    std::thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            end(128 + signal);
        }
    });
}

/// Whether a signal was switched off by whoever started the program.
#[cfg(unix)]
fn is_ignored(signal: std::ffi::c_int) -> bool {
    // SAFETY: an action is plain numbers, and is only read where none is given.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        libc::sigaction(signal, std::ptr::null(), &raw mut action) == 0
            && action.sa_sigaction == libc::SIG_IGN
    }
}

/// Listens for Ctrl-C from here on.
#[cfg(not(unix))]
pub(crate) fn listen() {
    let _ = ctrlc::try_set_handler(|| end(INTERRUPTED));
}
