//! Just enough HTTP/1.1 to serve a folder of files to browsers on this machine:
//! GET and HEAD, one answer a connection, nothing cached. Like the usual static
//! hosts it lets every origin read, so that a sandboxed frame can load the site.

use std::fs;
use std::io::{BufRead, BufReader, Read as _, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::Result;

/// Longest request head that is read, in bytes.
const HEAD_LIMIT: u64 = 32 * 1024;

/// A connection that says nothing for so long is closed.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is sent back.
struct Answer {
    status: &'static str,
    mime: &'static str,
    location: Option<String>,
    body: Vec<u8>,
}

impl Answer {
    fn refusal(status: &'static str) -> Self {
        Answer { status, mime: "text/plain; charset=utf-8", location: None, body: status.into() }
    }
}

/// Answers requests for files of a folder until the program ends.
pub(super) fn serve(listener: &TcpListener, folder: &Path) -> Result<()> {
    let folder: Arc<Path> = folder.into();
    for connection in listener.incoming() {
        // A connection that broke before it began is no reason to end.
        let Ok(stream) = connection else { continue };
        let folder = Arc::clone(&folder);
        // Its failure is the browser leaving early.
        thread::spawn(move || converse(&stream, &folder));
    }
    Ok(())
}

fn converse(stream: &TcpStream, folder: &Path) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut lines = BufReader::new(stream.take(HEAD_LIMIT)).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let is_head = request.starts_with("HEAD ");
    send(stream, &answer(&request, folder), is_head)
}

fn send(mut stream: impl Write, answer: &Answer, is_head: bool) -> std::io::Result<()> {
    let Answer { status, mime, location, body } = answer;
    let location = location.as_ref().map(|to| format!("Location: {to}\r\n")).unwrap_or_default();
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {mime}\r\nContent-Length: {length}\r\n{location}\
         Access-Control-Allow-Origin: *\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    if !is_head {
        stream.write_all(body)?;
    }
    stream.flush()
}

/// The answer to a request line.
fn answer(request: &str, folder: &Path) -> Answer {
    let mut words = request.split(' ');
    let (method, target) = (words.next(), words.next());
    let (Some("GET" | "HEAD"), Some(target)) = (method, target) else {
        return Answer::refusal("405 Method Not Allowed");
    };
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let Some(mut file) = locate(path, folder) else {
        return Answer::refusal("404 Not Found");
    };
    if file.is_dir() {
        if !path.ends_with('/') {
            let location = Some(format!("{path}/"));
            return Answer { location, ..Answer::refusal("301 Moved Permanently") };
        }
        file.push("index.html");
    }
    match fs::read(&file) {
        Ok(body) => Answer { status: "200 OK", mime: mime(&file), location: None, body },
        Err(_) => Answer::refusal("404 Not Found"),
    }
}

/// The file that a request's path names; `None` where that would be outside the folder.
fn locate(path: &str, folder: &Path) -> Option<PathBuf> {
    let relative = PathBuf::from(decode(path.strip_prefix('/')?)?);
    let inside = relative.components().all(|part| matches!(part, Component::Normal(_)));
    inside.then(|| folder.join(relative))
}

/// Undoes percent-encoding.
fn decode(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// Browsers run scripts and stream Wasm only with the right type.
fn mime(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json; charset=utf-8",
        "webmanifest" => "application/manifest+json; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" | "md" | "ts" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with a page, a Wasm file and, outside it, a secret.
    fn folder(name: &str) -> PathBuf {
        let top = std::env::temp_dir().join(format!("blindspots-{name}-{}", std::process::id()));
        fs::create_dir_all(top.join("site/deep er")).expect("a folder for the test");
        fs::write(top.join("secret"), "secret").expect("a file for the test");
        fs::write(top.join("site/index.html"), "page").expect("a file for the test");
        fs::write(top.join("site/deep er/a.wasm"), "wasm").expect("a file for the test");
        top
    }

    #[test]
    fn files_are_found_with_their_types() {
        let top = folder("files");
        let get = |path: &str| answer(&format!("GET {path} HTTP/1.1"), &top.join("site"));
        let page = get("/?seed=3");
        assert_eq!((page.status, &*page.body), ("200 OK", &b"page"[..]));
        assert_eq!(page.mime, "text/html; charset=utf-8");
        assert_eq!(get("/deep%20er/a.wasm").mime, "application/wasm");
        assert_eq!(get("/deep%20er").location.as_deref(), Some("/deep%20er/"));
        assert_eq!(get("/nothing").status, "404 Not Found");
        fs::remove_dir_all(top).expect("the test's own folder");
    }

    #[test]
    fn nothing_outside_the_folder_is_served() {
        let top = folder("outside");
        let get = |path: &str| answer(&format!("GET {path} HTTP/1.1"), &top.join("site"));
        for path in
            ["/../secret", "/%2e%2e/secret", "/deep%20er/../../secret", "//etc/passwd", "/%", "x"]
        {
            assert_eq!(get(path).status, "404 Not Found", "{path}");
        }
        assert_eq!(answer("POST / HTTP/1.1", &top.join("site")).status, "405 Method Not Allowed");
        assert_eq!(answer("", &top).status, "405 Method Not Allowed");
        fs::remove_dir_all(top).expect("the test's own folder");
    }

    #[test]
    fn a_head_request_gets_no_body() {
        let refusal = Answer::refusal("404 Not Found");
        let (mut with, mut without) = (Vec::new(), Vec::new());
        send(&mut with, &refusal, false).expect("a vector takes everything");
        send(&mut without, &refusal, true).expect("a vector takes everything");
        assert!(without.ends_with(b"\r\n\r\n") && with.ends_with(b"404 Not Found"));
        assert!(with.starts_with(&without));
    }
}
