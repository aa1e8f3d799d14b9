//! The site for development, on this machine only: built, then served by Vite's preview
//! (`preview` in `www/vite.config.ts`).

use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Result, anyhow};

use crate::command::{package_bin, run as run_command};
use crate::wasm::Profile;
use crate::{paths, say, site};

/// Builds, then serves until it is ended.
pub(crate) fn run(port: u16, open: bool) -> Result<()> {
    // A taken port is known before the build, which takes minutes.
    check(port)?;
    let folder = paths::served();
    site::assemble(Profile::Development, &folder)?;
    let mut preview = package_bin(&paths::www(), "vite");
    preview.args(["preview", "--host", &Ipv4Addr::LOCALHOST.to_string(), "--strictPort"]);
    preview.args(["--port", &port.to_string(), "--outDir"]).arg(folder);
    if open {
        preview.arg("--open");
    }
    say::line(format_args!(
        "\nBlind Spots is at http://{}:{port}/ (Ctrl-C ends it)",
        Ipv4Addr::LOCALHOST
    ));
    run_command(&mut preview)
}

/// Refuses a port that cannot be listened on.
fn check(port: u16) -> Result<()> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map(drop).map_err(|error| {
        let advice = match error.kind() {
            ErrorKind::AddrInUse => "is taken by another program",
            ErrorKind::PermissionDenied => "may not be used without more rights",
            _ => return anyhow!(error).context(format!("port {port} cannot be used")),
        };
        anyhow!("port {port} {advice}: choose another one with --port")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_named_with_the_way_out() {
        let holder = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("some port is free");
        let port = holder.local_addr().expect("it has an address").port();
        let message = check(port).expect_err("the port is taken").to_string();
        assert!(message.contains(&port.to_string()) && message.contains("--port"), "{message}");
        drop(holder);
        assert!(check(port).is_ok());
    }
}
