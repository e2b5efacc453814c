//! What a person does on oidc-provider's pages. Each waits for its page, and leaves the browser on
//! its way to the next.

use crate::browser::Browser;
use crate::browser::error::Error;

/// Logs in. Every login is accepted; the login is the subject.
///
/// # Errors
/// If no login page comes within 20 s.
pub async fn log_in(browser: &Browser, login: &str) -> Result<(), Error> {
    browser.fill("input[name=login]", login).await?;
    browser.fill("input[name=password]", "any").await?;
    browser.click("form:has(input[value=login]) [type=submit]").await
}

/// Consents to what the client asks for.
///
/// # Errors
/// If no consent page comes within 20 s.
pub async fn consent(browser: &Browser) -> Result<(), Error> {
    browser.click("form:has(input[value=consent]) [type=submit]").await
}

/// Declines, on either page.
///
/// # Errors
/// If neither page comes within 20 s.
pub async fn cancel(browser: &Browser) -> Result<(), Error> {
    browser.click("a[href$='/abort']").await
}
