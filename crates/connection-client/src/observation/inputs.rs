//! The versions of the Secrets that a request uses, compared with those of the current token.

use crate::observation::prior_state::InputComparison;
use crate::store::secret_summary::SecretSummary;
use connection_core::connection::desired::Desired;
use connection_core::connection::digest::Digest;
use connection_core::connection::error::ConnectionError;
use connection_core::connection::facts::InputState;
use connection_core::connection::secret_ref::{SecretRef, SecretRole};
use connection_core::connection::token_record::{TokenRecord, Versions};

/// Looks up the metadata of a Secret in the Connection's namespace, by name.
pub type SecretLookup<'a> = &'a dyn Fn(&str) -> Option<SecretSummary>;

/// The versions of the Secrets that token requests read.
pub struct InputVersions {
    /// Of Secrets that decide which token the provider issues.
    pub request: Versions,
    /// Of these and of the transport.
    pub all: Versions,
}

impl InputVersions {
    pub fn new(desired: &Desired, all: Versions) -> Self {
        let (mut request, refs) =
            (all.clone(), desired.secret_refs.secrets(SecretRole::is_request));
        request.retain(|name, _| refs.iter().any(|reference| reference.name == *name));
        Self { request, all }
    }
}

/// Returns the versions, or an error for the first Secret that does not exist.
pub fn versions(
    secrets: SecretLookup<'_>,
    desired: &Desired,
) -> Result<InputVersions, ConnectionError> {
    let version = |SecretRef { field, name, .. }: &SecretRef| match secrets(name) {
        Some(secret) => Ok((name.clone(), secret.version())),
        None => Err(ConnectionError::secret_not_found(field, name)),
    };
    // In the order of the spec, so that the error is always about the same Secret.
    let refs = desired.secret_refs.secrets(SecretRole::is_input);
    let all: Versions = refs.into_iter().map(version).collect::<Result<_, _>>()?;
    Ok(InputVersions::new(desired, all))
}

/// Compares the versions with those of the current token.
pub fn compare(
    versions: Result<InputVersions, ConnectionError>,
    desired: Result<&Desired, &ConnectionError>,
    record: Option<&TokenRecord>,
    compared: Option<InputComparison>,
) -> InputState {
    let (versions, desired) = match (versions, desired) {
        // The error of the spec is reported instead.
        (_, Err(_)) => return InputState::Unchanged,
        (Err(error), Ok(_)) => return InputState::Unusable(error),
        (Ok(versions), Ok(desired)) => (versions.request, desired),
    };
    match record {
        None => InputState::Unchanged,
        Some(record) if record.inputs == versions => InputState::Unchanged,
        // The request changed, so that the token is outdated even if the Secrets did not change.
        Some(record) if record.request != Digest::from_json(&desired.request) => {
            InputState::Unchanged
        }
        Some(_) => {
            // The result of the last comparison: each version of a Secret is read once.
            match compared.filter(|compared| compared.versions == Digest::from_json(&versions)) {
                Some(InputComparison { same: true, .. }) => InputState::Unchanged,
                Some(InputComparison { same: false, .. }) => InputState::Changed,
                None => InputState::VersionChanged,
            }
        }
    }
}
