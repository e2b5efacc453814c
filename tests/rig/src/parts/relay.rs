//! A relay that counts connections: plain, or with TLS towards the client. Its certificate can
//! change while it runs, and it sends real TLS alerts to clients whose certificate it does not take.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::RootCertStore;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use tokio::io::{AsyncRead, AsyncWrite, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio_rustls::TlsAcceptor;

use crate::parts::authority::Pair;

/// A running relay on 127.0.0.1. It ends when this is dropped.
pub struct Relay {
    state: Arc<State>,
    address: SocketAddr,
    runtime: Option<Runtime>,
}

struct State {
    /// Where connections go on to; to nowhere if there is none.
    target: Option<SocketAddr>,
    tls: Mutex<Option<TlsAcceptor>>,
    count: AtomicUsize,
}

impl Relay {
    /// Counts connections and passes them on as they are.
    ///
    /// # Errors
    /// If the system gives no port or thread.
    pub fn plain(target: SocketAddr) -> io::Result<Self> {
        Self::start(Some(target), None)
    }

    /// Counts connections and closes them.
    ///
    /// # Errors
    /// If the system gives no port or thread.
    pub fn closing() -> io::Result<Self> {
        Self::start(None, None)
    }

    /// Takes TLS off, and passes on what is inside. Clients must show a certificate of the authority
    /// (PEM) if there is one.
    ///
    /// # Errors
    /// If the system gives no port or thread, or a certificate cannot be used.
    pub fn tls(
        target: SocketAddr,
        identity: &Pair,
        client_authority: Option<&str>,
    ) -> io::Result<Self> {
        Self::start(Some(target), Some(acceptor(identity, client_authority)?))
    }

    /// Shows another certificate from the next connection on.
    ///
    /// # Errors
    /// If it cannot be used.
    pub fn show(&self, identity: &Pair) -> io::Result<()> {
        let acceptor = acceptor(identity, None)?;
        *self.state.tls.lock().unwrap_or_else(PoisonError::into_inner) = Some(acceptor);
        Ok(())
    }

    /// If it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections were made to it.
    #[must_use]
    pub fn count(&self) -> usize {
        self.state.count.load(Ordering::SeqCst)
    }

    fn start(target: Option<SocketAddr>, tls: Option<TlsAcceptor>) -> io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("relay")
            .enable_all()
            .build()?;
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let state = State { target, tls: Mutex::new(tls), count: AtomicUsize::new(0) };
        let state = Arc::new(state);
        let listener = {
            let _inside = runtime.enter();
            TcpListener::from_std(listener)?
        };
        runtime.spawn(accept(listener, Arc::clone(&state)));
        Ok(Self { state, address, runtime: Some(runtime) })
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    loop {
        // A connection that was gone before it was taken is the client's affair.
        let Ok((stream, _)) = listener.accept().await else { continue };
        state.count.fetch_add(1, Ordering::SeqCst);
        let tls = state.tls.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(target) = state.target else { continue };
        tokio::spawn(async move {
            // What fails is what was asked for, or a client that went away.
            let _ = match tls {
                None => pass_on(stream, target).await,
                Some(tls) => match tls.accept(stream).await {
                    Ok(stream) => pass_on(stream, target).await,
                    Err(error) => Err(error),
                },
            };
        });
    }
}

async fn pass_on(mut from: impl AsyncRead + AsyncWrite + Unpin, to: SocketAddr) -> io::Result<()> {
    let mut to = TcpStream::connect(to).await?;
    copy_bidirectional(&mut from, &mut to).await.map(|_| ())
}

fn acceptor(identity: &Pair, client_authority: Option<&str>) -> io::Result<TlsAcceptor> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?;
    let builder = match client_authority {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(certificate(authority)?).map_err(io::Error::other)?;
            let verifier =
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
            builder.with_client_cert_verifier(verifier.map_err(io::Error::other)?)
        }
    };
    let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes()).map_err(io::Error::other)?;
    let chain = vec![certificate(&identity.certificate)?];
    let config = builder.with_single_cert(chain, key).map_err(io::Error::other)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn certificate(pem: &str) -> io::Result<CertificateDer<'static>> {
    CertificateDer::from_pem_slice(pem.as_bytes()).map_err(io::Error::other)
}
