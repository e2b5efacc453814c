//! What is between the operator and a provider: web servers, proxies, TLS, and certificates for
//! them. Real programs if there are some; what counts or misbehaves is of this crate. They know
//! nothing of the operator.

pub mod authority;
pub(crate) mod daemon;
pub mod microsocks;
pub mod nginx;
pub mod relay;
pub mod squid;
#[cfg(test)]
mod tests;

/// What a user shows to a proxy.
#[derive(Clone, Debug)]
pub struct Login {
    /// The user's name.
    pub username: String,
    /// The password.
    pub password: String,
}

impl Login {
    /// A user and a password.
    #[must_use]
    pub fn new(username: &str, password: &str) -> Self {
        Self { username: username.to_owned(), password: password.to_owned() }
    }
}
