use super::*;
use connection_core::connection::digest::Digest;
use http_body_util::BodyExt;
use proptest::prelude::*;

const HOSTILE: &str = "\"><script>alert(1)</script><img src=x onerror='y'>&amp;";

fn place() -> ConnectionKey {
    ConnectionKey::parse("team", "mail").unwrap()
}

fn text(response: Response) -> String {
    let collected = futures::executor::block_on(response.into_body().collect()).unwrap();
    String::from_utf8(collected.to_bytes().to_vec()).unwrap()
}

fn authorize(text: &str) -> String {
    let scopes = [text.to_owned()];
    Authorize {
        style: STYLE,
        place: &place(),
        host: text,
        scopes: &scopes,
        expected: Some(text),
        requested_by: Some(sanitize(text)),
        alive: Some(text.to_owned()),
        action: text,
        ticket: text,
        csrf: text,
    }
    .render()
    .unwrap()
}

fn authorize_page() -> String {
    let scopes = ["openid".to_owned(), "mail.send".to_owned()];
    Authorize {
        style: STYLE,
        place: &place(),
        host: "login.example.com",
        scopes: &scopes,
        expected: Some("ada@example.com"),
        requested_by: Some("sam@example.com".to_owned()),
        alive: Some("A grant already exists, given by ada@example.com on 4 May 2026.".to_owned()),
        action: "/authorize/team/mail",
        ticket: "ticket",
        csrf: "csrf",
    }
    .render()
    .unwrap()
}

/// Returns the tags of a page, without the content between them.
fn tags(html: &str) -> Vec<&str> {
    let ends =
        html.split('<').skip(1).map(|part| part.split_once('>').map_or(part, |(tag, _)| tag));
    ends.map(|tag| tag.split_whitespace().next().unwrap_or_default()).collect()
}

/// Returns what a browser shows: the text without tags and styles, a line for each element.
fn visible(html: &str) -> String {
    let body = html.split_once("<body").map_or(html, |(_, body)| body);
    let texts = body.split('<').skip(1).filter_map(|part| Some(part.split_once('>')?.1.trim()));
    texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
}

/// A reviewer reads these pages as text; `cargo insta review` accepts a change.
#[test]
fn the_text_of_every_page_is_reviewed() {
    let messages = PageMessage::ALL
        .iter()
        .map(|message| (format!("{message:?}"), text(error(&(*message).into(), Some(&place())))));
    let success = |renewable| {
        let scopes = &["openid".to_owned(), "mail.send".to_owned()];
        let (account, secret) = (Some("ada@example.com".to_owned()), Some("mail-token".to_owned()));
        let page = Success { style: STYLE, place: &place(), account, scopes, secret, renewable };
        page.render().unwrap()
    };
    let (host, uri) = ("login.example.com", "https://login.example.com/authorize");
    let pages = [
        ("Authorize".to_owned(), authorize_page()),
        ("Leaving".to_owned(), Leaving { style: STYLE, host, uri }.render().unwrap()),
        ("Success".to_owned(), success(true)),
        ("Success without a refresh token".to_owned(), success(false)),
    ];
    let all = pages.into_iter().chain(messages);
    let texts: Vec<_> = all.map(|(name, html)| format!("# {name}\n{}\n", visible(&html))).collect();
    insta::assert_snapshot!("pages", texts.join("\n"));
}

#[test]
fn a_script_in_any_text_is_escaped() {
    let outcome = AuthorizationOutcome {
        ticket: Digest::from_bytes(b"t"),
        at: jiff::Timestamp::UNIX_EPOCH,
        reason: Reason::AuthorizationFailed,
        message: HOSTILE.to_owned(),
        exchanging: false,
    };
    let leaving = Leaving { style: STYLE, host: HOSTILE, uri: HOSTILE }.render().unwrap();
    let success = Success {
        style: STYLE,
        place: &place(),
        account: Some(HOSTILE.to_owned()),
        scopes: &[HOSTILE.to_owned()],
        secret: Some(HOSTILE.to_owned()),
        renewable: true,
    };
    for html in [
        authorize(HOSTILE),
        leaving,
        success.render().unwrap(),
        text(failure(&outcome, false, &place())),
        text(error(&PageMessage::NotReady.with_detail(HOSTILE), Some(&place()))),
    ] {
        let lower = html.to_lowercase();
        assert!(!lower.contains("<script") && !lower.contains("<img"), "{html}");
        assert!(html.contains("&#60;script&#62;"), "{html}");
    }
}

#[test]
fn every_page_has_the_elements_that_screen_readers_need() {
    let pages: Vec<_> = PageMessage::ALL
        .iter()
        .map(|message| text(error(&(*message).into(), Some(&place()))))
        .chain([authorize("login.example.com")])
        .collect();
    for html in pages {
        assert!(html.starts_with("<!doctype html>\n<html lang=\"en\">"), "{html}");
        for once in ["<title>", "<main>", "<h1>", "<header>", "<footer>"] {
            assert_eq!(html.matches(once).count(), 1, "{once} in {html}");
        }
        let attributes =
            html.split('<').skip(1).filter_map(|part| part.split_once('>')?.0.split_once(' '));
        for (_, attributes) in attributes {
            let inline = |name: &str| name.starts_with("style=") || name.starts_with("on");
            assert!(!attributes.split_whitespace().any(inline), "{attributes}");
        }
        assert!(!html.contains("http://") && !html.contains("https://"), "no external content");
    }
}

#[test]
fn every_failure_states_its_cause_and_its_consequence() {
    for message in PageMessage::ALL {
        assert_ne!(message.what().trim_end_matches('.'), message.title(), "{message:?}");
    }
    for (reason, alive, expected) in [
        (
            Reason::AuthorizationDenied,
            false,
            "so the provider sent no code. Nothing was stored: the Connection has no",
        ),
        (Reason::AuthorizationDenied, true, "Nothing was stored: the existing grant stays"),
        (
            Reason::AccountMismatch,
            true,
            "Consent was denied. Nothing was stored: the existing grant",
        ),
    ] {
        let outcome = AuthorizationOutcome {
            ticket: Digest::from_bytes(b"t"),
            at: jiff::Timestamp::UNIX_EPOCH,
            reason,
            message: "consent was denied".to_owned(),
            exchanging: false,
        };
        let html = text(failure(&outcome, alive, &place()));
        assert!(html.contains(expected), "{reason}: {html}");
    }
}

#[test]
fn the_page_promises_no_renewal_without_a_refresh_token() {
    let page = |renewable| {
        let (place, account, secret) = (place(), None, None);
        let style = STYLE;
        let scopes = &[];
        Success { style, place: &place, account, scopes, secret, renewable }.render().unwrap()
    };
    assert!(page(true).contains("renews the token automatically"));
    assert!(!page(false).contains("renews the token automatically"));
    assert!(page(false).contains("a user must authorize the Connection again"));
}

#[test]
fn the_command_contains_the_connection() {
    let html = text(error(&PageMessage::LinkNeeded.into(), Some(&place())));
    assert!(html.contains("kubectl connection authorize mail -n team"), "{html}");
    let html = text(error(&PageMessage::NotFound.into(), None));
    assert!(!html.contains("<pre>"), "{html}");
}

#[test]
fn an_untrusted_text_is_truncated_and_sanitized() {
    assert_eq!(sanitize("ada\u{202e}\n\u{0}\u{200b} lovelace"), "ada lovelace");
    assert_eq!(sanitize(&"x".repeat(1_000)).len(), 200);
}

#[test]
fn text_in_backticks_is_shown_as_code() {
    let outcome = AuthorizationOutcome {
        ticket: Digest::from_bytes(b"t"),
        at: jiff::Timestamp::UNIX_EPOCH,
        reason: Reason::AccountMismatch,
        message: "set `a<b` to `true`".to_owned(),
        exchanging: false,
    };
    let html = text(failure(&outcome, false, &place()));
    assert!(html.contains("Set <code>a&#60;b</code> to <code>true</code>."), "{html}");
}

#[test]
fn a_message_is_shown_as_a_sentence() {
    assert_eq!(sentence("the account is ada’s"), "The account is ada’s.");
    assert_eq!(sentence("No."), "No.");
}

proptest! {
    #[test]
    fn no_text_adds_a_tag_to_a_page(text in "[<>\"'&;a-z /=]{1,60}") {
        let plain = authorize("x");
        let html = authorize(&text);
        prop_assert_eq!(tags(&html), tags(&plain));
    }
}
