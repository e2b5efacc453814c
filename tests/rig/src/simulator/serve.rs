//! Connections and HTTP.

use std::io;
use std::sync::Arc;

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, USER_AGENT};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::simulator::behavior::Pace;
use crate::simulator::body::Body;
use crate::simulator::ledger::{Outcome, TokenRequest};
use crate::simulator::server::State;
use crate::simulator::{answer, clock};

/// Takes connections until the runtime ends.
pub(super) async fn accept(listener: TcpListener, tls: Option<TlsAcceptor>, state: Arc<State>) {
    loop {
        // A connection that was gone before it was taken is the client's affair.
        let Ok((stream, _)) = listener.accept().await else { continue };
        // Small answers go out at once; without it a drip would be collected.
        let _ = stream.set_nodelay(true);
        let (tls, state) = (tls.clone(), Arc::clone(&state));
        tokio::spawn(async move {
            match tls {
                None => connection(stream, state).await,
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        connection(stream, state).await;
                    }
                }
            }
        });
    }
}

async fn connection(stream: impl AsyncRead + AsyncWrite + Unpin, state: Arc<State>) {
    let service = service_fn(move |request| respond(request, Arc::clone(&state)));
    // Errors are the faults that were asked for, or a client that went away.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

/// Answers one request; an error closes the connection without an answer.
async fn respond(request: Request<Incoming>, state: Arc<State>) -> io::Result<Response<Body>> {
    let request = read_request(request).await?;
    // Held until the response is sent, so that concurrent requests of the same family are detected.
    let (behavior, outcome, _flight) = answer::decide(&state, &request);
    state.record(TokenRequest { outcome, ..request });
    if !behavior.delay.is_zero() {
        tokio::time::sleep(behavior.delay).await;
    }
    if let Some(gate) = &behavior.gate {
        gate.opened().await;
    }
    if matches!(behavior.pace, Pace::CloseBeforeHeaders) {
        return Err(io::Error::from(io::ErrorKind::ConnectionReset));
    }
    answer::response(behavior, state.clock_offset())
}

async fn read_request(request: Request<Incoming>) -> io::Result<TokenRequest> {
    let (head, body) = request.into_parts();
    let header = |name: HeaderName| {
        head.headers.get(name).and_then(|value| value.to_str().ok()).map(Box::from)
    };
    let authorization = header(AUTHORIZATION);
    let content_type = header(CONTENT_TYPE);
    let user_agent = header(USER_AGENT);
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    Ok(TokenRequest {
        received: clock::now(),
        method: head.method.as_str().into(),
        path: head.uri.path().into(),
        query: head.uri.query().unwrap_or_default().into(),
        authorization,
        content_type,
        user_agent,
        body: body.as_ref().into(),
        outcome: Outcome::Pending,
    })
}
