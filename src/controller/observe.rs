//! Gathers the facts: from the watches' caches, from memory, without a single request.

use std::sync::Arc;

use jiff::Timestamp;
use kube::ResourceExt;

use crate::api::connection::Connection;
use crate::api::convert;
use crate::api::names::{RECONCILE_REQUESTED_AT_ANNOTATION, RENEW_AT_ANNOTATION};
use crate::api::status::ConnectionStatus;
use crate::connection::desired::Desired;
use crate::connection::digest::Digest;
use crate::connection::facts::{
    Activity, Facts, Failure, Fit, Held, HeldToken, Inputs, Renewal, Spec,
};
use crate::connection::fault::Fault;
use crate::connection::preset::resolved::ResolvedPreset;
use crate::connection::reason::Reason;
use crate::connection::record::{Answers, Record, Versions};
use crate::connection::schedule::{self, Life, Window};
use crate::controller::context::Context;
use crate::controller::memory::{Memo, Opened};
use crate::provider;
use crate::store::secret_facts::SecretFacts;

/// A Connection as it was seen, with its identity at hand.
#[derive(Clone)]
pub struct Subject {
    pub connection: Arc<Connection>,
    pub namespace: String,
    pub name: String,
    pub uid: String,
}

impl Subject {
    pub fn of(connection: Arc<Connection>) -> Self {
        Self {
            namespace: connection.namespace().unwrap_or_default(),
            name: connection.name_any(),
            uid: connection.uid().unwrap_or_default(),
            connection,
        }
    }
}

/// The facts, and what they were made from.
pub struct Observation {
    pub facts: Facts,
    pub desired: Option<Arc<Desired>>,
    pub record: Option<Record>,
    /// The token Secret, where it is this Connection's.
    pub secret: Option<SecretFacts>,
    /// The digest of what the outcome of a request depends on.
    pub basis: Digest,
    /// The window in which retries have to fit.
    pub window: Window,
    /// The status that the Connection has now.
    pub status: ConnectionStatus,
    /// The annotations that ask for a renewal.
    pub asked: Asked,
}

/// The values of the annotations that ask for a renewal.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asked {
    pub renew_at: Option<String>,
    pub reconcile_at: Option<String>,
}

impl Asked {
    /// What a token that is requested now answers.
    pub fn answers(&self) -> Answers {
        let digest =
            |value: &Option<String>| value.as_ref().map(|text| Digest::of_bytes(text.as_bytes()));
        Answers { renew_at: digest(&self.renew_at), reconcile_at: digest(&self.reconcile_at) }
    }
}

/// Gathers the facts at `now`.
pub fn observe(context: &Context, subject: &Subject, now: Timestamp) -> Observation {
    let desired = desired(&subject.connection);
    // The name is known also where the rest of the spec cannot be done.
    let output = convert::token_secret(&subject.connection);
    let (secret, foreign) = match context.secrets.get(&subject.namespace, &output) {
        Some(secret) if is_ours(&secret, &subject.name) => (Some(secret), false),
        Some(_) => (None, true),
        None => (None, false),
    };
    let inputs =
        desired.as_ref().map_err(Clone::clone).and_then(|one| versions(context, subject, one));
    context.memory.with(&subject.uid, |memo| {
        let status = current_status(&subject.connection, memo);
        let asked = asked(&subject.connection);
        let record = secret.as_ref().and_then(|one| Record::read(&one.token.as_ref()?.record));
        let held = match (&secret, &record) {
            _ if foreign => Held::Foreign,
            (Some(secret), Some(record)) => {
                Held::Token(held(desired.as_ref().ok(), secret, record, &subject.uid))
            }
            _ => Held::Nothing,
        };
        let basis = Digest::of(&(
            desired.as_ref().ok().map(|one| (&one.request, &one.transport)),
            inputs.as_ref().ok().map(|seen| &seen.all),
            (&output, secret.as_ref().map(|one| &*one.uid), foreign),
            (&asked.renew_at, &asked.reconcile_at),
        ));
        let window = window(&held, now);
        let facts = Facts {
            activity: activity(&subject.connection),
            spec: spec(&desired),
            unwritten: memo.unwritten.is_some(),
            inputs: compare(inputs, &desired, record.as_ref(), memo.opened.as_deref()),
            renewal: renewal(&asked, record.as_ref()),
            failure: failure(memo, basis),
            held,
        };
        let desired = desired.ok().map(Arc::new);
        Observation { facts, desired, record, secret, basis, window, status, asked }
    })
}

fn spec(desired: &Result<Desired, Fault>) -> Spec {
    desired.as_ref().map_or_else(|fault| Spec::Invalid(fault.clone()), |_| Spec::Valid)
}

fn window(held: &Held, now: Timestamp) -> Window {
    match held {
        Held::Token(token) => Window::left(token.life, token.due, now),
        Held::Foreign | Held::Nothing => Window::open(),
    }
}

fn desired(connection: &Connection) -> Result<Desired, Fault> {
    let invalid = |message: String| Fault::on_change(Reason::PresetInvalid, message);
    let preset: Option<ResolvedPreset<'_>> = match &connection.spec.provider {
        None => None,
        Some(wanted) => {
            let preset = provider::find(&wanted.name).ok_or_else(|| {
                let known: Vec<_> = provider::names().collect();
                invalid(format!(
                    "spec.provider.name: there is no preset `{}`: use one of {}",
                    wanted.name,
                    known.join(", ")
                ))
            })?;
            Some(preset.resolve(&wanted.values).map_err(|error| invalid(error.to_string()))?)
        }
    };
    convert::desired(connection, preset.as_ref())
}

fn activity(connection: &Connection) -> Activity {
    if connection.metadata.deletion_timestamp.is_some() {
        Activity::Deleting
    } else if connection.spec.suspend == Some(true) {
        Activity::Suspended
    } else {
        Activity::Active
    }
}

/// A token Secret names its Connection; one that was restored from a backup still does.
fn is_ours(secret: &SecretFacts, name: &str) -> bool {
    secret.token.as_ref().is_some_and(|token| &*token.connection == name)
}

fn held(desired: Option<&Desired>, secret: &SecretFacts, record: &Record, uid: &str) -> HeldToken {
    let life = Life { issued_at: record.issued_at, expires_at: record.expires_at };
    let refresh = desired.map(|one| one.refresh).unwrap_or_default();
    let fit = desired.map_or(Fit::Good, |desired| fit(desired, secret, record, uid));
    HeldToken { life, due: schedule::due(life, refresh, uid), fit }
}

fn fit(desired: &Desired, secret: &SecretFacts, record: &Record, uid: &str) -> Fit {
    let token = secret.token.as_deref();
    // Names that we wrote and do not own any more were taken over or removed by somebody else.
    let keys = token.and_then(|one| one.keys).zip(record.keys);
    let touched = keys.is_some_and(|(now, written)| now != written);
    let owned = token.and_then(|one| one.owner.as_deref()) == Some(uid);
    let dressed = record.form == desired.output.form() && record.dress == desired.output.dress();
    if touched || record.request != Digest::of(&desired.request) {
        Fit::Stale
    } else if owned && dressed {
        Fit::Good
    } else {
        Fit::Misdressed
    }
}

/// The versions of the Secrets that are read.
pub struct Seen {
    /// Of those that decide which token comes.
    pub request: Versions,
    /// Of all.
    pub all: Versions,
}

impl Seen {
    pub fn of(desired: &Desired, all: Versions) -> Self {
        let (mut request, names) = (all.clone(), desired.request.secrets());
        request.retain(|name, _| names.contains(&name.as_str()));
        Self { request, all }
    }
}

/// The versions of the Secrets that are read, as far as the watch knows.
pub fn versions(context: &Context, subject: &Subject, desired: &Desired) -> Result<Seen, Fault> {
    let version =
        |(field, name): (&'static str, &str)| match context.secrets.get(&subject.namespace, name) {
            Some(secret) => Ok((name.to_owned(), secret.version())),
            None => Err(Fault::secret_not_found(field, name)),
        };
    let all: Versions = desired.secrets().into_iter().map(version).collect::<Result<_, _>>()?;
    Ok(Seen::of(desired, all))
}

fn compare(
    versions: Result<Seen, Fault>,
    desired: &Result<Desired, Fault>,
    record: Option<&Record>,
    opened: Option<&Opened>,
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
        Some(_) => {
            let compared = opened.filter(|one| one.request_versions == Digest::of(&versions));
            match compared.and_then(|one| one.same_as_held) {
                Some(true) => Inputs::Same,
                Some(false) => Inputs::Changed,
                None => Inputs::Moved,
            }
        }
    }
}

fn asked(connection: &Connection) -> Asked {
    let annotation = |name: &str| connection.annotations().get(name).cloned();
    Asked {
        renew_at: annotation(RENEW_AT_ANNOTATION),
        reconcile_at: annotation(RECONCILE_REQUESTED_AT_ANNOTATION),
    }
}

/// A value that the held token does not answer asks; where none is held there is nothing to renew.
fn renewal(asked: &Asked, record: Option<&Record>) -> Renewal {
    let Some(Record { answers, .. }) = record else { return Renewal::NotAsked };
    let wanted = asked.answers();
    let new = |wanted: Option<Digest>, answered| wanted.is_some() && wanted != answered;
    if new(wanted.renew_at, answers.renew_at) || new(wanted.reconcile_at, answers.reconcile_at) {
        Renewal::Asked
    } else {
        Renewal::NotAsked
    }
}

/// A failure counts as long as what it depended on is the same.
fn failure(memo: &Memo, basis: Digest) -> Option<Failure> {
    let last = memo.failure.as_ref().filter(|last| last.basis == basis)?;
    Some(Failure { fault: last.fault.clone(), retry_at: last.retry_at })
}

/// The status as we wrote it last, until the watch has told of it.
fn current_status(connection: &Connection, memo: &mut Memo) -> ConnectionStatus {
    let seen = connection.resource_version().and_then(|text| text.parse().ok()).unwrap_or(0_u64);
    if memo.reported.as_ref().is_some_and(|reported| reported.resource_version <= seen) {
        memo.reported = None;
    }
    match &memo.reported {
        Some(reported) => reported.status.clone(),
        None => connection.status.clone().unwrap_or_default(),
    }
}
