//! Maps paths to pages. `Host` and `X-Forwarded-…` are ignored.

use axum::http::Method;

use crate::web::consent::connection_key::ConnectionKey;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Page {
    /// Shows the requested access, and starts the authorization.
    Authorize,
    /// The redirect URI.
    Callback,
    /// Shows the result.
    Result,
}

/// A page of a Connection.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct PageRoute {
    pub page: Page,
    pub place: ConnectionKey,
}

impl Page {
    /// Returns the allowed methods, as the value of the header `Allow`.
    pub(super) fn methods(self) -> &'static str {
        match self {
            Self::Authorize => "GET, HEAD, POST",
            Self::Callback | Self::Result => "GET, HEAD",
        }
    }

    pub(super) fn allows(self, method: &Method) -> bool {
        self.methods().split(", ").any(|allowed| allowed == method.as_str())
    }
}

impl PageRoute {
    /// Parses a path below `prefix`. Each page has exactly one path: nothing is decoded or trimmed.
    pub(super) fn parse(prefix: &str, path: &str) -> Option<Self> {
        // The slash ends the prefix, so that `/oauthauthorize` has no page.
        let mut parts = path.strip_prefix(prefix)?.strip_prefix('/')?.split('/');
        let (kind, namespace, name) = (parts.next()?, parts.next()?, parts.next()?);
        let page = match (kind, parts.next(), parts.next()) {
            ("authorize", None, None) => Page::Authorize,
            ("authorize", Some("done"), None) => Page::Result,
            ("callback", None, None) => Page::Callback,
            _ => return None,
        };
        Some(Self { page, place: ConnectionKey::parse(namespace, name)? })
    }
}

/// Returns the path of a page, for links and cookies.
pub(super) fn path(prefix: &str, page: Page, place: &ConnectionKey) -> String {
    let ConnectionKey { namespace, name } = place;
    match page {
        Page::Authorize => format!("{prefix}/authorize/{namespace}/{name}"),
        Page::Callback => format!("{prefix}/callback/{namespace}/{name}"),
        Page::Result => format!("{prefix}/authorize/{namespace}/{name}/done"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exact_path_of_a_page_is_accepted() {
        for (path, page) in [
            ("/oauth/authorize/team/mail", Some(Page::Authorize)),
            ("/oauth/authorize/team/mail/done", Some(Page::Result)),
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
            assert_eq!(PageRoute::parse("/oauth", path).map(|route| route.page), page, "{path}");
        }
        assert_eq!(
            PageRoute::parse("", "/callback/team/mail").map(|route| route.page),
            Some(Page::Callback)
        );
    }

    #[test]
    fn the_path_of_a_page_is_parsed_as_this_page() {
        let place = ConnectionKey::parse("team", "mail.example").unwrap();
        for page in [Page::Authorize, Page::Callback, Page::Result] {
            let route = PageRoute { page, place: place.clone() };
            assert_eq!(PageRoute::parse("/oauth", &path("/oauth", page, &place)), Some(route));
        }
    }

    #[test]
    fn only_the_form_is_posted() {
        assert!(Page::Authorize.allows(&Method::POST) && Page::Authorize.allows(&Method::HEAD));
        assert!(!Page::Callback.allows(&Method::POST) && !Page::Result.allows(&Method::OPTIONS));
        assert!(!Page::Authorize.allows(&Method::PUT));
    }
}
