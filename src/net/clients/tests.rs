use super::*;
use crate::net::host_pattern::HostPattern;

fn by_proxy(address: &str) -> Transport {
    let proxy = ProxyServer::new(address, None, None, "").unwrap();
    Transport { proxy: Some(proxy), ..Transport::default() }
}

#[test]
fn a_proxy_at_an_inner_address_is_refused_whatever_its_scheme() {
    let guard = Guard { hosts: HostPattern::list("login.example.com"), ..Guard::default() };
    let clients = HttpClients::new(guard, false);
    let endpoint = Url::parse("https://login.example.com/token").unwrap();
    for scheme in ["http", "https", "socks5", "socks5h"] {
        for (host, expected) in [
            ("10.0.0.1", Err(Blocked)),
            ("127.0.0.1", Err(Blocked)),
            ("[::1]", Err(Blocked)),
            ("[::ffff:169.254.169.254]", Err(Blocked)),
            ("1.1.1.1", Ok(())),
            ("[2606:4700::1111]", Ok(())),
            ("proxy.example.com", Ok(())),
        ] {
            let transport = by_proxy(&format!("{scheme}://{host}:1080"));
            assert_eq!(clients.check(&endpoint, &transport), expected, "{scheme} {host}");
        }
    }
}
