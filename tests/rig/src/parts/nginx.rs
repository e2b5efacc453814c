//! nginx with TLS in front of servers that speak HTTP.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::Path;

use crate::parts::authority::Pair;
use crate::parts::daemon;
use crate::process::{Process, Program};
use crate::scratch::Scratch;

/// What ingress controllers forward about the client.
const FORWARDED: &str = "proxy_set_header Host $http_host;
proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
proxy_set_header X-Forwarded-Host $http_host;
proxy_set_header X-Forwarded-Proto $scheme;";

/// The icon that browsers ask for by themselves takes no replica's turn.
const ICON: &str = "location = /favicon.ico { return 404; }";

const REMEDY: &str = "install nginx (Debian: nginx-light)";

/// One server of an nginx.
#[derive(Clone, Debug)]
pub struct Site {
    /// Its certificate and key.
    pub identity: Pair,
    /// The authorities (PEM) of the client certificates that it demands; none demanded if there
    /// are none.
    pub client_authorities: Option<String>,
    /// As `ssl_protocols` has it.
    pub protocols: &'static str,
    /// Where requests go on to, one after the other in turn.
    pub upstreams: Vec<SocketAddr>,
    /// Whether the upstream hears of the client and of the URL that it asked for, as ingress
    /// controllers forward it.
    pub forwards: bool,
}

impl Site {
    /// A server that demands no client certificate.
    #[must_use]
    pub fn new(identity: Pair, upstream: SocketAddr) -> Self {
        Self::before(identity, vec![upstream])
    }

    /// An ingress in front of replicas: requests (but for `/favicon.ico`) go to each in turn, with the `Host` that the client
    /// named and the `X-Forwarded-` headers.
    #[must_use]
    pub fn ingress(identity: Pair, replicas: &[SocketAddr]) -> Self {
        Self { forwards: true, ..Self::before(identity, replicas.to_vec()) }
    }

    fn before(identity: Pair, upstreams: Vec<SocketAddr>) -> Self {
        let protocols = "TLSv1.2 TLSv1.3";
        Self { identity, client_authorities: None, protocols, upstreams, forwards: false }
    }

    /// Demands a client certificate of this authority.
    #[must_use]
    pub fn demanding(mut self, authority: &str) -> Self {
        self.client_authorities = Some(authority.to_owned());
        self
    }

    /// Speaks these versions alone.
    #[must_use]
    pub fn speaking(mut self, protocols: &'static str) -> Self {
        self.protocols = protocols;
        self
    }
}

/// One request, as nginx saw it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Access {
    /// The port of the site.
    pub port: u16,
    /// Number of the TCP connection.
    pub connection: u64,
    /// HTTP status of the answer.
    pub status: u16,
    /// Version of TLS.
    pub protocol: String,
    /// Serial number of the client certificate in upper-case hexadecimal digits; `-` without one.
    pub serial: String,
    /// `SUCCESS`, `NONE`, or `FAILED:` with nginx's reason.
    pub verdict: String,
    /// If it went on to; `-` where nowhere, several if one did not answer.
    pub upstream: String,
    /// Path and query as the client sent them.
    pub uri: String,
}

/// A running nginx. Dropping it ends it.
#[derive(Debug)]
pub struct Nginx {
    _process: Process,
    ports: Vec<u16>,
    folder: Scratch,
}

impl Nginx {
    /// Starts one with these sites and waits until it listens.
    ///
    /// # Errors
    /// Where nginx is missing or does not start, with what it wrote.
    pub fn start(sites: &[Site]) -> io::Result<Self> {
        let path = daemon::find("nginx", REMEDY)?;
        let folder = Scratch::new("rig-nginx-")?;
        let (process, ports) = daemon::start(sites.len(), |ports| {
            fs::write(folder.path().join("nginx.conf"), configuration(&folder, sites, ports)?)?;
            let args = ["-p", &folder.file(""), "-c", &folder.file("nginx.conf")];
            Ok(Program {
                path: path.clone(),
                args: args.map(str::to_owned).to_vec(),
                env: Vec::new(),
                log: folder.path().join("nginx.log"),
            })
        })?;
        Ok(Self { _process: process, ports, folder })
    }

    /// The port of a site, by its place in the list that was started.
    #[must_use]
    pub fn port(&self, site: usize) -> u16 {
        self.ports[site]
    }

    /// The URL of a path at a site.
    #[must_use]
    pub fn url(&self, site: usize, path: &str) -> String {
        format!("https://127.0.0.1:{}{path}", self.port(site))
    }

    /// A token endpoint at a site.
    #[must_use]
    pub fn token_endpoint(&self, site: usize) -> String {
        self.url(site, "/token")
    }

    /// The requests to a site, oldest first.
    #[must_use]
    pub fn requests(&self, site: usize) -> Vec<Access> {
        let log = fs::read_to_string(self.folder.path().join("access.log")).unwrap_or_default();
        let all = log.lines().filter_map(access);
        all.filter(|item| item.port == self.port(site)).collect()
    }
}

fn access(line: &str) -> Option<Access> {
    let mut words = line.split('\t');
    Some(Access {
        port: words.next()?.parse().ok()?,
        connection: words.next()?.parse().ok()?,
        status: words.next()?.parse().ok()?,
        protocol: words.next()?.to_owned(),
        serial: words.next()?.to_owned(),
        verdict: words.next()?.to_owned(),
        upstream: words.next()?.to_owned(),
        uri: words.next()?.to_owned(),
    })
}

/// One process that stays who it is, so that it can read a folder of this user's alone.
fn configuration(folder: &Scratch, sites: &[Site], ports: &[u16]) -> io::Result<String> {
    let mut text = String::from(
        "daemon off; master_process off; pid nginx.pid; error_log error.log info;
events { worker_connections 512; }
http {
log_format facts '$server_port\t$connection\t$status\t$ssl_protocol\t$ssl_client_serial\t$ssl_client_verify\t$upstream_addr\t$request_uri';
access_log access.log facts;
client_body_temp_path tmp1; proxy_temp_path tmp2; fastcgi_temp_path tmp3; uwsgi_temp_path tmp4; scgi_temp_path tmp5;
",
    );
    for (index, (site, port)) in sites.iter().zip(ports).enumerate() {
        let file = |name: &str, contents: &str| save(folder.path(), index, name, contents);
        let certificate = file("crt", &site.identity.certificate)?;
        let key = file("key", &site.identity.key)?;
        let demand = match &site.client_authorities {
            None => String::new(),
            Some(authorities) => {
                let authorities = file("ca", authorities)?;
                format!("ssl_verify_client on; ssl_client_certificate {authorities};")
            }
        };
        let upstreams = site.upstreams.iter().map(|upstream| format!("server {upstream};"));
        let upstreams = upstreams.collect::<Vec<_>>().concat();
        let (forwarded, icon) = if site.forwards { (FORWARDED, ICON) } else { ("", "") };
        // The lowest security level, so that versions which are not safe can be spoken at all.
        let _ = writeln!(
            text,
            "upstream site{index} {{ {upstreams} }}
server {{ listen 127.0.0.1:{port} ssl;
ssl_certificate {certificate}; ssl_certificate_key {key}; {demand}
ssl_protocols {}; ssl_ciphers ALL:@SECLEVEL=0;
{icon} location / {{ {forwarded} proxy_pass http://site{index}; }} }}",
            site.protocols
        );
    }
    text.push_str("}\n");
    Ok(text)
}

fn save(folder: &Path, index: usize, name: &str, contents: &str) -> io::Result<String> {
    let path = folder.join(format!("{index}.{name}"));
    fs::write(&path, contents)?;
    Ok(path.to_string_lossy().into_owned())
}
