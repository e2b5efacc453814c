//! Receives one redirect on this machine (RFC 8252 section 7.3).

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

use crate::cli::authorize::received::{self, Received};
use crate::cli::error::CliError;
use crate::connection::consent_page::LOOPBACK_PORTS;

/// The longest request head that is read, bytes.
const LONGEST_HEAD: usize = 16 * 1024;

/// How long one browser may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(10);

/// Listens on the first port that is free; returns the port too.
pub async fn listen() -> Result<(TcpListener, u16), CliError> {
    for port in LOOPBACK_PORTS {
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)).await {
            return Ok((listener, port));
        }
    }
    let [first, second] = LOOPBACK_PORTS;
    Err(CliError::Cannot(format!(
        "ports {first} and {second} of 127.0.0.1 are taken: free one of them, or use --paste"
    )))
}

/// Waits for the answer to the request with this `state`; whatever else comes is turned away.
pub async fn receive(
    listener: &TcpListener,
    redirect_uri: &Url,
    state: &str,
    limit: Duration,
) -> Result<Received, CliError> {
    let waiting = async {
        loop {
            let Ok((mut stream, _)) = listener.accept().await else { continue };
            let answer =
                target(&mut stream).await.and_then(|target| redirect_uri.join(&target).ok());
            let read = answer.map(|address| received::read(&address, redirect_uri, state));
            let page = match &read {
                Some(Ok(_)) => page(
                    200,
                    "The answer is here: you can close this tab and go back to the terminal.",
                ),
                Some(Err(error)) => page(400, &format!("This is not what is waited for: {error}.")),
                None => page(400, "This is not what is waited for."),
            };
            let _ = stream.write_all(page.as_bytes()).await;
            let _ = stream.shutdown().await;
            if let Some(Ok(received)) = read {
                return received;
            }
        }
    };
    tokio::time::timeout(limit, waiting).await.map_err(|_| {
        CliError::Cannot("nobody gave consent in time: run the same command again".to_owned())
    })
}

/// The target of a GET request.
async fn target(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    let reading = async {
        let mut chunk = [0; 1024];
        while !head.windows(4).any(|window| window == b"\r\n\r\n") && head.len() < LONGEST_HEAD {
            match stream.read(&mut chunk).await {
                Ok(count) if count > 0 => head.extend_from_slice(&chunk[..count]),
                _ => break,
            }
        }
    };
    tokio::time::timeout(PATIENCE, reading).await.ok()?;
    let line = std::str::from_utf8(&head).ok()?.lines().next()?.to_owned();
    let mut words = line.split(' ');
    let (method, target) = (words.next()?, words.next()?);
    (method == "GET" && target.starts_with('/') && !target.starts_with("//"))
        .then(|| target.to_owned())
}

fn page(status: u16, sentence: &str) -> String {
    let style =
        "body{font:1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:4rem auto;padding:0 1rem}";
    let body = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=color-scheme content=\"light dark\"><meta name=viewport content=\"width=device-width\"><title>kubectl connection</title><style>{style}</style><main><h1>kubectl connection</h1><p>{sentence}</main>"
    );
    format!(
        "HTTP/1.1 {status} {}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nContent-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n{body}",
        if status == 200 { "OK" } else { "Bad Request" },
        body.len()
    )
}
