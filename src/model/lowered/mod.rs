//! A network as plain bytes, and back: what the importer hands to the engine.
//!
//! ```text
//! magic     8 bytes  "blindnet"
//! version   u32
//! length    u64      bytes of the body
//! checksum  u64      FNV-1a of the body
//! body               image, input's shape, what the file expects of it, what it ends in and computes in, weights, nodes
//! ```
//!
//! Numbers are little-endian; sizes are `u64`, lists have their count before them (`wire.rs`).
//! The reader believes nothing: not that the bytes are whole, not that what they say
//! is a network that executors can run ([`check`]). Nothing is allocated that
//! the bytes present, or [`check::LARGEST_LANE`], do not account for. Tests:
//! `tests/suite/lowered.rs`.

pub mod check;
mod ops;
mod wire;

use crate::code::Code;
use crate::count::counted;
use crate::model::Network;
use wire::{Reader, Wire};

pub use check::Flaw;

const MAGIC: &[u8; 8] = b"blindnet";
/// Of the format; every change of it counts.
const VERSION: u32 = 3;
/// Where the body's length and its checksum stand, and the body.
const LENGTH: usize = 8 + 4;
const CHECKSUM: usize = LENGTH + 8;
const HEAD: usize = CHECKSUM + 8;

/// Why bytes are no network.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LoweredError {
    /// They do not begin as such a file does.
    #[error("these bytes are no lowered network")]
    NotLowered,
    /// They are of another version of the format.
    #[error(
        "this network was lowered to version {found} of the format; version {VERSION} is read here: import its file again"
    )]
    OtherVersion {
        /// The bytes' version.
        found: u32,
    },
    /// They end too early.
    #[error("this lowered network is cut off: {} of {required}", counted(found, "byte"))]
    Truncated {
        /// Bytes that are there.
        found: usize,
        /// Bytes that there should be.
        required: u64,
    },
    /// They are not what was written.
    #[error("this lowered network is damaged: {0}")]
    Damaged(&'static str),
    /// They are whole, but no network that can be run.
    #[error("this lowered network cannot be run: {0}")]
    Flawed(#[from] Flaw),
}

impl LoweredError {
    /// Stable name for programs.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            LoweredError::NotLowered => Code::NotALoweredNetwork,
            LoweredError::OtherVersion { .. } => Code::OtherLoweredVersion,
            LoweredError::Truncated { .. } => Code::LoweredTruncated,
            LoweredError::Damaged(_) => Code::LoweredDamaged,
            LoweredError::Flawed(_) => Code::LoweredFlawed,
        }
    }
}

/// The bytes of a network.
#[must_use]
pub fn write(network: &Network) -> Vec<u8> {
    let mut body = Vec::new();
    network.put(&mut body);
    sealed(&body)
}

/// The network that bytes hold.
///
/// # Errors
/// Where they are not whole, of another version, or no network that executors can run.
pub fn read(bytes: &[u8]) -> Result<Network, LoweredError> {
    let mut body = Reader::new(opened(bytes)?);
    let network = Network::take(&mut body).map_err(LoweredError::Damaged)?;
    if !body.is_empty() {
        return Err(LoweredError::Damaged("bytes follow the network"));
    }
    check::check(&network)?;
    Ok(network)
}

/// A body behind its head.
fn sealed(body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; HEAD];
    bytes[..MAGIC.len()].copy_from_slice(MAGIC);
    bytes[MAGIC.len()..LENGTH].copy_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(body);
    seal(&mut bytes);
    bytes
}

/// Puts length and checksum of bytes right, where there is room for a head: what a fuzzer changes is then
/// found by the checks behind it.
#[doc(hidden)]
pub fn seal(bytes: &mut [u8]) {
    let Some((head, body)) = bytes.split_at_mut_checked(HEAD) else { return };
    head[LENGTH..CHECKSUM].copy_from_slice(&(body.len() as u64).to_le_bytes());
    head[CHECKSUM..].copy_from_slice(&checksum(body).to_le_bytes());
}

/// The body of bytes whose head is right.
fn opened(bytes: &[u8]) -> Result<&[u8], LoweredError> {
    let cut = |required: u64| LoweredError::Truncated { found: bytes.len(), required };
    let shown = bytes.len().min(MAGIC.len());
    if bytes.is_empty() || bytes[..shown] != MAGIC[..shown] {
        return Err(LoweredError::NotLowered);
    }
    let Some((head, body)) = bytes.split_at_checked(HEAD) else { return Err(cut(HEAD as u64)) };
    let mut head = Reader::new(&head[MAGIC.len()..]);
    let found = u32::take(&mut head).map_err(LoweredError::Damaged)?;
    if found != VERSION {
        return Err(LoweredError::OtherVersion { found });
    }
    let length = u64::take(&mut head).map_err(LoweredError::Damaged)?;
    let sum = u64::take(&mut head).map_err(LoweredError::Damaged)?;
    let required = length.saturating_add(HEAD as u64);
    match (body.len() as u64).cmp(&length) {
        std::cmp::Ordering::Less => Err(cut(required)),
        std::cmp::Ordering::Greater => Err(LoweredError::Damaged("bytes follow its end")),
        std::cmp::Ordering::Equal if checksum(body) != sum => {
            Err(LoweredError::Damaged("its checksum is another"))
        }
        std::cmp::Ordering::Equal => Ok(body),
    }
}

/// FNV-1a, eight bytes at a time and the rest one by one.
fn checksum(bytes: &[u8]) -> u64 {
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let step = |sum: u64, value: u64| (sum ^ value).wrapping_mul(PRIME);
    let (words, rest) = bytes.as_chunks::<8>();
    let sum = words.iter().fold(BASIS, |sum, word| step(sum, u64::from_le_bytes(*word)));
    rest.iter().fold(sum, |sum, byte| step(sum, u64::from(*byte)))
}
