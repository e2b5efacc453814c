//! Which page a path leads to. Host and `X-Forwarded-…` are not looked at.

use axum::http::Method;

use crate::web::consent::connection_key::ConnectionKey;

/// What can be asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Page {
    /// What is to be authorized, and the button that begins.
    Authorize,
    /// Where the provider sends the browser back to.
    Callback,
    /// What it came to.
    ResultSession,
}

/// A page of a Connection.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Route {
    /// The page.
    pub page: Page,
    /// The Connection.
    pub place: ConnectionKey,
}

impl Page {
    /// The methods that it takes, as the header field `Allow` names them.
    #[must_use]
    pub(super) fn methods(self) -> &'static str {
        match self {
            Self::Authorize => "GET, HEAD, POST",
            Self::Callback | Self::ResultSession => "GET, HEAD",
        }
    }

    /// Whether it takes a method.
    #[must_use]
    pub(super) fn takes(self, method: &Method) -> bool {
        self.methods().split(", ").any(|one| one == method.as_str())
    }
}

impl Route {
    /// Reads a path below `prefix`. There is one way to write each: nothing is decoded, nothing is
    /// trimmed.
    #[must_use]
    pub(super) fn of(prefix: &str, path: &str) -> Option<Self> {
        let mut parts = path.strip_prefix(prefix)?.strip_prefix('/')?.split('/');
        let (kind, namespace, name) = (parts.next()?, parts.next()?, parts.next()?);
        let page = match (kind, parts.next(), parts.next()) {
            ("authorize", None, None) => Page::Authorize,
            ("authorize", Some("done"), None) => Page::ResultSession,
            ("callback", None, None) => Page::Callback,
            _ => return None,
        };
        Some(Self { page, place: ConnectionKey::of(namespace, name)? })
    }
}

/// The path of a page, as a link or a cookie names it.
#[must_use]
pub(super) fn path(prefix: &str, page: Page, place: &ConnectionKey) -> String {
    let ConnectionKey { namespace, name } = place;
    match page {
        Page::Authorize => format!("{prefix}/authorize/{namespace}/{name}"),
        Page::Callback => format!("{prefix}/callback/{namespace}/{name}"),
        Page::ResultSession => format!("{prefix}/authorize/{namespace}/{name}/done"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_to_one_page_or_to_none() {
        for (path, page) in [
            ("/oauth/authorize/team/mail", Some(Page::Authorize)),
            ("/oauth/authorize/team/mail/done", Some(Page::ResultSession)),
            ("/oauth/callback/team/mail", Some(Page::Callback)),
            ("/authorize/team/mail", None),
            ("/oauth", None),
            ("/oauth/", None),
            ("/oauthauthorize/team/mail", None),
            ("/oauth/authorize/team", None),
            ("/oauth/authorize/team/mail/", None),
            ("/oauth/authorize/team/mail/done/", None),
            ("/oauth/authorize/team/mail/other", None),
            ("/oauth/callback/team/mail/done", None),
            ("/oauth/authorize//mail", None),
            ("/oauth/authorize/team/%6dail", None),
            ("/oauth/authorize/team/..", None),
            ("/oauth/AUTHORIZE/team/mail", None),
            ("//oauth/authorize/team/mail", None),
        ] {
            assert_eq!(Route::of("/oauth", path).map(|one| one.page), page, "{path}");
        }
        assert_eq!(Route::of("", "/callback/team/mail").map(|one| one.page), Some(Page::Callback));
    }

    #[test]
    fn the_path_of_a_page_leads_to_it() {
        let place = ConnectionKey::of("team", "mail.example").unwrap();
        for page in [Page::Authorize, Page::Callback, Page::ResultSession] {
            let route = Route { page, place: place.clone() };
            assert_eq!(Route::of("/oauth", &path("/oauth", page, &place)), Some(route));
        }
    }

    #[test]
    fn only_the_button_posts() {
        assert!(Page::Authorize.takes(&Method::POST) && Page::Authorize.takes(&Method::HEAD));
        assert!(
            !Page::Callback.takes(&Method::POST) && !Page::ResultSession.takes(&Method::OPTIONS)
        );
        assert!(!Page::Authorize.takes(&Method::PUT));
    }
}
