//! Writes what was received into the grant Secret: first, and again and again until it is there.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Stopwatch;
use crate::connection::fault::Fault;
use crate::connection::token::Token;
use crate::controller::context::Context;
use crate::controller::effect::consent::{unwritten, write};
use crate::controller::memory::Unsaved;
use crate::observation::subject::Subject;
use crate::store::call::CallError;
use crate::store::grant_secret::{Access, GrantSecret};

/// How long one step tries, also when the lease is lost meanwhile: compare-and-swap keeps an older
/// answer from replacing a newer one.
const PATIENCE: Duration = Duration::from_mins(10);

/// The first pause between two tries, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(5));

/// Saves the answer that is remembered as unsaved; `grant` is the Secret as it was written last.
pub async fn save(
    context: &Context,
    subject: &Subject,
    mut grant: Option<GrantSecret>,
) -> Result<(), Fault> {
    let Some(unsaved) = context.memory.with(&subject.uid, |memo| memo.unsaved.clone()) else {
        return Ok(());
    };
    let (stopwatch, mut pause) = (Stopwatch::start(), PAUSES.0);
    loop {
        match attempt(context, subject, &unsaved, grant.take()).await {
            Ok(token) => {
                context.memory.with(&subject.uid, |memo| {
                    memo.unsaved = None;
                    memo.unwritten = token.map(Arc::new).or(memo.unwritten.take());
                });
                return Ok(());
            }
            Err(error) if stopwatch.elapsed() > PATIENCE => return Err(unwritten(subject, error)),
            Err(error) => {
                tracing::warn!(namespace = subject.namespace, name = subject.name, %error, "a refresh token is not written down yet; it is tried again at once");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(PAUSES.1);
            }
        }
    }
}

/// One try. Returns the token that is to be published; none where somebody else was faster.
async fn attempt(
    context: &Context,
    subject: &Subject,
    unsaved: &Unsaved,
    grant: Option<GrantSecret>,
) -> Result<Option<Token>, CallError> {
    let mut grant = match grant {
        Some(grant) => grant,
        None => {
            match GrantSecret::read(&context.client, &subject.namespace, &subject.name).await? {
                Some(grant) => grant,
                None => GrantSecret::new(&subject.namespace, &subject.name),
            }
        }
    };
    // A new consent replaces whatever there is; a refresh follows on what it was made from.
    if unsaved.consent.is_none() && grant.record.serial > unsaved.follows {
        tracing::warn!(
            namespace = subject.namespace,
            name = subject.name,
            "somebody else refreshed this grant meanwhile: the older answer is dropped"
        );
        return Ok(None);
    }
    apply(unsaved, &mut grant);
    write(context, subject, &mut grant).await?;
    Ok(grant.token())
}

fn apply(unsaved: &Unsaved, grant: &mut GrantSecret) {
    let serial = grant.record.serial.max(unsaved.follows) + 1;
    let mut token = unsaved.token.record.clone();
    token.grant_serial = Some(serial);
    grant.access = Some(Access {
        access_token: unsaved.token.access_token.clone(),
        extras: unsaved.token.extras.clone(),
    });
    let record = &mut grant.record;
    record.serial = serial;
    record.token = Some(Box::new(token));
    record.claim = None;
    record.dead_since = None;
    record.binding = Some(unsaved.binding.clone());
    if let Some(consent) = &unsaved.consent {
        record.consent = Some(consent.clone());
        record.attempt = None;
        grant.refresh_token = None;
    }
    if let Some(outcome) = &unsaved.outcome {
        record.outcome = Some(outcome.clone());
    }
    if unsaved.refresh_token.is_some() {
        record.expires_at = unsaved.expires_at;
        grant.refresh_token.clone_from(&unsaved.refresh_token);
    }
    record.unrenewable = grant.refresh_token.is_none();
}
