//! Where a measurement was made.

use std::fmt;
use std::fs;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::command::{output, program};

/// How long is looked at what other programs do.
const LOOK: Duration = Duration::from_secs(2);

/// The machine and the day.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Machine {
    processor: String,
    cores: usize,
    system: String,
    date: String,
    /// Share of all cores that other programs keep busy, where it is known.
    busy: Option<f64>,
}

impl Machine {
    /// This machine, today, before anything of ours runs on it.
    pub(super) fn here() -> Machine {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |t| t.as_secs());
        Machine {
            processor: processor().unwrap_or_else(|| std::env::consts::ARCH.into()),
            cores: cores(),
            system: system().unwrap_or_else(|| std::env::consts::OS.into()),
            date: date(seconds / 86_400),
            busy: busy(LOOK),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Machine { processor, cores, system, date, busy } = self;
        write!(f, "{processor}, {cores} cores, {system}, {date}")?;
        match busy {
            Some(busy) => write!(f, ", other programs at {:.0} % of all cores", 100.0 * busy),
            None => Ok(()),
        }
    }
}

/// Cores that a program may use.
pub(super) fn cores() -> usize {
    thread::available_parallelism().map_or(1, Into::into)
}

fn processor() -> Option<String> {
    if cfg!(target_os = "macos") {
        let name = output(program("sysctl").args(["-n", "machdep.cpu.brand_string"])).ok()?;
        return Some(name.trim().to_owned());
    }
    if cfg!(windows) {
        return std::env::var("PROCESSOR_IDENTIFIER").ok();
    }
    value_in(&fs::read_to_string("/proc/cpuinfo").ok()?, "model name", ':')
}

fn system() -> Option<String> {
    if cfg!(target_os = "linux") {
        return value_in(&fs::read_to_string("/etc/os-release").ok()?, "PRETTY_NAME", '=');
    }
    if cfg!(target_os = "macos") {
        let version = output(program("sw_vers").arg("-productVersion")).ok()?;
        return Some(format!("macOS {}", version.trim()));
    }
    None
}

/// The value of the first line with a key.
fn value_in(text: &str, key: &str, separator: char) -> Option<String> {
    let pairs = text.lines().filter_map(|line| line.split_once(separator));
    let value = pairs.into_iter().find(|(name, _)| name.trim() == key)?.1;
    Some(value.trim().trim_matches('"').to_owned())
}

/// Share of all cores that is in use for a while in which we only wait.
fn busy(look: Duration) -> Option<f64> {
    let now = || times(&fs::read_to_string("/proc/stat").ok()?);
    let before = now()?;
    thread::sleep(look);
    let after = now()?;
    let all = after.0.checked_sub(before.0).filter(|all| *all > 0)?;
    let idle = after.1.checked_sub(before.1)?;
    Some(1.0 - idle as f64 / all as f64)
}

/// All time and idle time of Linux's `/proc/stat`; waiting for a disk is idle.
fn times(text: &str) -> Option<(u64, u64)> {
    let numbers = text.lines().next()?.strip_prefix("cpu ")?.split_whitespace();
    // The first eight; guests' time is part of the first two.
    let numbers: Vec<u64> = numbers.take(8).map(str::parse).collect::<Result<_, _>>().ok()?;
    Some((numbers.iter().sum(), numbers.get(3)? + numbers.get(4)?))
}

/// The Gregorian date of a day after 1970-01-01 (H. Hinnant, `civil_from_days`).
fn date(days: u64) -> String {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + 400 * era + u64::from(month <= 2);
    format!("{year}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_become_dates() {
        let written = [0, 58, 59, 11_016, 11_017, 20_513].map(date);
        let wanted =
            ["1970-01-01", "1970-02-28", "1970-03-01", "2000-02-29", "2000-03-01", "2026-03-01"];
        assert_eq!(written, wanted);
    }

    #[test]
    fn idle_time_is_told_from_work() {
        let text = "cpu  10 1 5 70 4 0 1 2 9 9\ncpu0 1 2 3 4\n";
        assert_eq!(times(text), Some((93, 74)));
        assert_eq!(times("cpu0 1 2 3 4\n"), None);
        assert_eq!(times(""), None);
    }

    #[test]
    fn values_are_found_by_their_key() {
        let text = "vendor : A\nmodel : 7\nmodel name\t: A fine one\nNAME=\"B\"\n";
        assert_eq!(value_in(text, "model name", ':').as_deref(), Some("A fine one"));
        assert_eq!(value_in(text, "NAME", '=').as_deref(), Some("B"));
        assert_eq!(value_in(text, "none", ':'), None);
    }
}
