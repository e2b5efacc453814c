//! The pages of the loopback listener, in the style of the operator's consent page.

use crate::authorize::callback::CallbackError;

const STYLE: &str = ":root{color-scheme:light dark;--ground:#f3f4f7;--card:#fff;--text:#1b1f27;--faint:#596170;--line:#dde0e7}\
@media(prefers-color-scheme:dark){:root{--ground:#14171c;--card:#1d2129;--text:#e8eaf0;--faint:#a3abb9;--line:#343a46}}\
*{box-sizing:border-box}body{margin:0 auto;padding:1.5rem 1rem;max-width:38rem;background:var(--ground);color:var(--text);font:1rem/1.55 system-ui,sans-serif;overflow-wrap:anywhere}\
header{padding:0 .25rem;color:var(--faint);font-size:.875rem;font-weight:600}\
main{margin:.75rem 0;padding:1.5rem 1.75rem;background:var(--card);border:1px solid var(--line);border-radius:.75rem}\
h1{margin:0 0 .75rem;font-size:1.5rem;line-height:1.25}p{margin:.5rem 0}";

/// Returns the response to an accepted redirect.
pub(super) fn accepted() -> String {
    let text = "The plugin received the provider’s response and submits it to the cluster. The terminal shows the result.";
    page("200 OK", "Response received", text, "Close this tab and return to the terminal.")
}

/// Returns the response to a rejected request.
pub(super) fn rejected(error: Option<&CallbackError>) -> String {
    let cause = match error {
        Some(CallbackError::StateMismatch) => {
            "It belongs to another authorization than the one that the terminal waits for. Nothing was stored."
        }
        Some(CallbackError::Incomplete | CallbackError::DuplicateParameter) => {
            "The URL is incomplete or malformed. Nothing was stored."
        }
        Some(CallbackError::WrongRedirectUri) | None => {
            "This URL accepts only the provider’s response for one Connection. Nothing was stored."
        }
    };
    let next =
        "Continue in the tab that was opened last. If someone sent you here, close this page.";
    page("400 Bad Request", "Unexpected response from the provider", cause, next)
}

// All arguments are constants of this file, so that nothing needs HTML escaping.
fn page(status: &str, title: &str, what: &str, next: &str) -> String {
    let body = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\"><title>{title} · kubectl connection</title><style>{STYLE}</style></head><body><header>kubectl connection</header><main><h1>{title}</h1><p>{what}</p><p>{next}</p></main></body></html>\n"
    );
    format!(
        // The URL of this page contains the code: neither a cache nor a referrer may keep it.
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nContent-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}
