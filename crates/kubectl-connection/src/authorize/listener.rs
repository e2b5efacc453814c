//! Receives one redirect on this machine (RFC 8252 section 7.3).

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use url::Url;

use crate::authorize::callback::{self, Callback};
use crate::authorize::page;
use crate::error::CliError;
use connection_core::connection::consent_page::LOOPBACK_PORTS;

/// The longest request head that is read, bytes.
const LONGEST_HEAD: usize = 16 * 1024;

/// How long one connection may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long to wait when the operating system has no connection to give.
const PAUSE: Duration = Duration::from_millis(100);

/// The most connections at once.
const CONNECTIONS: usize = 64;

/// Listens on the first port that is free; returns the port too.
pub(super) async fn listen() -> Result<(TcpListener, u16), CliError> {
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

/// Waits for the answer to the request with this `state`; whatever else comes is turned away. Each
/// connection is served by itself: browsers open some that they never use.
pub(super) async fn receive(listener: &TcpListener, redirect_uri: &Url, state: &str) -> Callback {
    let awaited = Arc::new((redirect_uri.clone(), state.to_owned()));
    let (sender, mut answers) = mpsc::channel(1);
    let mut serving = JoinSet::new();
    loop {
        tokio::select! {
            Some(received) = answers.recv() => return received,
            accepted = listener.accept(), if serving.len() < CONNECTIONS => match accepted {
                Ok((stream, _)) => {
                    let (awaited, sender) = (Arc::clone(&awaited), sender.clone());
                    serving.spawn(async move {
                        if let Some(received) = serve(stream, &awaited.0, &awaited.1).await {
                            // Of two answers to one question the first one counts.
                            let _ = sender.try_send(received);
                        }
                    });
                }
                Err(_) => tokio::time::sleep(PAUSE).await,
            },
            Some(_) = serving.join_next() => {}
        }
    }
}

/// Answers one connection; returns what it brought, where that is what is waited for.
async fn serve(mut stream: TcpStream, redirect_uri: &Url, state: &str) -> Option<Callback> {
    let address = target(&mut stream).await.and_then(|target| redirect_uri.join(&target).ok());
    let read = address.map(|address| callback::read(&address, redirect_uri, state));
    let answer = match &read {
        Some(Ok(_)) => page::received(),
        Some(Err(error)) => page::refused(Some(error)),
        None => page::refused(None),
    };
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
    read?.ok()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_connection_that_says_nothing_keeps_nobody_waiting() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let redirect = Url::parse(&format!("http://{address}/callback/ns/mail")).unwrap();
        let silent = TcpStream::connect(address).await.unwrap();
        let asking = async {
            let mut stream = TcpStream::connect(address).await.unwrap();
            let request = "GET /callback/ns/mail?code=c&state=s HTTP/1.1\r\n\r\n";
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            answer
        };
        let both = async { tokio::join!(receive(&listener, &redirect, "s"), asking) };
        let (received, answer) = tokio::time::timeout(PATIENCE / 2, both).await.unwrap();
        assert_eq!(received.values.len(), 1);
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
        drop(silent);
    }
}
