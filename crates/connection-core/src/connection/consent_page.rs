//! Where a person gives consent and where the provider sends the browser back to. Each Connection
//! has a redirect URI of its own, made of the configuration and never of a request.

use url::Url;

/// The ports that the plugin listens on, in this order. Many providers compare the whole URI, so
/// they are fixed.
pub const LOOPBACK_PORTS: [u16; 2] = [8000, 18000];

/// The consent page of this installation.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ConsentPage {
    /// Its public URL, without a slash at its end; none where browsers cannot reach the operator.
    public_url: Option<String>,
}

impl ConsentPage {
    /// The page at a public URL.
    #[must_use]
    pub fn at(public_url: Option<&Url>) -> Self {
        Self { public_url: public_url.map(|url| url.as_str().trim_end_matches('/').to_owned()) }
    }

    /// Whether browsers can reach it.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.public_url.is_some()
    }

    /// The page of a Connection, where browsers can reach it.
    #[must_use]
    pub fn page(&self, namespace: &str, name: &str) -> Option<String> {
        Some(format!("{}/authorize/{namespace}/{name}", self.public_url.as_ref()?))
    }

    /// The redirect URI of a Connection: the page's; without one, the plugin's.
    #[must_use]
    pub fn redirect_uri(&self, namespace: &str, name: &str) -> String {
        self.public_url.as_ref().map_or_else(
            || loopback_redirect_uri(LOOPBACK_PORTS[0], namespace, name),
            |url| format!("{url}{}", callback_path(namespace, name)),
        )
    }

    /// Whether a code may have been asked for with this redirect URI: the page's or the plugin's.
    #[must_use]
    pub fn knows(&self, redirect_uri: &str, namespace: &str, name: &str) -> bool {
        let loopback = |port| loopback_redirect_uri(port, namespace, name) == redirect_uri;
        self.redirect_uri(namespace, name) == redirect_uri
            || LOOPBACK_PORTS.into_iter().any(loopback)
    }
}

/// The path of a Connection's redirect URI.
#[must_use]
pub fn callback_path(namespace: &str, name: &str) -> String {
    format!("/callback/{namespace}/{name}")
}

/// The redirect URI of a Connection at the plugin's own listener (RFC 8252 section 7.3).
#[must_use]
pub fn loopback_redirect_uri(port: u16, namespace: &str, name: &str) -> String {
    format!("http://127.0.0.1:{port}{}", callback_path(namespace, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_connection_has_a_redirect_uri_of_its_own() {
        let url = Url::parse("https://connect.example.com/oauth/").unwrap();
        let page = ConsentPage::at(Some(&url));
        assert_eq!(
            page.redirect_uri("team", "mail"),
            "https://connect.example.com/oauth/callback/team/mail"
        );
        assert_eq!(
            page.page("team", "mail").unwrap(),
            "https://connect.example.com/oauth/authorize/team/mail"
        );
        let none = ConsentPage::default();
        assert_eq!(none.page("team", "mail"), None);
        assert_eq!(none.redirect_uri("team", "mail"), "http://127.0.0.1:8000/callback/team/mail");
    }

    #[test]
    fn a_redirect_uri_of_another_connection_or_host_is_not_known() {
        let page = ConsentPage::at(Some(&Url::parse("https://connect.example.com").unwrap()));
        for (uri, known) in [
            ("https://connect.example.com/callback/team/mail", true),
            ("http://127.0.0.1:18000/callback/team/mail", true),
            ("http://127.0.0.1:9999/callback/team/mail", false),
            ("https://connect.example.com/callback/team/other", false),
            ("https://evil.example.com/callback/team/mail", false),
        ] {
            assert_eq!(page.knows(uri, "team", "mail"), known, "{uri}");
        }
    }
}
