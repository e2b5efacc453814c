//! The allowed hosts of a Secret, which its owner sets. Without them, anyone who may write a
//! Connection could have the operator send any Secret of the namespace to their own host.

use url::Url;

use crate::api::names::ALLOWED_HOSTS_ANNOTATION;
use crate::net::host_pattern::HostPattern;
use connection_core::connection::error::ConnectionError;
use connection_core::connection::reason::Reason;

/// The hosts to which a Secret may be sent.
pub struct AllowedHosts {
    /// The field of the spec that refers to the Secret.
    pub field: &'static str,
    /// Name of the Secret.
    pub secret: String,
    /// None if the Secret has no annotation.
    pub hosts: Option<Vec<HostPattern>>,
}

impl AllowedHosts {
    /// Checks that the Secret may be sent to an endpoint. If `required` is true, a Secret without
    /// the annotation may not be sent anywhere.
    pub fn check(&self, endpoint: &Url, required: bool) -> Result<(), ConnectionError> {
        let is_allowed = match (&self.hosts, endpoint.host()) {
            (None, _) => !required,
            (Some(hosts), Some(host)) => hosts.iter().any(|pattern| pattern.matches(&host)),
            // The list cannot contain an endpoint without a host.
            (Some(_), None) => false,
        };
        if is_allowed {
            return Ok(());
        }
        let message = format!(
            "{}: Secret `{}` may not be sent to this endpoint or through this proxy: ask its owner to add the host to the annotation {ALLOWED_HOSTS_ANNOTATION}",
            self.field, self.secret
        );
        Err(ConnectionError::on_change(Reason::EndpointNotAllowed, message).with_slow_backoff())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(hosts: Option<&str>, required: bool) -> bool {
        let allowed_hosts = AllowedHosts {
            field: "spec.client.secretRef",
            secret: "s".to_owned(),
            hosts: hosts.map(HostPattern::parse_list),
        };
        allowed_hosts
            .check(&Url::parse("https://login.example.com/token").unwrap(), required)
            .is_ok()
    }

    #[test]
    fn a_secret_is_sent_only_to_hosts_that_its_owner_allows() {
        assert!(allows(None, false));
        assert!(!allows(None, true));
        assert!(allows(Some("login.example.com"), true));
        assert!(allows(Some("a.example.org, *.example.com"), false));
        assert!(!allows(Some("evil.example.org"), false));
        assert!(!allows(Some(""), false));
    }
}
