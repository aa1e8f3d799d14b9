//! The device, or an explicit skip.

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Once, OnceLock};

use blindspots::exec::GpuContext;

/// The device that the tests of one binary share.
///
/// Without an adapter the test is skipped: its name and the reason are
/// printed, and the sum of them at the end. If `BLINDSPOTS_REQUIRE_GPU` is `1`,
/// it fails instead.
#[allow(clippy::print_stderr, reason = "a test's words")]
pub(crate) fn context(test: &str) -> Option<Arc<GpuContext>> {
    static CONTEXT: OnceLock<Result<Arc<GpuContext>, String>> = OnceLock::new();
    let opened = CONTEXT.get_or_init(|| {
        let opened = pollster::block_on(GpuContext::open());
        if let Ok(context) = &opened {
            eprintln!("device: {}", context.adapter());
        }
        opened.map_err(|error| error.to_string())
    });
    match opened {
        Ok(context) => Some(context.clone()),
        Err(reason) if std::env::var("BLINDSPOTS_REQUIRE_GPU").as_deref() == Ok("1") => {
            panic!("{test} needs a device: {reason}")
        }
        Err(reason) => {
            skip(test, reason);
            None
        }
    }
}

static SKIPPED: AtomicUsize = AtomicUsize::new(0);

/// Counts a test that cannot be made here, and says so.
pub(crate) fn skip(test: &str, reason: &str) {
    static AT_THE_END: Once = Once::new();
    // SAFETY: the C library's own function; `sum_up` neither unwinds nor takes a lock that a
    // thread of a finished test could hold.
    AT_THE_END.call_once(|| unsafe {
        atexit(sum_up);
    });
    let count = SKIPPED.fetch_add(1, Ordering::Relaxed) + 1;
    say(&format!("SKIPPED without a device ({count}): {test}: {reason}"));
}

/// To the stream itself: the harness hides what a passing test prints.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// After the harness's own closing line, where it is seen.
extern "C" fn sum_up() {
    let count = SKIPPED.load(Ordering::Relaxed);
    say(&format!(
        "{count} tests were left out, wholly or in part, for want of a GPU. `cargo xtask test` \
         installs one in software and runs them;\nwith BLINDSPOTS_REQUIRE_GPU=1 a missing one is \
         a failure.\n"
    ));
}

unsafe extern "C" {
    fn atexit(callback: extern "C" fn()) -> std::ffi::c_int;
}
