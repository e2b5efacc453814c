//! Imports a refresh token from a Secret as a grant.

use crate::controller::steps::StepContext;
use crate::controller::steps::consent::owner_reference::set_owner;
use crate::controller::steps::consent::{grant_secret_error, read, write};
use crate::controller::steps::provider_session::ProviderSession;
use connection_client::observation::grant_facts::state;
use connection_client::store::grant_secret::GrantSecret;
use connection_client::store::inputs::Inputs;
use connection_core::clock;
use connection_core::connection::error::ConnectionError;
use connection_core::connection::grant::{Consent, GrantBinding, GrantRecord};
use connection_core::connection::grant_state::GrantState;

pub(crate) async fn import(ctx: StepContext<'_>) -> Result<(), ConnectionError> {
    let StepContext { context, observed, desired, .. } = ctx;
    let import = desired.authorization.as_ref().and_then(|spec| spec.import.as_ref());
    let Some(source) = import else { return Ok(()) };
    let session = ProviderSession::open(ctx).await?;
    let token_endpoint = session.token_endpoint().await?;
    let (token, allowed_hosts, facts) =
        Inputs::read_key(&context.client, &observed.namespace, source).await?;
    let binding = GrantBinding::new(desired, token_endpoint);
    // Checked now, because a grant does not carry the Secret's annotation.
    let revocation = session.revocation_endpoint().await.ok().flatten();
    // A failure is ignored, because an import needs no revocation.
    let revocation = revocation.iter().map(|resolved| &resolved.endpoint);
    for endpoint in binding.endpoints().chain(revocation) {
        allowed_hosts.check(endpoint, context.require_allowed_hosts)?;
    }
    let version = facts.version();
    // The version that was read counts, because the watch may lag behind.
    context.secrets.put(&observed.namespace, &source.secret, facts);
    let existing = read(context, observed).await?;
    let mut grant =
        existing.unwrap_or_else(|| GrantSecret::new(&observed.namespace, &observed.name));
    let state = state(&grant.record, desired, &context.holder, clock::now());
    if is_done(&grant.record, state, &version) {
        return Ok(());
    }
    set_owner(ctx, &mut grant);
    grant.refresh_token = Some(token);
    // The access token belongs to the replaced grant.
    grant.access = None;
    let record = &mut grant.record;
    // The serial marks a late response to the replaced refresh token as older.
    record.serial += 1;
    record.binding = Some(binding);
    // Without an ID token the account is unknown.
    record.consent = Some(Consent { at: clock::now(), account: None, scopes: None });
    record.imported = Some(version);
    record.token = None;
    record.claim = None;
    record.invalidated_at = None;
    record.expires_at = None;
    record.expiry_announced_at = None;
    record.no_refresh_token = false;
    let written = write(context, observed, &mut grant).await;
    written.map_err(|error| grant_secret_error(observed, error))
}

/// Returns true if nothing is left to import. The observation may lag: another leader may have
/// imported and used the refresh token, or a user may have given consent.
fn is_done(record: &GrantRecord, state: GrantState, version: &str) -> bool {
    record.imported.as_deref() == Some(version)
        || matches!(state, GrantState::Active | GrantState::Claimed(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lagging_watch_does_not_restore_an_imported_refresh_token() {
        let record = |version: Option<&str>| GrantRecord {
            imported: version.map(str::to_owned),
            ..GrantRecord::default()
        };
        let later = clock::now();
        let (same, older) = (Some("uid/7"), Some("uid/3"));
        for (claim, version, state, done) in [
            ("no grant exists", None, GrantState::Absent, false),
            ("another leader imported the token", same, GrantState::Active, true),
            ("another leader is sending it", same, GrantState::Claimed(later), true),
            ("the provider rejected it", same, GrantState::Invalidated, true),
            ("a user gave consent", None, GrantState::Active, true),
            ("an older token was rejected", older, GrantState::Invalidated, false),
            ("an older token is active", older, GrantState::Active, true),
            ("the spec names another client", None, GrantState::BindingMismatch, false),
        ] {
            assert_eq!(is_done(&record(version), state, "uid/7"), done, "{claim}");
        }
    }
}
