//! A client that keeps cookies as a browser does and follows nothing by itself.

use std::collections::BTreeMap;
use std::sync::Mutex;

use rig::servers::loopback::{self, Answer};

/// A browser of one user.
pub struct Visitor {
    address: String,
    /// By name and path.
    jar: Mutex<BTreeMap<(String, String), String>>,
}

/// An answer as a person sees it.
pub struct Page {
    pub status: u16,
    pub html: String,
    pub answer: Answer,
}

impl Visitor {
    pub fn new(address: &str) -> Self {
        Self { address: address.to_owned(), jar: Mutex::default() }
    }

    /// The same browser, whose requests another replica answers.
    pub fn at(&self, address: &str) -> Self {
        let jar = self.jar.lock().expect("the jar").clone();
        Self { address: address.to_owned(), jar: Mutex::new(jar) }
    }

    pub fn get(&self, path: &str) -> Page {
        self.ask("GET", path, &[], "")
    }

    /// Presses the button of a page.
    pub fn press(&self, page: &Page) -> Page {
        let form = ["ticket", "csrf"].map(|name| (name, page.field(name)));
        let form = form_urlencoded(&form);
        self.ask("POST", &page.attribute("action=\""), &[FORM], &form)
    }

    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Page {
        let cookies = self.cookies(path);
        let mut headers = headers.to_vec();
        headers.push(("Cookie", &cookies));
        let url = format!("http://{}{path}", self.address);
        let answer = loopback::exchange(&url, method, &headers, body).expect("the page answers");
        self.keep(&answer);
        let html = String::from_utf8_lossy(&answer.body).into_owned();
        Page { status: answer.status, html, answer }
    }

    fn cookies(&self, path: &str) -> String {
        let path = path.split('?').next().unwrap_or_default();
        let jar = self.jar.lock().expect("the jar");
        let fits = |cookie: &str| {
            cookie == "/"
                || path
                    .strip_prefix(cookie)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let fitting = jar.iter().filter(|((_, cookie), _)| fits(cookie));
        fitting.map(|((name, _), value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn keep(&self, answer: &Answer) {
        let set = answer.headers.iter().filter(|(name, _)| name == "set-cookie");
        for (_, cookie) in set {
            let (pair, attributes) = cookie.split_once(';').expect("a cookie has attributes");
            let (name, value) = pair.split_once('=').expect("a cookie has a value");
            let path =
                attributes.split(';').find_map(|attribute| attribute.trim().strip_prefix("Path="));
            let key = (name.to_owned(), path.expect("a cookie has a path").to_owned());
            self.jar.lock().expect("the jar").insert(key, value.to_owned());
        }
    }

    /// Everything that the cookies hold.
    pub fn values(&self) -> Vec<String> {
        self.jar.lock().expect("the jar").values().cloned().collect()
    }

    /// Puts the cookies of another browser into this one, but for those that it has.
    pub fn steal(&self, other: &Self) {
        let stolen = other.jar.lock().expect("the jar").clone();
        let mut jar = self.jar.lock().expect("the jar");
        for (key, value) in stolen {
            jar.entry(key).or_insert(value);
        }
    }
}

/// The kind of a form.
pub const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

pub fn form_urlencoded(pairs: &[(&str, String)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

impl Page {
    /// The value of a field of the page's form.
    pub fn field(&self, name: &str) -> String {
        self.attribute(&format!("name=\"{name}\" value=\""))
    }

    /// The text from a prefix to the next quotation mark.
    pub fn attribute(&self, before: &str) -> String {
        let rest = self.html.split_once(before);
        let rest = rest.unwrap_or_else(|| panic!("no {before} in {}", self.html)).1;
        let value = rest.split_once('"').expect("the attribute ends").0;
        value.replace("&#38;", "&").replace("&#39;", "'")
    }

    /// Where the page sends the browser to.
    pub fn onward(&self) -> String {
        self.attribute("class=\"button\" href=\"")
    }

    /// Where an answer redirects to.
    pub fn location(&self) -> &str {
        self.answer.header("location").unwrap_or_else(|| panic!("{}: {}", self.status, self.html))
    }

    /// Demands a status and a heading.
    pub fn demand(&self, status: u16, title: &str) {
        assert!(
            self.status == status
                && self.html.contains(&format!("{title} · Connection operator</title>")),
            "{status} «{title}» was expected: {} {}",
            self.status,
            self.html.split_once("</style>").map_or(self.html.as_str(), |parts| parts.1)
        );
    }
}
