//! Makes a grant of a refresh token that one has already.

use crate::clock;
use crate::connection::fault::Fault;
use crate::connection::grant::Consent;
use crate::controller::effect::Around;
use crate::controller::effect::consent::own::set_owner;
use crate::controller::effect::consent::{binding, read, unwritten, write};
use crate::controller::effect::discover;
use crate::controller::effect::read::opened;
use crate::store::grant_secret::GrantSecret;
use crate::store::inputs::Inputs;

/// Imports the refresh token.
pub async fn import(around: Around<'_>) -> Result<(), Fault> {
    let Around { context, subject, desired, .. } = around;
    let Some(at) = desired.authorization.as_ref().and_then(|one| one.import.as_ref()) else {
        return Ok(());
    };
    let (opened, _) = opened(context, subject, desired).await?;
    let issuing = discover::token_endpoint(context, desired, &opened, around.deadline()).await?;
    let binding = binding(around, &opened, issuing).await;
    let (token, pin, facts) = Inputs::read_one(&context.client, &subject.namespace, at).await?;
    let version = facts.version();
    for endpoint in binding.endpoints() {
        pin.check(endpoint, context.require_pins)?;
    }
    context.secrets.put(&subject.namespace, &at.secret, facts);
    let there = read(context, subject).await?;
    let mut grant = there.unwrap_or_else(|| GrantSecret::new(&subject.namespace, &subject.name));
    set_owner(around, &mut grant);
    grant.refresh_token = Some(token);
    grant.access = None;
    let record = &mut grant.record;
    record.binding = Some(binding);
    record.consent = Some(Consent { at: clock::now(), account: None, scopes: None });
    record.imported = Some(version);
    record.token = None;
    record.claim = None;
    record.dead_since = None;
    record.expires_at = None;
    record.unrenewable = false;
    write(context, subject, &mut grant).await.map_err(|error| unwritten(subject, error))
}
