//! `WebDriver` (W3C) as far as it is needed: JSON over HTTP/1.1 to a chromedriver on loopback, one
//! connection for each command.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::browser::error::Error;
use crate::browser::{chromium, driver};

/// How long a command may take; a page may load for less.
const DEADLINE: Duration = Duration::from_secs(90);

/// A running browser. Dropping it ends the browser and removes its profile.
pub(super) struct Session {
    port: u16,
    id: String,
    pub(super) profile: TempDir,
}

impl Session {
    /// Starts a browser. Blocks for a second.
    pub(super) fn start() -> Result<Self, Error> {
        let (port, profile) = driver::port_and_profile()?;
        let capabilities = chromium::capabilities(profile.path())?;
        let answer = command(port, "POST", "/session", &capabilities)?;
        let id = answer["sessionId"].as_str().unwrap_or_default().to_owned();
        Ok(Self { port, id, profile })
    }

    /// Asks for something; `what` is the endpoint behind the session. Blocks until it is there.
    pub(super) fn get(&self, what: &str) -> Result<Value, Error> {
        self.command("GET", what, &Value::Null)
    }

    /// Has something done. Blocks until it is done.
    pub(super) fn post(&self, what: &str, parameters: &Value) -> Result<Value, Error> {
        self.command("POST", what, parameters)
    }

    /// A command of the `DevTools` protocol.
    pub(super) fn devtools(&self, name: &str, parameters: &Value) -> Result<Value, Error> {
        self.post("goog/cdp/execute", &json!({"cmd": name, "params": parameters}))
    }

    fn command(&self, method: &str, what: &str, parameters: &Value) -> Result<Value, Error> {
        command(self.port, method, &format!("/session/{}/{what}", self.id), parameters)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // A driver that is gone took its browsers along.
        let _ = command(self.port, "DELETE", &format!("/session/{}", self.id), &Value::Null);
    }
}

/// Sends a command; the answer's `value`, or what was refused.
fn command(port: u16, method: &str, path: &str, parameters: &Value) -> Result<Value, Error> {
    let (status, mut answer) = exchange(port, method, path, parameters)?;
    let value = answer["value"].take();
    if status == 200 {
        return Ok(value);
    }
    let text = |name: &str| value[name].as_str().unwrap_or_default();
    Err(Error::Refused {
        command: format!("{method} {}", path.splitn(4, '/').nth(3).unwrap_or("session")),
        code: text("error").to_owned(),
        message: text("message").lines().next().unwrap_or_default().to_owned(),
    })
}

fn exchange(port: u16, method: &str, path: &str, body: &Value) -> io::Result<(u16, Value)> {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(DEADLINE))?;
    // In one piece; chromedriver knows no HTTP/1.0 and keeps every connection open.
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes())?;
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|word| word.parse().ok());
    let status = status.ok_or_else(|| io::Error::other("chromedriver does not speak HTTP"))?;
    let mut length = 0;
    while reader.read_line(&mut line)? > 2 {
        let field = line.lines().last().and_then(|field| field.split_once(':'));
        if let Some((name, value)) = field
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
    }
    let mut octets = vec![0; length];
    reader.read_exact(&mut octets)?;
    Ok((status, serde_json::from_slice(&octets)?))
}
