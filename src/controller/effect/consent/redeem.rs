//! Exchanges a code that was handed over for a grant. A ticket is marked as used before the code is
//! sent, so that no code is sent twice; what comes of it is written where the page and the person
//! look for it.

use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret;
use url::Url;

use crate::clock;
use crate::connection::compose::{Presented, present};
use crate::connection::desired::Desired;
use crate::connection::fault::Fault;
use crate::connection::grant::{Binding, Consent, Outcome};
use crate::connection::reason::Reason;
use crate::connection::record::{Answers, Versions};
use crate::controller::effect::Around;
use crate::controller::effect::consent::account::check_account;
use crate::controller::effect::consent::hand_over::{Good, delete, take};
use crate::controller::effect::consent::own::set_owner;
use crate::controller::effect::consent::{binding, read, save, unwritten, write};
use crate::controller::effect::discover;
use crate::controller::effect::exchange::{self, Answered, Received};
use crate::controller::effect::read::opened;
use crate::controller::effect::way::{client, demand_pins};
use crate::controller::memory::{Opened, Unsaved};
use crate::flow::authorization_code::Code;
use crate::oauth::error_code::ErrorCode;
use crate::oauth::refusal::Refusal;
use crate::random;
use crate::store::grant_secret::GrantSecret;
use crate::store::hand_over::{self, HandOver, HandOverKind};

/// How often a code is sent that the provider cannot have seen.
const TRIES: u32 = 4;

/// The pause between two tries.
const PAUSE: Duration = Duration::from_secs(1);

/// Redeems what was handed over.
pub async fn redeem(around: Around<'_>) -> Result<(), Fault> {
    let Around { context, subject, .. } = around;
    let Some(Good { hand_over, ticket }) = take(around, HandOverKind::Answer).await? else {
        return Ok(());
    };
    let there = read(context, subject).await?;
    let mut grant = there.unwrap_or_else(|| GrantSecret::new(&subject.namespace, &subject.name));
    if grant.record.outcome.as_ref().is_some_and(|one| one.ticket == ticket) {
        return delete(context, subject, &hand_over).await;
    }
    let outcome = |failure: Failure| Outcome {
        ticket,
        at: clock::now(),
        reason: failure.reason,
        message: failure.message,
        open: false,
    };
    grant.record.attempt = None;
    grant.record.outcome = Some(Outcome { open: true, ..outcome(interrupted()) });
    set_owner(around, &mut grant);
    write(context, subject, &mut grant).await.map_err(|error| unwritten(subject, error))?;
    match exchanged(around, &hand_over).await {
        Ok(unsaved) => {
            let message = "a grant is there".to_owned();
            let authorized = Failure { reason: Reason::Authorized, message };
            let outcome = Some(outcome(authorized));
            let follows = grant.record.serial;
            let unsaved = Arc::new(Unsaved { outcome, follows, ..unsaved });
            context.memory.with(&subject.uid, |memo| memo.unsaved = Some(unsaved));
            save(context, subject, Some(grant)).await?;
        }
        Err(failure) => {
            tracing::warn!(
                namespace = subject.namespace,
                name = subject.name,
                reason = failure.reason.as_str(),
                cause = failure.message,
                "an authorization came to nothing"
            );
            grant.record.outcome = Some(outcome(failure));
            write(context, subject, &mut grant).await.map_err(|error| unwritten(subject, error))?;
        }
    }
    delete(context, subject, &hand_over).await
}

/// What an authorization came to.
pub struct Failure {
    pub reason: Reason,
    pub message: String,
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self {
            reason: Reason::AuthorizationFailed,
            message: format!(
                "consent was given, but the exchange of the code failed ({}): {}",
                fault.reason, fault.message
            ),
        }
    }
}

fn failed(message: impl Into<String>) -> Failure {
    Failure { reason: Reason::AuthorizationFailed, message: message.into() }
}

/// What stands there while a code is exchanged, and stays if the operator ends meanwhile: the code
/// may have been used, and using one twice could cost the grant (RFC 6749 section 4.1.2).
fn interrupted() -> Failure {
    failed("the exchange of the code was interrupted")
}

async fn exchanged(around: Around<'_>, hand_over: &HandOver) -> Result<Unsaved, Failure> {
    let Around { context, subject, desired, .. } = around;
    let code = code(around, hand_over)?;
    let (opened, inputs) = opened(context, subject, desired).await?;
    let deadline = around.deadline();
    let endpoint = discover::token_endpoint(context, desired, &opened, deadline).await?;
    check_issuer(around, &opened, hand_over).await?;
    demand_pins(context, &opened, &endpoint)?;
    let binding = binding(around, &opened, endpoint.clone()).await;
    let (answer, at) = sent(around, &opened, &endpoint, &code).await?;
    let account = check_account(around, &opened, (&answer, at)).await?;
    let scopes = desired.authorization.as_ref().map(|one| one.scopes.clone());
    let answers = around.observation.asked.answers();
    let beside = Beside { binding, inputs, account, scopes, answers };
    Ok(unsaved(desired, &opened, (answer, at), beside))
}

/// What is to be remembered beside an answer.
struct Beside {
    binding: Binding,
    inputs: Versions,
    account: Option<String>,
    scopes: Option<Vec<String>>,
    answers: Answers,
}

fn unsaved(desired: &Desired, opened: &Opened, (answer, at): Answered, beside: Beside) -> Unsaved {
    let Beside { binding, inputs, account, scopes, answers } = beside;
    let (refresh_token, expiry) = (answer.refresh_token.clone(), answer.refresh_expiry);
    let endpoint = binding.token_endpoint.clone();
    let received = Received { answer, at, endpoint, answers, inputs };
    let mut token = exchange::token(desired, opened, received);
    token.record.scopes = token.record.scopes.or_else(|| scopes.clone());
    Unsaved {
        token: Arc::new(token),
        refresh_token,
        expires_at: expiry.and_then(|one| one.end(at)),
        binding,
        consent: Some(Consent { at, account, scopes }),
        outcome: None,
        follows: 0,
    }
}

/// The code, unless the provider answered with an error.
fn code(around: Around<'_>, hand_over: &HandOver) -> Result<Code, Failure> {
    let Around { context, subject, .. } = around;
    if let Some(error) = hand_over.get(hand_over::ERROR) {
        return Err(refused(ErrorCode::read(error.expose_secret())));
    }
    let redirect_uri =
        hand_over.get(hand_over::REDIRECT_URI).map(|one| one.expose_secret().to_owned());
    let (Some(code), Some(redirect_uri)) = (hand_over.get(hand_over::CODE), redirect_uri) else {
        return Err(failed("what was handed over has no code"));
    };
    if !context.page.knows(&redirect_uri, &subject.namespace, &subject.name) {
        return Err(failed(
            "the code was asked for with a redirect URI that is not this Connection's",
        ));
    }
    let code_verifier = hand_over.get(hand_over::CODE_VERIFIER).cloned();
    Ok(Code { code: code.clone(), redirect_uri, code_verifier })
}

fn refused(code: ErrorCode) -> Failure {
    match code {
        ErrorCode::AccessDenied => Failure {
            reason: Reason::AuthorizationDenied,
            message: "consent was not given".to_owned(),
        },
        code => failed(format!("the provider did not ask for consent: {code}")),
    }
}

/// `iss` is compared where it is there, and demanded where the metadata announces it (RFC 9207
/// section 2.4): else a code could be redeemed at another provider than the one that issued it.
async fn check_issuer(
    around: Around<'_>,
    opened: &Opened,
    hand_over: &HandOver,
) -> Result<(), Failure> {
    let Some(issuer) = around.desired.authorization.as_ref().and_then(|one| one.issuer.as_ref())
    else {
        return Ok(());
    };
    let metadata = discover::metadata(around.context, opened, issuer, around.deadline()).await?;
    match hand_over.get(hand_over::ISS) {
        Some(iss) if iss.expose_secret() == issuer => Ok(()),
        Some(_) => Err(failed(
            "the answer came from another issuer (`iss`) than the one that was asked; the code is not sent",
        )),
        None if metadata.authorization_response_iss_parameter_supported => Err(failed(
            "the answer does not say which issuer it is of (`iss`), although the issuer announces that; the code is not sent",
        )),
        None => Ok(()),
    }
}

async fn sent(
    around: Around<'_>,
    opened: &Opened,
    endpoint: &Url,
    code: &Code,
) -> Result<Answered, Failure> {
    let Around { context, desired, .. } = around;
    let http = client(context, opened, endpoint)?;
    let mut tries = 0;
    loop {
        tries += 1;
        let made = (clock::now(), random::bytes());
        let composed =
            present(&desired.request, endpoint, &opened.material, &Presented::Code(code), made)?;
        let sent = (&**desired, opened);
        match exchange::send(context, &http, sent, composed, around.deadline()).await {
            Ok(answered) => return Ok(answered),
            Err(failed) if failed.unsent && tries < TRIES => tokio::time::sleep(PAUSE).await,
            Err(failed) => return Err(not_accepted(failed.fault, failed.refusal)),
        }
    }
}

fn not_accepted(fault: Fault, refusal: Option<Refusal>) -> Failure {
    match refusal {
        Some(Refusal::OAuth { code: ErrorCode::InvalidGrant, .. }) => failed(
            "the provider did not accept the code: it is good for moments only, and for the redirect URI that status.authorization.redirectURI shows",
        ),
        _ => fault.into(),
    }
}
