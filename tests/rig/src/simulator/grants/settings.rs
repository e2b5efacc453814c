//! What kind of provider it is.

use std::time::Duration;

/// A registered client.
#[derive(Clone, Debug)]
pub struct Client {
    pub(super) id: String,
    pub(super) secret: Option<String>,
    pub(super) redirect_uris: Vec<String>,
}

impl Client {
    /// A client with a secret, which it may show by HTTP Basic or in the form.
    #[must_use]
    pub fn new(id: &str, secret: &str, redirect_uri: &str) -> Self {
        Self { secret: Some(secret.to_owned()), ..Self::public(id, redirect_uri) }
    }

    /// A client without a secret. Assertions in its place are not verified.
    #[must_use]
    pub fn public(id: &str, redirect_uri: &str) -> Self {
        let redirect_uris = vec![redirect_uri.to_owned()];
        Self { id: id.to_owned(), secret: None, redirect_uris }
    }

    /// A further redirect URI. They are compared as text.
    #[must_use]
    pub fn redirect_uri(mut self, redirect_uri: &str) -> Self {
        self.redirect_uris.push(redirect_uri.to_owned());
        self
    }
}

/// What a refresh does to the refresh token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Rotation {
    /// Nothing: the answer has none, and the old one stays good.
    Never,
    /// The answer has a new one. For so long the old one is still good, and gives the new one again;
    /// after that its use revokes the whole family (RFC 9700 section 4.14.2).
    Always {
        /// How long; zero for not at all.
        grace: Duration,
    },
}

/// What the second use of a refresh token does to its family.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Reuse {
    Revokes,
    IsRefused,
}

/// Pushed authorization requests (RFC 9126).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Pushed {
    Offered,
    Demanded,
}

/// The person who consents.
#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) subject: String,
    pub(super) email: String,
    pub(super) email_verified: bool,
}

/// The kind of provider. Default: one that rotates without grace, requires PKCE, returns its
/// issuer (RFC 9207) and takes pushed requests without demanding them.
#[derive(Clone, Debug)]
pub struct Settings {
    pub(super) clients: Vec<Client>,
    pub(super) rotation: Rotation,
    pub(super) reuse: Reuse,
    pub(super) refresh_tokens: bool,
    pub(super) refresh_lifetime: Option<Duration>,
    pub(super) account: Account,
    pub(super) pkce: bool,
    pub(super) returns_issuer: bool,
    pub(super) pushed: Pushed,
}

impl Settings {
    /// A provider with one client.
    #[must_use]
    pub fn new(client: Client) -> Self {
        let account = Account {
            subject: "ada".to_owned(),
            email: "ada@example.com".to_owned(),
            email_verified: true,
        };
        Self {
            clients: vec![client],
            rotation: Rotation::Always { grace: Duration::ZERO },
            reuse: Reuse::Revokes,
            refresh_tokens: true,
            refresh_lifetime: None,
            account,
            pkce: true,
            returns_issuer: true,
            pushed: Pushed::Offered,
        }
    }

    /// A further client.
    #[must_use]
    pub fn client_too(mut self, client: Client) -> Self {
        self.clients.push(client);
        self
    }

    /// What a refresh does to the refresh token.
    #[must_use]
    pub fn rotating(mut self, rotation: Rotation) -> Self {
        self.rotation = rotation;
        self
    }

    /// Refuses a refresh token that was used before, and leaves its family as it is.
    #[must_use]
    pub fn refusing_reuse(mut self) -> Self {
        self.reuse = Reuse::IsRefused;
        self
    }

    /// Gives no refresh token at all.
    #[must_use]
    pub fn without_refresh_tokens(mut self) -> Self {
        self.refresh_tokens = false;
        self
    }

    /// Lifetime of each refresh token, returned in `refresh_token_expires_in`;
    /// without it they do not expire and nothing is returned. A lifetime that is returned and not enforced is a field of
    /// a scripted token answer.
    #[must_use]
    pub fn refresh_lifetime(mut self, lifetime: Duration) -> Self {
        self.refresh_lifetime = Some(lifetime);
        self
    }

    /// The user who consents, in ID token and userinfo. Default: `ada`, `ada@example.com`,
    /// verified.
    #[must_use]
    pub fn account(mut self, subject: &str, email: &str, email_verified: bool) -> Self {
        let (subject, email) = (subject.to_owned(), email.to_owned());
        self.account = Account { subject, email, email_verified };
        self
    }

    /// Takes authorization requests without PKCE.
    #[must_use]
    pub fn without_pkce(mut self) -> Self {
        self.pkce = false;
        self
    }

    /// Neither announces nor sends `iss` in authorization answers.
    #[must_use]
    pub fn without_issuer(mut self) -> Self {
        self.returns_issuer = false;
        self
    }

    /// Demands pushed authorization requests (RFC 9126 section 5).
    #[must_use]
    pub fn demanding_pushed(mut self) -> Self {
        self.pushed = Pushed::Demanded;
        self
    }

    pub(super) fn client(&self, id: &str) -> Option<&Client> {
        self.clients.iter().find(|client| client.id == id)
    }
}
