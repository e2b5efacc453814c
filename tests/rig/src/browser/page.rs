//! What a person does with a browser, and what there is to see.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::browser::error::Error;
use crate::browser::look::{HEIGHT, Look};
use crate::browser::webdriver::Session;
use crate::wait;

/// How long a field or a button may take to be there.
const PRESENT: Duration = Duration::from_secs(20);

/// What a reference to an element is called in JSON (`WebDriver` section 12).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A cookie of the page that is open.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cookie {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// The host, with a dot before it where subdomains have it too.
    pub domain: String,
    /// The path.
    pub path: String,
    /// `Secure`.
    pub secure: bool,
    /// `HttpOnly`.
    pub http_only: bool,
    /// `SameSite`.
    pub same_site: Option<String>,
    /// When it ends, in seconds since 1970; none if it ends with the browser.
    pub expiry: Option<u64>,
}

/// A headless browser with one window and a profile of its own. Dropping it ends it.
///
/// A command waits until the page that the one before led to is loaded. Dropping blocks for a
/// tenth of a second.
pub struct Browser {
    session: Arc<Session>,
}

impl fmt::Debug for Browser {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Browser").finish_non_exhaustive()
    }
}

impl Browser {
    /// Starts one, wide and light; the first of a process takes a second, the others half of that.
    ///
    /// # Errors
    /// Where Chromium or chromedriver is missing or does not start.
    pub async fn start() -> Result<Self, Error> {
        let browser = Self { session: Arc::new(blocking(Session::start).await?) };
        browser.show(Look::WIDE_LIGHT).await?;
        Ok(browser)
    }

    /// The folder of its profile, which goes with it.
    #[must_use]
    pub fn profile(&self) -> &Path {
        self.session.profile.path()
    }

    /// Goes to a URL and waits until its page is loaded.
    ///
    /// # Errors
    /// If the server is not there.
    pub async fn open(&self, url: &str) -> Result<(), Error> {
        self.post("url", json!({"url": url})).await.map(drop)
    }

    /// Loads the page again. A form that led to it is not sent again.
    ///
    /// # Errors
    /// If the browser reports an error.
    pub async fn reload(&self) -> Result<(), Error> {
        self.post("refresh", json!({})).await.map(drop)
    }

    /// Goes back one page.
    ///
    /// # Errors
    /// If the browser reports an error.
    pub async fn back(&self) -> Result<(), Error> {
        self.post("back", json!({})).await.map(drop)
    }

    /// The URL in the address bar, also where its server did not answer.
    ///
    /// # Errors
    /// If the browser does not respond.
    pub async fn url(&self) -> Result<String, Error> {
        Ok(text(&self.get("url").await?))
    }

    /// The title of the page.
    ///
    /// # Errors
    /// If the browser does not respond.
    pub async fn title(&self) -> Result<String, Error> {
        Ok(text(&self.get("title").await?))
    }

    /// The text of the page that a person can see.
    ///
    /// # Errors
    /// If the browser does not respond.
    pub async fn text(&self) -> Result<String, Error> {
        let body = self.find("body").await?;
        Ok(text(&self.get(&format!("element/{body}/text")).await?))
    }

    /// The HTML of the page as it is now.
    ///
    /// # Errors
    /// If the browser does not respond.
    pub async fn source(&self) -> Result<String, Error> {
        Ok(text(&self.get("source").await?))
    }

    /// Whether an element is there.
    ///
    /// # Errors
    /// If the selector is none.
    pub async fn has(&self, css: &str) -> Result<bool, Error> {
        let all = self.post("elements", selector(css)).await?;
        Ok(all.as_array().is_some_and(|all| !all.is_empty()))
    }

    /// Clears a field and types a text into it. Waits up to 20 s until it is there.
    ///
    /// # Errors
    /// If there is no such field or it cannot be typed into.
    pub async fn fill(&self, css: &str, text: &str) -> Result<(), Error> {
        self.act(css, &[("clear", json!({})), ("value", json!({"text": text}))]).await
    }

    /// Clicks an element. Waits up to 20 s until it is there.
    ///
    /// # Errors
    /// If there is no such element or it cannot be clicked.
    pub async fn click(&self, css: &str) -> Result<(), Error> {
        self.act(css, &[("click", json!({}))]).await
    }

    /// Waits until the page's visible text contains `wanted`.
    ///
    /// # Errors
    /// If it does not come within `limit`, with what the page says instead.
    pub async fn wait_for_text(&self, wanted: &str, limit: Duration) -> Result<(), Error> {
        let what = format!("the text {wanted:?}");
        let seen = async || {
            let text = self.text().await.map_err(|error| error.to_string())?;
            if text.contains(wanted) { Ok(()) } else { Err(self.describe(&text).await) }
        };
        Ok(wait::try_until(limit, &what, seen).await?)
    }

    /// Waits until the address bar's URL starts with `prefix`; returns the URL.
    ///
    /// # Errors
    /// If it does not come within `limit`, with what there is instead.
    pub async fn wait_for_url(&self, prefix: &str, limit: Duration) -> Result<String, Error> {
        let what = format!("the URL {prefix}…");
        let seen = async || {
            let url = self.url().await.map_err(|error| error.to_string())?;
            if url.starts_with(prefix) {
                return Ok(url);
            }
            let text = self.text().await.unwrap_or_default();
            Err(self.describe(&text).await)
        };
        Ok(wait::try_until(limit, &what, seen).await?)
    }

    /// The cookies that the open page's server gets.
    ///
    /// # Errors
    /// If the browser does not respond.
    pub async fn cookies(&self) -> Result<Vec<Cookie>, Error> {
        let cookies = self.get("cookie").await?;
        serde_json::from_value(cookies).map_err(|error| io::Error::from(error).into())
    }

    /// Console messages since the last call: violations of a Content-Security-Policy,
    /// resources that failed, errors of scripts.
    ///
    /// # Errors
    /// If the browser does not respond.
    pub async fn console(&self) -> Result<Vec<String>, Error> {
        let entries = self.post("se/log", json!({"type": "browser"})).await?;
        let entries = entries.as_array().map(Vec::as_slice).unwrap_or_default();
        Ok(entries.iter().map(|entry| text(&entry["message"])).collect())
    }

    /// Runs no script of any page from now on.
    ///
    /// # Errors
    /// If the browser reports an error.
    pub async fn forbid_scripts(&self) -> Result<(), Error> {
        self.devtools("Emulation.setScriptExecutionDisabled", json!({"value": true}))
            .await
            .map(drop)
    }

    /// Shows this and later pages in another look.
    ///
    /// # Errors
    /// If the browser reports an error.
    pub async fn show(&self, look: Look) -> Result<(), Error> {
        self.devtools("Emulation.setDeviceMetricsOverride", look.metrics()).await?;
        self.devtools("Emulation.setEmulatedMedia", look.media()).await.map(drop)
    }

    /// Whether the page is wider than its window, so that a person would have to scroll sideways.
    ///
    /// # Errors
    /// If the browser does not respond.
    pub async fn overflows(&self) -> Result<bool, Error> {
        let metrics = self.devtools("Page.getLayoutMetrics", json!({})).await?;
        let width = metrics["cssContentSize"]["width"].as_f64();
        let window = metrics["cssLayoutViewport"]["clientWidth"].as_f64();
        Ok(width > window)
    }

    /// Writes a picture (PNG) of the whole page in this look, which stays.
    ///
    /// # Errors
    /// If the browser refuses or the file cannot be written.
    pub async fn screenshot(&self, path: &Path, look: Look) -> Result<(), Error> {
        self.show(look).await?;
        let metrics = self.devtools("Page.getLayoutMetrics", json!({})).await?;
        let height = metrics["cssContentSize"]["height"].as_f64().unwrap_or_default();
        let clip = json!({"x": 0, "y": 0, "width": look.width, "scale": 1,
            "height": height.max(f64::from(HEIGHT))});
        let parameters = json!({"captureBeyondViewport": true, "clip": clip});
        let picture = self.devtools("Page.captureScreenshot", parameters).await?;
        let octets = STANDARD.decode(text(&picture["data"])).map_err(io::Error::other)?;
        Ok(std::fs::write(path, octets)?)
    }

    /// Does these things to an element as soon as it is there and takes them.
    async fn act(&self, css: &str, deeds: &[(&str, Value)]) -> Result<(), Error> {
        let what = format!("an element {css} that can be used");
        let done = async || {
            let element = self.find(css).await.map_err(|error| error.to_string())?;
            for (deed, parameters) in deeds {
                let path = format!("element/{element}/{deed}");
                let done = self.post(&path, parameters.clone()).await;
                done.map_err(|error| error.to_string())?;
            }
            Ok(())
        };
        Ok(wait::try_until(PRESENT, &what, done).await?)
    }

    async fn find(&self, css: &str) -> Result<String, Error> {
        Ok(text(&self.post("element", selector(css)).await?[ELEMENT]))
    }

    /// If the browser is and what it shows.
    async fn describe(&self, text: &str) -> String {
        format!("{} with: {text}", self.url().await.unwrap_or_default())
    }

    async fn devtools(&self, name: &'static str, parameters: Value) -> Result<Value, Error> {
        let session = Arc::clone(&self.session);
        blocking(move || session.devtools(name, &parameters)).await
    }

    async fn get(&self, what: &str) -> Result<Value, Error> {
        let (session, what) = (Arc::clone(&self.session), what.to_owned());
        blocking(move || session.get(&what)).await
    }

    async fn post(&self, what: &str, parameters: Value) -> Result<Value, Error> {
        let (session, what) = (Arc::clone(&self.session), what.to_owned());
        blocking(move || session.post(&what, &parameters)).await
    }
}

fn selector(css: &str) -> Value {
    json!({"using": "css selector", "value": css})
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}
