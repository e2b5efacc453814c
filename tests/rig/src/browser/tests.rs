use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::browser::Browser;
use crate::browser::error::Error;
use crate::browser::look::Look;
use crate::scratch::Scratch;
use crate::simulator::Simulator;
use crate::simulator::behavior::Behavior;
use crate::simulator::matcher::Matcher;
use crate::wait;

const LIMIT: Duration = Duration::from_secs(20);

/// A server whose every page is this.
fn serving(page: Behavior) -> Simulator {
    let simulator = Simulator::start().unwrap();
    simulator.otherwise(page);
    simulator
}

#[tokio::test]
async fn a_form_is_filled_in_and_submitted() {
    let form = "<title>Form</title><form method=post action=/sent>\
                <input name=word value=old><button>Send</button></form>";
    let server = serving(Behavior::html(200, form));
    server.script(Matcher::path("/sent"), Behavior::html(200, "<p>thanks</p><p hidden>x</p>"));
    let browser = Browser::start().await.unwrap();
    browser.open(&server.url("/form")).await.unwrap();
    assert_eq!(browser.title().await.unwrap(), "Form");
    browser.fill("input[name=word]", "new & shiny").await.unwrap();
    browser.click("button").await.unwrap();
    browser.wait_for_text("thanks", LIMIT).await.unwrap();
    assert_eq!(browser.wait_for_url(&server.url("/se"), LIMIT).await.unwrap(), server.url("/sent"));
    assert_eq!(browser.text().await.unwrap(), "thanks", "what is hidden is no visible text");
    assert!(browser.source().await.unwrap().contains("hidden"));
    assert!(!browser.has("input").await.unwrap());
    browser.back().await.unwrap();
    assert!(browser.has("input").await.unwrap());
    let sent = server.requests().into_iter().find(|request| &*request.path == "/sent").unwrap();
    assert_eq!(sent.parameter("word").unwrap(), "new & shiny");
}

#[tokio::test]
async fn a_timeout_reports_the_current_page() {
    let server = serving(Behavior::html(200, "<p>winter</p>"));
    let browser = Browser::start().await.unwrap();
    browser.open(&server.url("/")).await.unwrap();
    let short = Duration::from_secs(3);
    let error = browser.wait_for_text("spring", short).await.unwrap_err().to_string();
    assert!(error.contains("\"spring\"") && error.contains("winter"), "{error}");
    let error = browser.wait_for_url("http://spring/", short).await.unwrap_err().to_string();
    assert!(error.contains(&server.url("/")) && error.contains("winter"), "{error}");
}

#[tokio::test]
async fn browsers_do_not_share_cookies() {
    let page = Behavior::html(200, "").header("set-cookie", "a=1; HttpOnly; SameSite=Strict");
    let server = serving(page);
    let (one, other) = tokio::join!(Browser::start(), Browser::start());
    let (one, other) = (one.unwrap(), other.unwrap());
    one.open(&server.url("/")).await.unwrap();
    let cookies = one.cookies().await.unwrap();
    assert_eq!((cookies[0].name.as_str(), cookies[0].value.as_str()), ("a", "1"));
    assert!(cookies[0].http_only && !cookies[0].secure);
    assert_eq!(cookies[0].same_site.as_deref(), Some("Strict"));
    server.otherwise(Behavior::html(200, ""));
    other.open(&server.url("/")).await.unwrap();
    assert!(other.cookies().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_secure_cookie_is_stored_for_loopback_without_tls() {
    let page = Behavior::html(200, "").header("set-cookie", "__Host-a=1; Secure; Path=/");
    let server = serving(page);
    let browser = Browser::start().await.unwrap();
    browser.open(&server.url("/")).await.unwrap();
    let cookies = browser.cookies().await.unwrap();
    assert!(cookies.len() == 1 && cookies[0].secure, "{cookies:?}");
}

#[tokio::test]
async fn a_screenshot_has_the_width_and_color_scheme_of_its_look() {
    let page = "<meta name=viewport content='width=device-width'><style>p { display: none }
        @media (prefers-color-scheme: dark) { #dark { display: block } }
        @media (max-width: 400px) { #narrow { display: block } }</style>
        <p id=dark>dark<p id=narrow>narrow<div style='width: 500px; height: 2000px'>";
    let server = serving(Behavior::html(200, page));
    let browser = Browser::start().await.unwrap();
    browser.open(&server.url("/")).await.unwrap();
    let scratch = Scratch::new("rig-pictures-").unwrap();
    for look in Look::ALL {
        let path = scratch.path().join(format!("{}.png", look.name()));
        browser.screenshot(&path, look).await.unwrap();
        let text = browser.text().await.unwrap();
        for word in ["dark", "narrow"] {
            assert_eq!(text.contains(word), look.name().contains(word), "{}: {text}", look.name());
        }
        assert_eq!(browser.overflows().await.unwrap(), look.name().contains("narrow"));
        let (width, height) = size(&path);
        assert_eq!(width, look.width);
        assert!(height >= 2000, "the whole page, not only {height}");
    }
}

/// Width and height of a PNG file.
fn size(path: &Path) -> (u32, u32) {
    let octets = fs::read(path).unwrap();
    let number = |at: usize| u32::from_be_bytes(octets[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

#[tokio::test]
async fn a_self_signed_certificate_is_accepted() {
    let server = Simulator::start_tls().unwrap();
    server.otherwise(Behavior::html(200, "<p>secure"));
    let browser = Browser::start().await.unwrap();
    browser.open(&server.url("/")).await.unwrap();
    assert_eq!(browser.text().await.unwrap(), "secure");
}

#[tokio::test]
async fn only_loopback_is_reached() {
    let server = serving(Behavior::html(200, "<p>here"));
    let browser = Browser::start().await.unwrap();
    let error = browser.open("http://www.example.org/").await.unwrap_err();
    assert!(
        matches!(&error, Error::Refused { message, .. } if message.contains("NAME_NOT")),
        "{error}"
    );
    browser.open(&format!("http://a.localhost:{}/", server.address().port())).await.unwrap();
    assert_eq!(browser.text().await.unwrap(), "here");
}

#[tokio::test]
async fn the_url_of_an_unreachable_server_can_be_read() {
    // Bound and not listened on, so that no other process takes the port.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let gone = format!("http://{}/callback?code=1", socket.local_addr().unwrap());
    let server = serving(Behavior::redirect(302, &gone));
    let browser = Browser::start().await.unwrap();
    let error = browser.open(&server.url("/")).await.unwrap_err();
    assert!(
        matches!(&error, Error::Refused { message, .. } if message.contains("REFUSED")),
        "{error}"
    );
    assert_eq!(browser.url().await.unwrap(), gone);
}

#[tokio::test]
async fn scripts_run_unless_forbidden_and_the_console_reports_violations() {
    let page = "<p>quiet</p><script>document.querySelector('p').textContent = 'loud'</script>";
    let server = serving(Behavior::html(200, page));
    let strict = Behavior::html(200, page).header("content-security-policy", "default-src 'none'");
    server.script(Matcher::path("/strict"), strict);
    let browser = Browser::start().await.unwrap();
    browser.open(&server.url("/")).await.unwrap();
    assert_eq!(browser.text().await.unwrap(), "loud");
    browser.console().await.unwrap();
    browser.open(&server.url("/strict")).await.unwrap();
    assert_eq!(browser.text().await.unwrap(), "quiet");
    let console = browser.console().await.unwrap();
    assert!(console.iter().any(|line| line.contains("Content Security Policy")), "{console:?}");
    browser.forbid_scripts().await.unwrap();
    browser.open(&server.url("/")).await.unwrap();
    assert_eq!(browser.text().await.unwrap(), "quiet");
}

#[tokio::test]
async fn no_process_and_no_folder_is_left() {
    let browser = Browser::start().await.unwrap();
    let profile = browser.profile().to_owned();
    assert!(profile.exists() && !processes_of(&profile).is_empty());
    drop(browser);
    assert!(!profile.exists());
    wait::until(LIMIT, "the end of the browser's processes", async || {
        let left = processes_of(&profile);
        if left.is_empty() { Ok(()) } else { Err(format!("{left:?}")) }
    })
    .await;
}

/// The processes that name a folder in their command line.
fn processes_of(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let lines = entries.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
    let lines = lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " "));
    lines.filter(|line| line.contains(&folder.display().to_string())).collect()
}
