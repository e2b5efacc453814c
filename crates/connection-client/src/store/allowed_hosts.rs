//! The pin of a Secret: its owner says which hosts it may be sent to. Else whoever may write a
//! Connection could have any Secret of the namespace sent to a host of their own.

use url::Url;

use crate::api::names::ALLOWED_HOSTS_ANNOTATION;
use crate::net::host_pattern::HostPattern;
use connection_core::connection::error::ConnectionError;
use connection_core::connection::reason::Reason;

/// Where a Secret may be sent to.
pub struct AllowedHosts {
    /// The field of the spec that names the Secret.
    pub field: &'static str,
    /// Name of the Secret.
    pub secret: String,
    /// The hosts; none where the owner says nothing.
    pub hosts: Option<Vec<HostPattern>>,
}

impl AllowedHosts {
    /// Checks that the Secret may be sent to an endpoint; `required` says whether one without a pin
    /// may be sent at all.
    ///
    /// # Errors
    ///
    /// Returns a fault that names the annotation to set.
    pub fn check(&self, endpoint: &Url, required: bool) -> Result<(), ConnectionError> {
        let admitted = match (&self.hosts, endpoint.host()) {
            (None, _) => !required,
            (Some(hosts), Some(host)) => hosts.iter().any(|pattern| pattern.matches(&host)),
            (Some(_), None) => false,
        };
        if admitted {
            return Ok(());
        }
        let message = format!(
            "{}: Secret `{}` may not be sent to this endpoint, or through this proxy with a truststore of one's own: its owner can allow that by adding the host to the Secret's annotation {ALLOWED_HOSTS_ANNOTATION}",
            self.field, self.secret
        );
        Err(ConnectionError::on_change(Reason::EndpointNotAllowed, message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(hosts: Option<&str>, required: bool) -> bool {
        let pin = AllowedHosts {
            field: "spec.client.secretRef",
            secret: "s".to_owned(),
            hosts: hosts.map(HostPattern::parse_list),
        };
        pin.check(&Url::parse("https://login.example.com/token").unwrap(), required).is_ok()
    }

    #[test]
    fn a_secret_goes_only_where_its_owner_lets_it() {
        assert!(allows(None, false));
        assert!(!allows(None, true));
        assert!(allows(Some("login.example.com"), true));
        assert!(allows(Some("a.example.org, *.example.com"), false));
        assert!(!allows(Some("evil.example.org"), false));
        assert!(!allows(Some(""), false));
    }
}
