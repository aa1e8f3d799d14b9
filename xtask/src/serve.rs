//! The site for development, on this machine only.

mod http;

use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Result, anyhow};

use crate::command::{program, succeeds};
use crate::wasm::Profile;
use crate::{paths, site};

/// Builds, then serves until it is ended.
pub(crate) fn run(port: u16, open: bool) -> Result<()> {
    // First of all, so that a taken port is known before the build.
    let listener = listen(port)?;
    let folder = paths::served();
    site::assemble(Profile::Development, &folder)?;
    let address = format!("http://{}/", listener.local_addr()?);
    println!("\nBlind Spots is at {address} (Ctrl-C ends it)");
    if open {
        open_browser(&address);
    }
    http::serve(&listener, &folder)
}

fn listen(port: u16) -> Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|error| {
        let advice = match error.kind() {
            ErrorKind::AddrInUse => "is taken by another program",
            ErrorKind::PermissionDenied => "may not be used without more rights",
            _ => return anyhow!(error).context(format!("port {port} cannot be used")),
        };
        anyhow!("port {port} {advice}: choose another one with --port")
    })
}

fn open_browser(address: &str) {
    let opened = if cfg!(target_os = "macos") {
        succeeds(program("open").arg(address))
    } else if cfg!(windows) {
        succeeds(program("cmd").args(["/C", "start", address]))
    } else {
        succeeds(program("xdg-open").arg(address))
    };
    if !opened {
        println!("No browser could be opened: open that address yourself.");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_named_with_the_way_out() {
        let holder = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("some port is free");
        let port = holder.local_addr().expect("it has an address").port();
        let message = listen(port).expect_err("the port is taken").to_string();
        assert!(message.contains(&port.to_string()) && message.contains("--port"), "{message}");
        drop(holder);
        assert!(listen(port).is_ok());
    }
}
