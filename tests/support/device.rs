//! The device, or an explicit skip.

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
            eprintln!("SKIPPED {test}: {reason}");
            None
        }
    }
}
