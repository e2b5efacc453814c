//! The page's own HTTP server: a small head, a short patience, and not too many at once.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::web::consent::Consent;
use crate::web::consent::config::ConsentPageConfig;
use crate::web::consent::cookie_cipher::CookieSealer;
use crate::web::consent::dispatch::answer;
use crate::web::consent::session_key;

/// The most bytes of a request's head.
const LARGEST_HEAD: usize = 16 * 1024;

/// How long a request's head may take to arrive, and how long a connection may be idle.
const HEAD_PATIENCE: Duration = Duration::from_secs(10);

/// The most connections at once.
const CONNECTIONS: usize = 1024;

/// How long answers that have begun may take when the operator stops.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// How long to wait when the operating system has no connection to give.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves the page until `stop`; where there is none, waits for it.
///
/// # Errors
///
/// Returns an error when the address cannot be listened on.
pub async fn serve(setup: Option<ConsentPageConfig>, stop: CancellationToken) -> io::Result<()> {
    let Some(setup) = setup else {
        stop.cancelled().await;
        return Ok(());
    };
    let listener = TcpListener::bind(setup.address).await?;
    let key = tokio::select! {
        key = session_key::get(&setup.client, &setup.key) => key,
        () = stop.cancelled() => return Ok(()),
    };
    let sealer = CookieSealer::new(&key).map_err(io::Error::other)?;
    let consent = Arc::new(Consent::new(&setup, sealer));
    let consent_bind_address = listener.local_addr()?;
    tracing::info!(%consent_bind_address, url = %setup.public_url, "serving the consent page");
    let graceful = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let seated = async {
            let seat = Arc::clone(&room).acquire_owned().await;
            (seat, listener.accept().await)
        };
        let (seat, accepted) = tokio::select! {
            seated = seated => seated,
            () = stop.cancelled() => break,
        };
        let Ok((stream, peer)) = accepted else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let consent = Arc::clone(&consent);
        let service = service_fn(move |request| {
            let consent = Arc::clone(&consent);
            async move { Ok::<_, Infallible>(answer(&consent, peer.ip(), request).await) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_PATIENCE)
            .max_buf_size(LARGEST_HEAD)
            .serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // A connection that breaks is the browser's affair.
            let _ = connection.await;
            drop(seat);
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(LAST_WORDS, graceful.shutdown()).await;
    Ok(())
}
