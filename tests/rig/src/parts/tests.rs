//! The real programs start, and their logs show what they did.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::browser::Browser;
use crate::parts::Login;
use crate::parts::authority::Authority;
use crate::parts::microsocks::Microsocks;
use crate::parts::nginx::{Nginx, Site};
use crate::parts::relay::Relay;
use crate::parts::squid::Squid;
use crate::simulator::Simulator;
use crate::simulator::behavior::Behavior;

/// Says something to a server until it closes; returns the answer.
fn say(port: u16, words: &[u8]) -> String {
    converse(port, &[(words, 0)])
}

/// Says one thing after the other, each after so many bytes of answer to the one before; returns
/// what comes after the last.
fn converse(port: u16, words: &[(&[u8], usize)]) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
    for (words, answered) in words {
        stream.read_exact(&mut vec![0; *answered]).expect("an answer");
        stream.write_all(words).expect("it listens");
    }
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

fn request(target: SocketAddr, login: &str) -> Vec<u8> {
    let authorization = format!("Proxy-Authorization: Basic {}\r\n", STANDARD.encode(login));
    let request = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{authorization}\r\n{request}").into()
}

#[test]
fn squid_forwards_only_for_authenticated_clients() {
    let simulator = Simulator::start().expect("a simulator");
    let squid = Squid::start(Some(&Login::new("user", "right pass%word"))).expect("squid");
    let refused = say(squid.port(), &request(simulator.address(), "user:wrong"));
    assert!(refused.starts_with("HTTP/1.1 407"), "{refused}");
    let passed = say(squid.port(), &request(simulator.address(), "user:right pass%word"));
    assert!(passed.starts_with("HTTP/1.1 200"), "{passed}");
    let log = squid.requests();
    assert!(log.iter().any(|line| line.starts_with("407 CONNECT ")), "{log:?}");
    let line = format!("200 CONNECT {} user", simulator.address());
    assert!(log.contains(&line), "{log:?}");
}

#[test]
fn microsocks_logs_its_destinations() {
    let simulator = Simulator::start().expect("a simulator");
    let relay = Relay::plain(simulator.address()).expect("a relay");
    let socks = Microsocks::start(None).expect("microsocks");
    let port = relay.address().port().to_be_bytes();
    let target = [&[5, 1, 0, 3, 9], b"localhost".as_slice(), &port].concat();
    let request = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let answer = converse(socks.port(), &[(&[5, 1, 0], 0), (&target, 2), (request, 10)]);
    assert!(answer.contains("HTTP/1.1 "), "{answer}");
    assert_eq!(relay.count(), 1);
    let connections = socks.connections();
    assert!(connections[0].contains(&format!("localhost:{}", relay.address().port())));
}

#[tokio::test]
async fn an_ingress_balances_requests_across_replicas() {
    let page = |name: &str| {
        let simulator = Simulator::start().expect("a simulator");
        let cookie = format!("__Host-{name}=1; Secure; HttpOnly; Path=/; SameSite=Lax");
        simulator.otherwise(Behavior::html(200, name).header("set-cookie", &cookie));
        simulator
    };
    let replicas = [page("one"), page("two")];
    let addresses = replicas.each_ref().map(Simulator::address);
    let authority = Authority::new("an authority").expect("an authority");
    let identity = authority.server(&["127.0.0.1"]).expect("a certificate");
    let nginx = Nginx::start(&[Site::ingress(identity, &addresses)]).expect("nginx");
    let browser = Browser::start().await.expect("a browser");
    for (path, name) in [("/a?b=c", "one"), ("/a", "two"), ("/a", "one")] {
        browser.open(&nginx.url(0, path)).await.expect("a page");
        assert_eq!(browser.text().await.expect("a text"), name);
    }
    assert_eq!(browser.cookies().await.expect("cookies").len(), 2, "TLS is the browser's view");
    let seen = nginx.requests(0);
    assert_eq!((seen[0].uri.as_str(), &seen[0].upstream), ("/a?b=c", &addresses[0].to_string()));
}

#[tokio::test]
async fn an_ingress_forwards_the_requested_url() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let heard = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut octets = [0; 4096];
        let length = stream.read(&mut octets).expect("a request");
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        String::from_utf8_lossy(&octets[..length]).into_owned()
    });
    let authority = Authority::new("an authority").expect("an authority");
    let identity = authority.server(&["127.0.0.1"]).expect("a certificate");
    let nginx = Nginx::start(&[Site::ingress(identity, &[address])]).expect("nginx");
    let browser = Browser::start().await.expect("a browser");
    let host = format!("operator.localhost:{}", nginx.port(0));
    browser.open(&format!("https://{host}/callback")).await.expect("a page");
    let heard = heard.join().expect("a request");
    for line in [format!("Host: {host}"), "X-Forwarded-Proto: https".to_owned()] {
        assert!(heard.contains(&line), "{line} in {heard}");
    }
}

#[test]
fn nginx_starts_with_every_type_of_site() {
    let simulator = Simulator::start().expect("a simulator");
    let authority = Authority::new("an authority").expect("an authority");
    let identity = authority.server(&["127.0.0.1"]).expect("a certificate");
    let site = Site::new(identity, simulator.address());
    let sites = [
        site.clone(),
        site.clone().demanding(&authority.pair.certificate),
        site.speaking("TLSv1.1"),
    ];
    let nginx = Nginx::start(&sites).expect("nginx");
    let answer = say(nginx.port(0), b"GET / HTTP/1.0\r\n\r\n");
    assert!(answer.contains("plain HTTP request was sent to HTTPS port"), "{answer}");
    assert_eq!(nginx.requests(0).len(), 1);
    assert_eq!(nginx.requests(1), []);
}
