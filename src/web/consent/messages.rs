//! The closed list of the page's error messages: what happened, and what to do next. None of them
//! contains input.

use axum::http::StatusCode;

/// The command that a message shows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum RemedyCommand {
    None,
    /// Creates a new link.
    NewLink,
    /// Shows the status of the Connection.
    Status,
}

/// Declares the messages: name, status code, command, title, what happened, and what to do next.
macro_rules! messages {
    ($($name:ident $status:ident $command:ident: $title:literal, $what:literal, $next:literal;)+) => {
        /// A message instead of the requested page.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub(super) enum PageMessage {
            $(#[doc = $title] $name,)+
        }

        impl PageMessage {
            /// All messages, in alphabetical order.
            #[cfg(test)]
            pub(super) const ALL: &[Self] = &[$(Self::$name,)+];

            /// Returns the value of the metric label `result`.
            pub(super) fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)+ }
            }

            /// Returns the status code of the response.
            pub(super) fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)+ }
            }

            pub(super) fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)+ }
            }

            pub(super) fn what(self) -> &'static str {
                match self { $(Self::$name => $what,)+ }
            }

            pub(super) fn next(self) -> &'static str {
                match self { $(Self::$name => $next,)+ }
            }

            pub(super) fn command(self) -> RemedyCommand {
                match self { $(Self::$name => RemedyCommand::$command,)+ }
            }
        }
    };
}

messages! {
    BoundToOtherBrowser FORBIDDEN NewLink: "This link was used in another browser",
        "A link belongs to the browser that used it first. If that was not you, another person has the link. Nothing was started here.",
        "Go back to that browser, or create a new link, which invalidates this one:";
    ClusterUnavailable SERVICE_UNAVAILABLE None: "The cluster is unavailable",
        "A request to the Kubernetes API failed. Nothing was stored.",
        "Try again in a minute. If the error persists, ask the operator’s administrator to check its log.";
    ConnectionChanged CONFLICT NewLink: "The Connection has changed",
        "The Connection was changed or deleted after the authorization started, so the response was ignored. Nothing was stored.",
        "Create a new link:";
    Expired GONE NewLink: "The authorization has expired",
        "It took longer than 10 minutes, so the response was ignored. Nothing was stored.",
        "Create a new link:";
    FormRejected FORBIDDEN None: "Form submission rejected",
        "The form is accepted only from this page, in the browser that opened the link, with cookies enabled. Nothing was started.",
        "Enable cookies for this site, open the link from `kubectl connection authorize` again, and submit the form.";
    LinkNeeded FORBIDDEN NewLink: "A new link is required",
        "A link is valid for 10 minutes and for one Connection. Only users who may change the Connection can create it. This link is missing, expired or for a different Connection. Nothing was started.",
        "If the link was just created, reload this page. Otherwise, if you may change the Connection, create a new link:";
    LinkUsed GONE NewLink: "This link was already used",
        "A link works once, and its authorization has ended. Its result is kept.",
        "To authorize again, create a new link:";
    Malformed BAD_REQUEST None: "Malformed request",
        "The request is not one that this page or a provider sends. Nothing was stored.",
        "Open the link from `kubectl connection authorize` again.";
    MethodNotAllowed METHOD_NOT_ALLOWED None: "Method not allowed",
        "This address does not accept this kind of request. Nothing was stored.",
        "Open the link from `kubectl connection authorize` again.";
    NoResult NOT_FOUND Status: "This result is no longer available",
        "The result of an authorization is shown for 10 minutes, in the browser that completed it.",
        "To see the status of the Connection:";
    NotFound NOT_FOUND None: "Page not found",
        "There is no page at this address: a part of the link may be missing.",
        "Open the complete link from `kubectl connection authorize`.";
    NotReady CONFLICT Status: "This Connection cannot be authorized now",
        "The operator does not know the authorization endpoint yet. Nothing was started.",
        "When the cause is fixed, reload this page. After a change of the spec, create a new link with `kubectl connection authorize`. To see the status of the Connection:";
    NotStartedHere FORBIDDEN NewLink: "This authorization was not started in this browser",
        "An authorization must be completed in the browser that started it, within 10 minutes and with cookies enabled. Nothing was stored.",
        "If another person sent you here, close this page. If you started the authorization, go back to that browser, or create a new link:";
    ParFailed BAD_GATEWAY Status: "The provider rejected the authorization request",
        "The provider requires a pushed authorization request and rejected it. Nothing was stored.",
        "When the cause is fixed, open the link again. To see the status of the Connection:";
    ParTimedOut GATEWAY_TIMEOUT Status: "The authorization request timed out",
        "The provider requires a pushed authorization request, and the operator has not sent it yet. Nothing was stored.",
        "Open the link again in a minute. To see the status of the Connection:";
    Processing OK None: "Completing the authorization",
        "The provider has responded, and the operator is exchanging the code for tokens.",
        "This page reloads automatically. You can close it: the operator continues.";
    RateLimited TOO_MANY_REQUESTS None: "Too many requests",
        "Too many requests from your address or for this Connection. Nothing was stored or lost.",
        "Wait a few seconds and reload.";
    StateMismatch BAD_REQUEST NewLink: "Unexpected response from the provider",
        "The response does not belong to the latest authorization in this browser: it belongs to another tab, or another person sent you here. Nothing was stored.",
        "Continue in the tab that you opened last, or create a new link:";
    Superseded CONFLICT NewLink: "A newer authorization was started",
        "Another authorization of this Connection was started, with another link or in another tab, so this response was ignored. Nothing was stored.",
        "Complete the newest authorization, or create a new link:";
    TooLarge PAYLOAD_TOO_LARGE None: "Request too large",
        "The request exceeds the size limit, so it was not read. Nothing was stored.",
        "Open the link from `kubectl connection authorize` again.";
    WrongConnection BAD_REQUEST NewLink: "This response belongs to another Connection",
        "The provider redirected to the address of a Connection other than the one that was authorized. Nothing was stored.",
        "If another person sent you here, close this page. Otherwise, check that the redirect URI that is registered at the provider is that of this Connection, and create a new link:";
}

/// A message, with a detail if there is one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct PageError {
    pub message: PageMessage,
    /// What happened, instead of the message's text. Markup is escaped.
    pub detail: Option<String>,
}

impl From<PageMessage> for PageError {
    fn from(message: PageMessage) -> Self {
        Self { message, detail: None }
    }
}

impl PageMessage {
    /// Returns an error with this message and a detail.
    pub(super) fn with_detail(self, detail: impl Into<String>) -> PageError {
        PageError { message: self, detail: Some(detail.into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_states_what_happened_and_what_to_do_next() {
        assert!(PageMessage::ALL.is_sorted_by_key(|message| message.as_str()));
        for message in PageMessage::ALL {
            assert!(message.what().ends_with('.'), "{message:?}");
            let with_command = message.command() != RemedyCommand::None;
            let end = if with_command { ':' } else { '.' };
            assert!(message.next().ends_with(end), "{message:?}");
        }
    }
}
