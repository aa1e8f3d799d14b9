//! The npm package: the library with its types, the elements, the engine and the networks.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::Serialize;

use crate::command::{self, npm, package_bin};
use crate::wasm::Profile;
use crate::{paths, say, site};

const NAME: &str = "blindspots";
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Builds the site and packs the library from it.
pub(crate) fn run() -> Result<()> {
    site::assemble(Profile::Optimised, &paths::dist())?;
    pack(&paths::dist())?;
    let archive = archive();
    let size = fs::metadata(&archive)?.len();
    say::line(format_args!("\n{} ({size} bytes): npm install {0}", archive.display()));
    Ok(())
}

/// Where the package lies.
pub(crate) fn archive() -> PathBuf {
    folder().join(format!("{NAME}-{VERSION}.tgz"))
}

fn folder() -> PathBuf {
    paths::target().join("npm")
}

/// Packs the library, its engine as it was last built and the networks of a built site.
pub(crate) fn pack(site: &Path) -> Result<()> {
    let folder = folder();
    let package = folder.join(NAME);
    let mut vite = package_bin(&paths::www(), "vite");
    vite.args(["build", "--mode", "package", "--emptyOutDir", "--outDir"]).arg(&package);
    command::run(vite.env("MODELS", site.join("models")))?;
    for name in ["README.md", "LICENSE-MIT", "LICENSE-APACHE", "CHANGELOG.md"] {
        let from = paths::at(name);
        fs::copy(&from, package.join(name)).with_context(|| from.display().to_string())?;
    }
    fs::write(package.join("elements.d.ts"), ELEMENTS)?;
    fs::write(package.join("package.json"), serde_json::to_string_pretty(&MANIFEST)? + "\n")?;
    command::run(npm(&package).args(["pack", "--silent", "--pack-destination"]).arg(&folder))
}

/// The elements are used in HTML; importing them defines them.
const ELEMENTS: &str = "export {};\n";

/// What `package.json` says, in the order of the fields: resolvers take the first condition of an export that
/// holds, so that `default` comes last.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    name: &'static str,
    version: &'static str,
    description: &'static str,
    keywords: [&'static str; 5],
    license: &'static str,
    r#type: &'static str,
    side_effects: [&'static str; 3],
    exports: Exports,
}

#[derive(Serialize)]
struct Exports {
    #[serde(rename = ".")]
    library: Entry,
    #[serde(rename = "./elements")]
    elements: Entry,
    #[serde(rename = "./models/*")]
    models: &'static str,
    #[serde(rename = "./package.json")]
    manifest: &'static str,
}

#[derive(Serialize)]
struct Entry {
    types: &'static str,
    default: &'static str,
}

const MANIFEST: Manifest = Manifest {
    name: NAME,
    version: VERSION,
    description: "Find the smallest change that fools a neural network, in the browser: ONNX networks on WebGPU or SIMD",
    keywords: ["adversarial-examples", "onnx", "webgpu", "wasm", "mnist"],
    license: "MIT OR Apache-2.0",
    r#type: "module",
    side_effects: ["./blindspots.js", "./elements.js", "./assets/*"],
    exports: Exports {
        library: Entry { types: "./blindspots.d.ts", default: "./blindspots.js" },
        elements: Entry { types: "./elements.d.ts", default: "./elements.js" },
        models: "./models/*",
        manifest: "./package.json",
    },
};
