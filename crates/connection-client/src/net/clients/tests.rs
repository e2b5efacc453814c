use super::*;
use crate::net::host_pattern::HostPattern;

fn with_proxy(address: &str) -> Transport {
    let proxy = ProxyServer::new(address, None, None, "").unwrap();
    Transport { proxy: Some(proxy), ..Transport::default() }
}

#[test]
fn a_proxy_with_a_private_address_is_denied_for_all_schemes() {
    let egress_policy = EgressPolicy {
        hosts: HostPattern::parse_list("login.example.com"),
        ..EgressPolicy::default()
    };
    let clients = HttpClients::new(egress_policy, false);
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
            let transport = with_proxy(&format!("{scheme}://{host}:1080"));
            assert_eq!(clients.check(&endpoint, &transport), expected, "{scheme} {host}");
        }
    }
}

#[test]
fn equal_transports_share_a_client() {
    let clients = HttpClients::new(EgressPolicy::default(), false);
    let (direct, proxied) = (Transport::default(), with_proxy("http://proxy:3128"));
    let first = clients.get(&direct).unwrap();
    assert!(!Arc::ptr_eq(&first, &clients.get(&proxied).unwrap()));
    assert!(Arc::ptr_eq(&first, &clients.get(&direct).unwrap()));
}

#[test]
fn an_idle_client_is_dropped() {
    let idle_limit = Duration::ZERO;
    let clients = HttpClients { idle_limit, ..HttpClients::new(EgressPolicy::default(), false) };
    let idle = Arc::downgrade(&clients.get(&Transport::default()).unwrap());
    assert!(idle.upgrade().is_some());
    clients.get(&with_proxy("http://proxy:3128")).unwrap();
    assert!(idle.upgrade().is_none());
}
