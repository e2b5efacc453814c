//! The URLs of the consent page and the redirect URIs. Each Connection has its own redirect URI, which
//! depends on the configuration and never on a request.

use url::Url;

/// The ports that the plugin tries to listen on, in this order. They are fixed, because many providers
/// compare the port of a redirect URI.
pub const LOOPBACK_PORTS: [u16; 2] = [8000, 18000];

/// The consent page of this installation.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ConsentPage {
    /// Without a trailing slash; none if browsers cannot reach the operator.
    public_url: Option<String>,
}

impl ConsentPage {
    pub fn new(public_url: Option<&Url>) -> Self {
        Self { public_url: public_url.map(|url| url.as_str().trim_end_matches('/').to_owned()) }
    }

    /// Returns true if browsers can reach the page.
    pub fn is_public(&self) -> bool {
        self.public_url.is_some()
    }

    /// Returns the URL of a Connection's page, if browsers can reach it.
    pub fn page(&self, namespace: &str, name: &str) -> Option<String> {
        Some(format!("{}/authorize/{namespace}/{name}", self.public_url.as_ref()?))
    }

    /// Returns the redirect URI of a Connection: that of the page, otherwise that of the plugin.
    pub fn redirect_uri(&self, namespace: &str, name: &str) -> String {
        self.public_url.as_ref().map_or_else(
            || loopback_redirect_uri(LOOPBACK_PORTS[0], namespace, name),
            |url| format!("{url}{}", callback_path(namespace, name)),
        )
    }

    /// Returns true if this is a redirect URI of the Connection: that of the page or of the plugin.
    pub fn is_redirect_uri(&self, redirect_uri: &str, namespace: &str, name: &str) -> bool {
        // Compared as a whole: a prefix match could send the code to another host (RFC 9700 section
        // 4.1).
        let loopback = |port| loopback_redirect_uri(port, namespace, name) == redirect_uri;
        self.redirect_uri(namespace, name) == redirect_uri
            || LOOPBACK_PORTS.into_iter().any(loopback)
    }
}

/// Returns the path of a Connection's redirect URI.
pub fn callback_path(namespace: &str, name: &str) -> String {
    format!("/callback/{namespace}/{name}")
}

/// Returns the redirect URI of a Connection at the plugin's listener (RFC 8252 section 7.3).
pub fn loopback_redirect_uri(port: u16, namespace: &str, name: &str) -> String {
    // Not `localhost`, which may resolve to another interface (RFC 8252 section 8.3).
    format!("http://127.0.0.1:{port}{}", callback_path(namespace, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_connection_has_its_own_redirect_uri() {
        let url = Url::parse("https://connect.example.com/oauth/").unwrap();
        let page = ConsentPage::new(Some(&url));
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
    fn a_redirect_uri_of_another_connection_or_host_is_not_accepted() {
        let page = ConsentPage::new(Some(&Url::parse("https://connect.example.com").unwrap()));
        for (uri, expected) in [
            ("https://connect.example.com/callback/team/mail", true),
            ("http://127.0.0.1:18000/callback/team/mail", true),
            ("http://127.0.0.1:9999/callback/team/mail", false),
            ("https://connect.example.com/callback/team/other", false),
            ("https://evil.example.com/callback/team/mail", false),
        ] {
            assert_eq!(page.is_redirect_uri(uri, "team", "mail"), expected, "{uri}");
        }
    }
}
