//! The closed list of what the page says where it cannot do what was asked: what happened, and what
//! to do next. None of it holds a text from outside.

use axum::http::StatusCode;

/// What a person can type next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Command {
    /// Nothing.
    None,
    /// The command that makes a new link.
    NewLink,
    /// The command that shows how the Connection is.
    Status,
}

/// Declares the notices with status code, heading, what happened, what to do next, and a command.
macro_rules! notices {
    ($($name:ident $status:ident $command:ident: $title:literal, $what:literal, $next:literal;)+) => {
        /// What the page says where it cannot do what was asked.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub(super) enum PageMessage {
            $(#[doc = $title] $name,)+
        }

        impl PageMessage {
            /// All of them, in alphabetical order.
            #[cfg(test)]
            pub(super) const ALL: &[Self] = &[$(Self::$name,)+];

            /// The notice in one word, to be counted.
            #[must_use]
            pub(super) fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)+ }
            }

            /// The status code of the answer.
            #[must_use]
            pub(super) fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)+ }
            }

            /// The heading.
            #[must_use]
            pub(super) fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)+ }
            }

            /// What happened.
            #[must_use]
            pub(super) fn what(self) -> &'static str {
                match self { $(Self::$name => $what,)+ }
            }

            /// What to do next.
            #[must_use]
            pub(super) fn next(self) -> &'static str {
                match self { $(Self::$name => $next,)+ }
            }

            /// What to type next.
            #[must_use]
            pub(super) fn command(self) -> Command {
                match self { $(Self::$name => Command::$command,)+ }
            }
        }
    };
}

notices! {
    AnotherConnection BAD_REQUEST NewLink: "This answer belongs to another Connection",
        "The provider sent you back to another Connection’s address than the one that was begun. Nothing was stored.",
        "If somebody sent you here, close this page. Else check that the redirect URI that is registered at the provider is this Connection’s own, and make a new link:";
    AnotherState BAD_REQUEST NewLink: "This is not the awaited answer",
        "It does not belong to the authorization that was begun last in this browser: that was in another tab, or somebody sent you here. Nothing was stored.",
        "Finish in the tab that you opened last, or make a new link:";
    Busy TOO_MANY_REQUESTS None: "Too many requests",
        "More was asked of this page in the last minute, from your address or for this Connection, than it answers. Nothing was stored, and nothing is lost.",
        "Wait for some seconds, then reload.";
    Changed CONFLICT NewLink: "The Connection was changed meanwhile",
        "It was changed or deleted after the authorization began, so the answer does not count. Nothing was stored.",
        "Make a new link:";
    Cluster SERVICE_UNAVAILABLE None: "The cluster did not answer",
        "The Kubernetes API did not do what this page needs. Nothing was stored.",
        "Try again in a minute. If it stays so, ask whoever runs the operator to look at its log.";
    Forged FORBIDDEN None: "The button was not pressed on this page",
        "The button counts only on this page, in the browser in which the link was opened, with cookies allowed. Nothing was begun.",
        "Allow cookies for this site, open the link again that `kubectl connection authorize` printed, and press the button.";
    Late GONE NewLink: "This took longer than ten minutes",
        "The authorization has expired, so the answer does not count. Nothing was stored.",
        "Make a new link:";
    LinkNeeded FORBIDDEN NewLink: "This page needs a fresh link",
        "A link works for ten minutes, for one Connection, and is made by somebody who may change that Connection. Here it is missing, has expired, or belongs to something else. Nothing was begun.",
        "If it was made just now, reload this page. Else, if you may change the Connection, make a new link:";
    Malformed BAD_REQUEST None: "This request cannot be read",
        "It is not what this page, or a provider, sends. Nothing was stored.",
        "Open again the link that `kubectl connection authorize` printed.";
    Method METHOD_NOT_ALLOWED None: "This cannot be done here",
        "This address is there to be opened in a browser, and takes no other request. Nothing was stored.",
        "Open again the link that `kubectl connection authorize` printed.";
    NotBegunHere FORBIDDEN NewLink: "This was not begun in this browser",
        "An authorization is finished in the browser in which it was begun, within ten minutes, with cookies allowed. Nothing was stored.",
        "If somebody sent you here, close this page. If you began it yourself, go back to that browser, or make a new link:";
    NotFound NOT_FOUND None: "There is no such page",
        "The address is not one of this site’s: a part of the link may be missing.",
        "Open again the whole link that `kubectl connection authorize` printed.";
    NotReady CONFLICT Status: "This Connection cannot be authorized now",
        "The operator does not know yet where to send you. Nothing was begun.",
        "When that is mended, reload this page; after a change of the spec, make a new link by `kubectl connection authorize`. To see how the Connection is:";
    NothingToTell NOT_FOUND Status: "There is nothing more to tell",
        "What an authorization came to is shown for ten minutes, in the browser in which it was given.",
        "To see how the Connection is:";
    OtherBrowserFirst FORBIDDEN NewLink: "This link was used in another browser",
        "A link belongs to the browser in which it is used first. If that was not you, somebody else has the link. Nothing was begun here.",
        "Go back to that browser, or make a new link, which makes the old one worthless:";
    PushFailed BAD_GATEWAY Status: "The provider did not take the request",
        "The provider wants to be told of the request before you go there, and refused it. Nothing was stored.",
        "When that is mended, open the link again. To see how the Connection is:";
    PushLate GATEWAY_TIMEOUT Status: "The operator did not answer in time",
        "The provider wants to be told of the request before you go there, and the operator has not done so yet. Nothing was stored.",
        "Open the link again in a minute. To see how the Connection is:";
    Superseded CONFLICT NewLink: "Another authorization was begun since",
        "This Connection was begun again, with another link or in another tab, so this answer does not count. Nothing was stored.",
        "Finish the one that was begun last, or make a new link:";
    TooLarge PAYLOAD_TOO_LARGE None: "This request is too large",
        "Its form or its fields have more than this page takes, so it was not read. Nothing was stored.",
        "Open again the link that `kubectl connection authorize` printed.";
    UsedUp GONE NewLink: "This link is used up",
        "A link works once, and the authorization that was begun with this one has ended. What came of it stays.",
        "To authorize again, make a new link:";
    Working OK None: "Nearly there",
        "The provider has answered, and the operator is exchanging the answer for a grant.",
        "This page reloads by itself. You may also close it: the operator goes on.";
}

/// A notice, and what more is to be said: a sentence of the operator's own.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Refusal {
    /// The notice.
    pub notice: PageMessage,
    /// What happened, in place of the notice's own words.
    pub detail: Option<String>,
}

impl From<PageMessage> for Refusal {
    fn from(notice: PageMessage) -> Self {
        Self { notice, detail: None }
    }
}

impl PageMessage {
    /// The notice with a sentence of its own.
    #[must_use]
    pub(super) fn saying(self, detail: impl Into<String>) -> Refusal {
        Refusal { notice: self, detail: Some(detail.into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_notice_says_what_happened_and_what_to_do_next() {
        assert!(PageMessage::ALL.is_sorted_by_key(|one| one.as_str()));
        for notice in PageMessage::ALL {
            assert!(notice.what().ends_with('.'), "{notice:?}");
            let with_command = notice.command() != Command::None;
            let end = if with_command { ':' } else { '.' };
            assert!(notice.next().ends_with(end), "{notice:?}");
        }
    }
}
