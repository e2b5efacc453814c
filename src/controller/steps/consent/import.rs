//! Makes a grant of a refresh token that one has already.

use crate::controller::steps::StepContext;
use crate::controller::steps::consent::owner_reference::set_owner;
use crate::controller::steps::consent::{read, revoke, unwritten, write};
use crate::controller::steps::discover;
use crate::controller::steps::read::opened;
use connection_client::observation::grant_facts::state;
use connection_client::store::grant_secret::GrantSecret;
use connection_client::store::inputs::Inputs;
use connection_core::clock;
use connection_core::connection::error::ConnectionError;
use connection_core::connection::grant::{Binding, Consent, GrantRecord};
use connection_core::connection::grant_state::GrantState;

/// Imports the refresh token.
pub(crate) async fn import(around: StepContext<'_>) -> Result<(), ConnectionError> {
    let StepContext { context, subject, desired, .. } = around;
    let Some(at) = desired.authorization.as_ref().and_then(|one| one.import.as_ref()) else {
        return Ok(());
    };
    let (opened, _) = opened(context, subject, desired).await?;
    let issuing = discover::token_endpoint(context, desired, &opened, around.deadline()).await?;
    let (token, pin, facts) = Inputs::read_key(&context.client, &subject.namespace, at).await?;
    let binding = Binding::new(desired, issuing);
    let revocation = revoke::endpoint(around, &opened).await.ok().flatten();
    for endpoint in binding.endpoints().chain(revocation.iter().map(|one| &one.endpoint)) {
        pin.check(endpoint, context.require_pins)?;
    }
    let version = facts.version();
    context.secrets.put(&subject.namespace, &at.secret, facts);
    let there = read(context, subject).await?;
    let mut grant = there.unwrap_or_else(|| GrantSecret::new(&subject.namespace, &subject.name));
    let state = state(&grant.record, desired, &context.holder, clock::now());
    if is_done(&grant.record, state, &version) {
        return Ok(());
    }
    set_owner(around, &mut grant);
    grant.refresh_token = Some(token);
    grant.access = None;
    let record = &mut grant.record;
    record.serial += 1;
    record.binding = Some(binding);
    record.consent = Some(Consent { at: clock::now(), account: None, scopes: None });
    record.imported = Some(version);
    record.token = None;
    record.claim = None;
    record.invalidated_at = None;
    record.expires_at = None;
    record.expiry_announced_at = None;
    record.no_refresh_token = false;
    write(context, subject, &mut grant).await.map_err(|error| unwritten(subject, error))
}

/// Whether there is nothing left to import. What the watch told may be old: another leader may have
/// imported the refresh token, and have used it since, or a person may have given consent.
fn is_done(there: &GrantRecord, state: GrantState, version: &str) -> bool {
    there.imported.as_deref() == Some(version)
        || matches!(state, GrantState::Active | GrantState::Claimed(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_watch_that_lags_behind_brings_no_refresh_token_back() {
        let of = |version: Option<&str>| GrantRecord {
            imported: version.map(str::to_owned),
            ..GrantRecord::default()
        };
        let later = clock::now();
        for (claim, there, state, done) in [
            ("nothing is there", of(None), GrantState::Absent, false),
            ("another leader imported it", of(Some("uid/7")), GrantState::Active, true),
            ("and is sending it", of(Some("uid/7")), GrantState::Claimed(later), true),
            ("and it died of that", of(Some("uid/7")), GrantState::Invalidated, true),
            ("a person gave consent meanwhile", of(None), GrantState::Active, true),
            (
                "an older one was imported and died",
                of(Some("uid/3")),
                GrantState::Invalidated,
                false,
            ),
            ("an older one was imported and lives", of(Some("uid/3")), GrantState::Active, true),
            ("the spec names another client now", of(None), GrantState::BindingMismatch, false),
        ] {
            assert_eq!(is_done(&there, state, "uid/7"), done, "{claim}");
        }
    }
}
