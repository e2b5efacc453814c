//! The header fields of every answer, and what is no page at all.

use crate::web::client::{FORM, Page};
use crate::web::site::Site;

/// What every answer has.
const EVERY: [(&str, &str); 6] = [
    ("cache-control", "no-store"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("cross-origin-opener-policy", "same-origin"),
    ("strict-transport-security", "max-age=31536000"),
];

fn assert_headers(page: &Page) {
    for (name, value) in EVERY {
        assert_eq!(page.answer.header(name), Some(value), "{name} of {}", page.html);
    }
    let policy = page.answer.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    assert!(policy.ends_with("form-action 'self'; frame-ancestors 'none'; base-uri 'none'"));
    let allows = |name: &str| name.starts_with("access-control-");
    assert!(!page.answer.headers.iter().any(|(name, _)| allows(name)), "no CORS");
    for (_, cookie) in page.answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
        let safe = cookie.starts_with("__Host-") || cookie.starts_with("__Secure-");
        assert!(safe && cookie.ends_with("; Secure; HttpOnly; SameSite=Lax"), "{cookie}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_response_forbids_what_the_page_does_not_need() {
    let site = Site::open("headers").await;
    site.connection("mail").await;
    let (visitor, link) = (site.visitor(), site.link("mail").await);
    let origin = ("Origin", "https://evil.example.com");
    let first = visitor.ask("GET", &link, &[origin], "");
    let leaving = visitor.press(&first);
    let back = site.consent(&leaving);
    let callback = visitor.get(&back);
    let done = visitor.get(callback.location());
    done.demand(200, "mail is authorized");
    for page in [&first, &leaving, &callback, &done] {
        assert_headers(page);
    }
    let path = site.path("authorize", "mail");
    for (method, path, status) in [
        ("GET", "/", 404),
        ("GET", "/oauth", 404),
        ("GET", "/oauth/authorize/UPPER/mail", 404),
        ("GET", "/healthz", 404),
        ("GET", "/metrics", 404),
        ("GET", path.trim_start_matches("/oauth"), 404),
        ("OPTIONS", path.as_str(), 405),
        ("DELETE", path.as_str(), 405),
        ("POST", &site.path("callback", "mail"), 405),
        ("POST", path.as_str(), 400),
    ] {
        let page = visitor.ask(method, path, &[origin], "");
        assert_eq!(page.status, status, "{method} {path}");
        assert_headers(&page);
        let allow = page.answer.header("allow");
        assert_eq!(allow.is_some_and(|allow| allow.starts_with("GET, HEAD")), status == 405);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_redirect_uri_ignores_the_forwarded_host() {
    let site = Site::open("host").await;
    site.connection("mail").await;
    let (visitor, link) = (site.visitor(), site.link("mail").await);
    let page = visitor.get(&link);
    let form = ["ticket", "csrf"].map(|name| (name, page.field(name)));
    let form = crate::web::client::form_urlencoded(&form);
    let headers = [
        FORM,
        ("X-Forwarded-Host", "evil.example.com"),
        ("X-Forwarded-Proto", "http"),
        ("X-Forwarded-Prefix", "/evil"),
        ("Forwarded", "host=evil.example.com;proto=http"),
    ];
    let leaving = visitor.ask("POST", &site.path("authorize", "mail"), &headers, &form);
    assert!(!leaving.html.contains("evil"), "{}", leaving.html);
    let uri = url::Url::parse(&leaving.onward()).unwrap();
    let sent = uri.query_pairs().find(|pair| pair.0 == "redirect_uri").unwrap().1;
    assert_eq!(sent, site.redirect_uri("mail"));
    let callback = visitor.ask("GET", &site.consent(&leaving), &headers[1..], "");
    assert_eq!(callback.location(), format!("{}/done", site.path("authorize", "mail")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_too_large_is_rejected() {
    let site = Site::open("large").await;
    site.connection("mail").await;
    let visitor = site.visitor();
    let long = "x".repeat(20_000);
    let path = site.path("callback", "mail");
    let page = visitor.get(&format!("{path}?state={long}"));
    assert!([414, 431].contains(&page.status), "{}", page.status);
    let page = visitor.ask("GET", &path, &[("X-Long", &long)], "");
    assert_eq!(page.status, 431);
    let path = site.path("authorize", "mail");
    let page = visitor.ask("POST", &path, &[FORM], &format!("ticket={long}"));
    page.demand(413, "Request too large");
}
