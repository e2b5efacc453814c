//! The Secrets that a request uses: which versions there are, compared with those that the held
//! token was made from.

use crate::observation::prior_state::InputComparison;
use crate::store::secret_summary::SecretSummary;
use connection_core::connection::desired::Desired;
use connection_core::connection::digest::Digest;
use connection_core::connection::error::ConnectionError;
use connection_core::connection::facts::InputState;
use connection_core::connection::secret_ref::{SecretRef, SecretRole};
use connection_core::connection::token_record::{TokenRecord, Versions};

/// Looks up what is known of a Secret in the Connection's namespace, by its name.
pub type SecretLookup<'a> = &'a dyn Fn(&str) -> Option<SecretSummary>;

/// The versions of the Secrets that are read.
pub struct InputVersions {
    /// Of those that decide which token comes.
    pub request: Versions,
    /// Of all.
    pub all: Versions,
}

impl InputVersions {
    /// Tells those that decide which token comes from the others.
    #[must_use]
    pub fn of(desired: &Desired, all: Versions) -> Self {
        let (mut request, refs) =
            (all.clone(), desired.secret_refs.secrets(SecretRole::is_request));
        request.retain(|name, _| refs.iter().any(|reference| reference.name == *name));
        Self { request, all }
    }
}

/// The versions of the Secrets that are read, as far as they are known.
///
/// # Errors
///
/// Returns a fault that names the first one that is not there.
pub fn versions(
    secrets: SecretLookup<'_>,
    desired: &Desired,
) -> Result<InputVersions, ConnectionError> {
    let version = |SecretRef { field, name, .. }: &SecretRef| match secrets(name) {
        Some(secret) => Ok((name.clone(), secret.version())),
        None => Err(ConnectionError::secret_not_found(field, name)),
    };
    let refs = desired.secret_refs.secrets(SecretRole::is_input);
    let all: Versions = refs.into_iter().map(version).collect::<Result<_, _>>()?;
    Ok(InputVersions::of(desired, all))
}

/// Compares the versions with those that the held token was made from.
#[must_use]
pub fn compare(
    versions: Result<InputVersions, ConnectionError>,
    desired: Result<&Desired, &ConnectionError>,
    record: Option<&TokenRecord>,
    compared: Option<InputComparison>,
) -> InputState {
    let (versions, desired) = match (versions, desired) {
        (_, Err(_)) => return InputState::Unchanged,
        (Err(fault), Ok(_)) => return InputState::Unusable(fault),
        (Ok(versions), Ok(desired)) => (versions.request, desired),
    };
    match record {
        None => InputState::Unchanged,
        Some(record) if record.inputs == versions => InputState::Unchanged,
        // The request itself is another: the token is stale, whatever the Secrets say.
        Some(record) if record.request != Digest::from_json(&desired.request) => {
            InputState::Unchanged
        }
        Some(_) => match compared.filter(|one| one.versions == Digest::from_json(&versions)) {
            Some(InputComparison { same: true, .. }) => InputState::Unchanged,
            Some(InputComparison { same: false, .. }) => InputState::Changed,
            None => InputState::VersionChanged,
        },
    }
}
