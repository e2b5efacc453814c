//! What a person and a provider answer at the authorization endpoint.

/// How authorization requests are answered: at once, without any page, unless configured otherwise.
#[derive(Clone, Debug)]
pub struct Consent {
    pub(super) answer: Answer,
    pub(super) issuer: Issuer,
    pub(super) state: Option<String>,
    pub(super) code: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) enum Answer {
    Code,
    Error { error: String, description: Option<String> },
    Page(String),
}

/// `iss` of an authorization answer (RFC 9207).
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Issuer {
    /// As the settings have it.
    Usual,
    /// None, even if the metadata announces one.
    Missing,
    /// Another, as in a mix-up (RFC 9700 section 4.4).
    Other(String),
}

impl Consent {
    fn answering(answer: Answer) -> Self {
        Self { answer, issuer: Issuer::Usual, state: None, code: None }
    }

    /// Redirects with a code.
    #[must_use]
    pub fn granted() -> Self {
        Self::answering(Answer::Code)
    }

    /// Redirects with an error (RFC 6749 section 4.1.2.1), such as `access_denied`, and any
    /// description, HTML or not.
    #[must_use]
    pub fn refused(error: &str, description: Option<&str>) -> Self {
        let description = description.map(str::to_owned);
        Self::answering(Answer::Error { error: error.to_owned(), description })
    }

    /// Shows a page (HTML) and leads nowhere: a person who goes away.
    #[must_use]
    pub fn page(html: &str) -> Self {
        Self::answering(Answer::Page(html.to_owned()))
    }

    /// Answers with another `iss`, or none.
    #[must_use]
    pub fn issuer(mut self, issuer: Issuer) -> Self {
        self.issuer = issuer;
        self
    }

    /// Answers with another `state` than was asked with.
    #[must_use]
    pub fn state(mut self, state: &str) -> Self {
        self.state = Some(state.to_owned());
        self
    }

    /// Hands out this code instead of one of its own: one that was injected (RFC 9700 section 4.5).
    #[must_use]
    pub fn code(mut self, code: &str) -> Self {
        self.code = Some(code.to_owned());
        self
    }
}
