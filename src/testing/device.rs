//! The device, or an explicit skip.

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use blindspots::exec::GpuContext;

/// The device that the tests of one binary share.
///
/// Without an adapter the test is skipped: its name and the reason are
/// printed. If `BLINDSPOTS_REQUIRE_GPU` is `1`, it fails instead.
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
            static SKIPPED: AtomicUsize = AtomicUsize::new(0);
            let count = SKIPPED.fetch_add(1, Ordering::Relaxed) + 1;
            // Written to the stream itself: the harness hides what a passing test prints.
            let _ =
                writeln!(std::io::stderr(), "SKIPPED without a device ({count}): {test}: {reason}");
            None
        }
    }
}
