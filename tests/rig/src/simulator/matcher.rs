//! Which requests a behavior is for.

use crate::simulator::ledger::TokenRequest;

/// Which requests a behavior is for. Without conditions: every one.
#[derive(Clone, Debug, Default)]
pub struct Matcher {
    issuer: Option<String>,
    client_id: Option<String>,
    path: Option<String>,
    times: Option<u64>,
}

impl Matcher {
    /// Every request.
    #[must_use]
    pub fn any() -> Self {
        Self::default()
    }

    /// The next so many requests of any client.
    #[must_use]
    pub fn next(times: u64) -> Self {
        Self::default().times(times)
    }

    /// Requests with an assertion of this issuer (unverified).
    #[must_use]
    pub fn issuer(issuer: &str) -> Self {
        Self { issuer: Some(issuer.to_owned()), ..Self::default() }
    }

    /// Requests of this client, by `client_id` or HTTP Basic.
    #[must_use]
    pub fn client_id(client_id: &str) -> Self {
        Self { client_id: Some(client_id.to_owned()), ..Self::default() }
    }

    /// Requests for this path.
    #[must_use]
    pub fn path(path: &str) -> Self {
        Self { path: Some(path.to_owned()), ..Self::default() }
    }

    /// Only the next so many of them.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// Whether a request is meant. Counts it if the matcher is for a number of requests.
    pub(super) fn takes(&mut self, request: &TokenRequest) -> bool {
        let same = |wanted: &Option<String>, is: &dyn Fn() -> Option<String>| {
            wanted.is_none() || *wanted == is()
        };
        let taken = self.times != Some(0)
            && same(&self.path, &|| Some(request.path.to_string()))
            && same(&self.issuer, &|| request.issuer())
            && same(&self.client_id, &|| request.client_id());
        if taken {
            self.times = self.times.map(|times| times - 1);
        }
        taken
    }

    /// Whether it will never take another request.
    pub(super) fn is_spent(&self) -> bool {
        self.times == Some(0)
    }
}
