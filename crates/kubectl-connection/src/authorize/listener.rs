//! Receives one redirect on a loopback port (RFC 8252 section 7.3).

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

/// The limit of a request head, bytes.
const MAX_HEAD: usize = 16 * 1024;

/// The time limit to receive a request head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// The delay after a failed `accept`, for example without free file descriptors.
const ACCEPT_BACKOFF: Duration = Duration::from_millis(100);

/// The limit of concurrent connections.
const MAX_CONNECTIONS: usize = 64;

/// Listens on the first free port, and returns the port too.
pub(super) async fn listen() -> Result<(TcpListener, u16), CliError> {
    for port in LOOPBACK_PORTS {
        // Not `localhost`, which may resolve to another interface (RFC 8252 section 8.3).
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)).await {
            return Ok((listener, port));
        }
    }
    let [first, second] = LOOPBACK_PORTS;
    Err(CliError::Cannot(format!(
        "ports {first} and {second} of 127.0.0.1 are in use: free a port, or use --paste"
    )))
}

/// Waits for the response to the request with this `state`, and rejects all others. Serves
/// connections concurrently, because browsers open idle ones.
pub(super) async fn receive(listener: &TcpListener, redirect_uri: &Url, state: &str) -> Callback {
    let expected = Arc::new((redirect_uri.clone(), state.to_owned()));
    // One response ends the wait, so further ones need no room.
    let (sender, mut callbacks) = mpsc::channel(1);
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            // `serve` has sent its page by then, so dropping the set aborts only other connections.
            Some(callback) = callbacks.recv() => return callback,
            // At the limit, further connections wait in the backlog of the socket.
            accepted = listener.accept(), if connections.len() < MAX_CONNECTIONS => match accepted {
                Ok((stream, _)) => {
                    let (expected, sender) = (Arc::clone(&expected), sender.clone());
                    connections.spawn(async move {
                        if let Some(callback) = serve(stream, &expected.0, &expected.1).await {
                            // Ignore: the first response wins.
                            let _ = sender.try_send(callback);
                        }
                    });
                }
                Err(_) => tokio::time::sleep(ACCEPT_BACKOFF).await,
            },
            // Without this branch, finished connections would count towards the limit.
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Serves a connection. Returns the authorization response if the request has it.
async fn serve(mut stream: TcpStream, redirect_uri: &Url, state: &str) -> Option<Callback> {
    let url = target(&mut stream).await.and_then(|target| redirect_uri.join(&target).ok());
    let callback = url.map(|url| callback::parse(&url, redirect_uri, state));
    let response = match &callback {
        Some(Ok(_)) => page::accepted(),
        Some(Err(error)) => page::rejected(Some(error)),
        None => page::rejected(None),
    };
    // Ignore: the browser may have closed the connection, and the response counts anyway.
    let _ = stream.write_all(response.as_bytes()).await;
    let _ = stream.shutdown().await;
    callback?.ok()
}

/// Reads the target of a GET request.
async fn target(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    // Reads the whole head: a socket that is closed with unread input resets the connection.
    let reading = async {
        let mut chunk = [0; 1024];
        while !head.windows(4).any(|window| window == b"\r\n\r\n") && head.len() < MAX_HEAD {
            match stream.read(&mut chunk).await {
                Ok(count) if count > 0 => head.extend_from_slice(&chunk[..count]),
                _ => break,
            }
        }
    };
    tokio::time::timeout(HEAD_TIMEOUT, reading).await.ok()?;
    let line = std::str::from_utf8(&head).ok()?.lines().next()?.to_owned();
    let mut words = line.split(' ');
    let (method, target) = (words.next()?, words.next()?);
    // `join` would read a target that starts with `//` as another host.
    (method == "GET" && target.starts_with('/') && !target.starts_with("//"))
        .then(|| target.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_idle_connection_does_not_block_others() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let redirect = Url::parse(&format!("http://{address}/callback/ns/mail")).unwrap();
        let idle = TcpStream::connect(address).await.unwrap();
        let requesting = async {
            let mut stream = TcpStream::connect(address).await.unwrap();
            let request = "GET /callback/ns/mail?code=c&state=s HTTP/1.1\r\n\r\n";
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut response = String::new();
            stream.read_to_string(&mut response).await.unwrap();
            response
        };
        let both = async { tokio::join!(receive(&listener, &redirect, "s"), requesting) };
        let (callback, response) = tokio::time::timeout(HEAD_TIMEOUT / 2, both).await.unwrap();
        assert_eq!(callback.values.len(), 1);
        assert!(response.starts_with("HTTP/1.1 200 OK"), "{response}");
        drop(idle);
    }
}
