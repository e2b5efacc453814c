//! The Secrets that a request uses: which versions there are, compared with those that the held
//! token was made from.

use crate::observation::prior_state::Compared;
use crate::store::secret_summary::SecretFacts;
use connection_core::connection::desired::Desired;
use connection_core::connection::digest::Digest;
use connection_core::connection::error::Fault;
use connection_core::connection::facts::Inputs;
use connection_core::connection::token_record::{Record, Versions};

/// Looks up what is known of a Secret in the Connection's namespace, by its name.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<SecretFacts>;

/// The versions of the Secrets that are read.
pub struct Seen {
    /// Of those that decide which token comes.
    pub request: Versions,
    /// Of all.
    pub all: Versions,
}

impl Seen {
    /// Tells those that decide which token comes from the others.
    #[must_use]
    pub fn of(desired: &Desired, all: Versions) -> Self {
        let (mut request, names) = (all.clone(), desired.request.secrets());
        request.retain(|name, _| names.contains(&name.as_str()));
        Self { request, all }
    }
}

/// The versions of the Secrets that are read, as far as they are known.
///
/// # Errors
///
/// Returns a fault that names the first one that is not there.
pub fn versions(secrets: Lookup<'_>, desired: &Desired) -> Result<Seen, Fault> {
    let version = |(field, name): (&'static str, &str)| match secrets(name) {
        Some(secret) => Ok((name.to_owned(), secret.version())),
        None => Err(Fault::secret_not_found(field, name)),
    };
    let all: Versions = desired.secrets().into_iter().map(version).collect::<Result<_, _>>()?;
    Ok(Seen::of(desired, all))
}

/// Compares the versions with those that the held token was made from.
#[must_use]
pub fn compare(
    versions: Result<Seen, Fault>,
    desired: Result<&Desired, &Fault>,
    record: Option<&Record>,
    compared: Option<Compared>,
) -> Inputs {
    let (versions, desired) = match (versions, desired) {
        (_, Err(_)) => return Inputs::Same,
        (Err(fault), Ok(_)) => return Inputs::Faulty(fault),
        (Ok(versions), Ok(desired)) => (versions.request, desired),
    };
    match record {
        None => Inputs::Same,
        Some(record) if record.inputs == versions => Inputs::Same,
        // The request itself is another: the token is stale, whatever the Secrets say.
        Some(record) if record.request != Digest::of(&desired.request) => Inputs::Same,
        Some(_) => match compared.filter(|one| one.versions == Digest::of(&versions)) {
            Some(Compared { same: true, .. }) => Inputs::Same,
            Some(Compared { same: false, .. }) => Inputs::Changed,
            None => Inputs::Moved,
        },
    }
}
