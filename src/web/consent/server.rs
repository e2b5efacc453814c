//! The page's HTTP server, with limits on the request head, its read time and the connections.

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

use crate::web::consent::ConsentPageState;
use crate::web::consent::config::ConsentPageConfig;
use crate::web::consent::cookie_cipher::CookieSealer;
use crate::web::consent::dispatch::dispatch;
use crate::web::consent::session_key;

/// Maximum size of a request head, bytes.
const MAX_HEAD_SIZE: usize = 16 * 1024;

/// Timeout of reading a request head, and of an idle connection.
const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(10);

/// Maximum number of open connections.
const MAX_CONNECTIONS: usize = 1024;

/// Timeout of requests in flight at shutdown.
const SHUTDOWN_GRACE_PERIOD: Duration = Duration::from_secs(5);

/// Delay after a failed accept, for example if there are no free file descriptors.
const RETRY_DELAY: Duration = Duration::from_millis(100);

/// Serves the page until `stop`; without a configuration, only waits for `stop`.
///
/// # Errors
///
/// Returns an error if the operator cannot listen on the address.
pub async fn serve(config: Option<ConsentPageConfig>, stop: CancellationToken) -> io::Result<()> {
    // A server that ends stops the operator, so wait even without a page.
    let Some(config) = config else {
        stop.cancelled().await;
        return Ok(());
    };
    // Bind before the wait for the key, so that a wrong address fails at once.
    let listener = TcpListener::bind(config.address).await?;
    // The wait for the key may be endless, so a stop must end it.
    let key = tokio::select! {
        key = session_key::get(&config.client, &config.key) => key,
        () = stop.cancelled() => return Ok(()),
    };
    let sealer = CookieSealer::new(&key).map_err(io::Error::other)?;
    let consent = Arc::new(ConsentPageState::new(&config, sealer));
    let consent_bind_address = listener.local_addr()?;
    tracing::info!(%consent_bind_address, url = %config.public_url, "serving the consent page");
    let graceful = GracefulShutdown::new();
    let permits = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let next = async {
            // Acquire before the accept, so that excess connections wait in the kernel's backlog.
            let permit = Arc::clone(&permits).acquire_owned().await;
            (permit, listener.accept().await)
        };
        let (permit, accepted) = tokio::select! {
            next = next => next,
            () = stop.cancelled() => break,
        };
        let Ok((stream, peer)) = accepted else {
            tokio::time::sleep(RETRY_DELAY).await;
            continue;
        };
        let consent = Arc::clone(&consent);
        let service = service_fn(move |request| {
            let consent = Arc::clone(&consent);
            async move { Ok::<_, Infallible>(dispatch(&consent, peer.ip(), request).await) }
        });
        let connection = http1::Builder::new()
            // hyper panics if it has a timeout and no timer.
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_READ_TIMEOUT)
            .max_buf_size(MAX_HEAD_SIZE)
            .serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // Ignore: the browser handles a broken connection.
            let _ = connection.await;
            drop(permit);
        });
    }
    // Clients must not wait in the backlog of a server that stops.
    drop(listener);
    // Ignore: the process exits, which closes the remaining connections.
    let _ = tokio::time::timeout(SHUTDOWN_GRACE_PERIOD, graceful.shutdown()).await;
    Ok(())
}
