//! Gzip as small as it gets: these files are packed once and fetched by every visitor.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use libdeflater::{CompressionLvl, Compressor};

/// Bytes, packed.
pub(crate) fn packed(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut packer = Compressor::new(CompressionLvl::best());
    let mut packed = vec![0; packer.gzip_compress_bound(bytes.len())];
    let length = packer.gzip_compress(bytes, &mut packed)?;
    packed.truncate(length);
    Ok(packed)
}

/// Packs a file into another one.
pub(crate) fn pack(from: &Path, to: &Path) -> Result<()> {
    let bytes = fs::read(from).with_context(|| from.display().to_string())?;
    fs::write(to, packed(&bytes)?).with_context(|| to.display().to_string())
}
