use super::*;
use crate::net::host_pattern::HostPattern;

fn by_proxy(address: &str) -> Transport {
    let proxy = ProxyServer::new(address, None, None, "").unwrap();
    Transport { proxy: Some(proxy), ..Transport::default() }
}

#[test]
fn a_proxy_at_an_inner_address_is_refused_whatever_its_scheme() {
    let guard =
        EgressPolicy { hosts: HostPattern::list("login.example.com"), ..EgressPolicy::default() };
    let clients = HttpClients::new(guard, false);
    let endpoint = Url::parse("https://login.example.com/token").unwrap();
    for scheme in ["http", "https", "socks5", "socks5h"] {
        for (host, expected) in [
            ("10.0.0.1", Err(EgressDenied)),
            ("127.0.0.1", Err(EgressDenied)),
            ("[::1]", Err(EgressDenied)),
            ("[::ffff:169.254.169.254]", Err(EgressDenied)),
            ("1.1.1.1", Ok(())),
            ("[2606:4700::1111]", Ok(())),
            ("proxy.example.com", Ok(())),
        ] {
            let transport = by_proxy(&format!("{scheme}://{host}:1080"));
            assert_eq!(clients.check(&endpoint, &transport), expected, "{scheme} {host}");
        }
    }
}

#[test]
fn those_that_travel_alike_share_a_client() {
    let clients = HttpClients::new(EgressPolicy::default(), false);
    let (direct, proxied) = (Transport::default(), by_proxy("http://proxy:3128"));
    let first = clients.get(&direct).unwrap();
    assert!(!Arc::ptr_eq(&first, &clients.get(&proxied).unwrap()));
    assert!(Arc::ptr_eq(&first, &clients.get(&direct).unwrap()));
}

#[test]
fn a_client_that_nobody_asks_for_is_dropped() {
    let idle_limit = Duration::ZERO;
    let clients = HttpClients { idle_limit, ..HttpClients::new(EgressPolicy::default(), false) };
    let idle = Arc::downgrade(&clients.get(&Transport::default()).unwrap());
    assert!(idle.upgrade().is_some());
    clients.get(&by_proxy("http://proxy:3128")).unwrap();
    assert!(idle.upgrade().is_none());
}
