//! Exchanges a code that was handed over for a grant. A ticket is marked as used before the code is
//! sent, so that no code is sent twice; what comes of it is written where the page and the person
//! look for it.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use secrecy::ExposeSecret;
use url::Url;

use crate::controller::state_cache::{GrantVersion, LoadedInputs, PendingGrant};
use crate::controller::steps::StepContext;
use crate::controller::steps::consent::failure::AuthorizationError;
use crate::controller::steps::consent::handoff::{VerifiedHandoff, delete, next_verified};
use crate::controller::steps::consent::owner_reference::{set_owner, should_own_grant};
use crate::controller::steps::consent::verify_account::check_account;
use crate::controller::steps::consent::{read, save, unwritten, write};
use crate::controller::steps::discover;
use crate::controller::steps::egress::{client, ensure_host_allowed};
use crate::controller::steps::exchange::{self, ReceivedResponse, ReceivedToken};
use crate::controller::steps::read::opened;
use connection_client::net::client::HttpClient;
use connection_client::store::api_call::ApiError;
use connection_client::store::grant_secret::GrantSecret;
use connection_client::store::handoff_secret::{self, Handoff, HandoffKind};
use connection_core::clock;
use connection_core::connection::compose::{Presented, code_or_refresh_request};
use connection_core::connection::digest::Digest;
use connection_core::connection::error::ConnectionError;
use connection_core::connection::grant::{AuthorizationOutcome, Binding, Consent};
use connection_core::connection::reason::Reason;
use connection_core::connection::schedule::SINGLE_USE_TIMEOUT;
use connection_core::connection::token_record::Versions;
use connection_core::flow::authorization_code::Code;
use connection_core::oauth::error_code::ErrorCode;
use connection_core::oauth::token_error::TokenError;
use connection_core::random;

/// How often a code is sent that the provider cannot have seen.
const TRIES: u32 = 4;

/// The pause between two tries.
const PAUSE: Duration = Duration::from_secs(1);

/// Redeems what was handed over.
pub(crate) async fn exchange_code(around: StepContext<'_>) -> Result<(), ConnectionError> {
    let StepContext { context, subject, .. } = around;
    let Some(VerifiedHandoff { hand_over, ticket }) =
        next_verified(around, HandoffKind::AuthorizationResponse).await?
    else {
        return Ok(());
    };
    let there = read(context, subject).await?;
    let mut grant = there.unwrap_or_else(|| GrantSecret::new(&subject.namespace, &subject.name));
    if grant.record.outcome.as_ref().is_some_and(|one| one.ticket == ticket) {
        return delete(context, subject, &hand_over).await;
    }
    let prepared = match prepare(around, &hand_over).await {
        // Nothing was sent: the ticket is as good as before.
        Err(PrepareError::NotYet(fault)) if is_within_code_lifetime(&hand_over) => {
            return Err(fault);
        }
        Err(PrepareError::NotYet(fault)) => Err(fault.into()),
        Err(PrepareError::Never(failure)) => Err(failure),
        Ok(prepared) => {
            mark_ticket_used(around, &mut grant, ticket).await?;
            exchanged(around, prepared).await
        }
    };
    let outcome = match &prepared {
        Ok(_) => {
            AuthorizationError { reason: Reason::Authorized, message: "authorized".to_owned() }
        }
        Err(failure) => failure.clone(),
    };
    let outcome = said(ticket, outcome);
    match prepared {
        Ok(unsaved) => {
            let follows = GrantVersion::on(&grant.record);
            let unsaved = Arc::new(PendingGrant { outcome: Some(outcome), follows, ..unsaved });
            context.memory.with(&subject.uid, |memo| memo.unsaved = Some(unsaved));
            save(context, subject, Some(grant)).await?;
        }
        Err(failure) => record_failed_authorization(around, grant, (failure, outcome)).await?,
    }
    delete(context, subject, &hand_over).await
}

/// How long what was handed over may wait for what is needed beside it: codes live for moments.
const FRESH: SignedDuration = SignedDuration::from_secs(45);

fn is_within_code_lifetime(hand_over: &Handoff) -> bool {
    hand_over.created_at.is_some_and(|at| clock::now().duration_since(at) < FRESH)
}

/// Marks the ticket as used.
async fn mark_ticket_used(
    around: StepContext<'_>,
    grant: &mut GrantSecret,
    ticket: Digest,
) -> Result<(), ConnectionError> {
    let StepContext { context, subject, .. } = around;
    grant.record.pending_authorization = None;
    grant.record.outcome =
        Some(AuthorizationOutcome { exchanging: true, ..said(ticket, interrupted()) });
    set_owner(around, grant);
    write(context, subject, grant).await.map_err(|error| unwritten(subject, error))
}

fn said(ticket: Digest, failure: AuthorizationError) -> AuthorizationOutcome {
    let AuthorizationError { reason, message } = failure;
    AuthorizationOutcome { ticket, at: clock::now(), reason, message, exchanging: false }
}

/// Writes down why, also where somebody else wrote meanwhile.
async fn record_failed_authorization(
    around: StepContext<'_>,
    mut grant: GrantSecret,
    (failure, outcome): (AuthorizationError, AuthorizationOutcome),
) -> Result<(), ConnectionError> {
    let StepContext { context, subject, .. } = around;
    tracing::warn!(
        namespace = subject.namespace,
        name = subject.name,
        reason = failure.reason.as_str(),
        cause = failure.message,
        "an authorization came to nothing"
    );
    for last in [false, true] {
        let record = &mut grant.record;
        record.pending_authorization = None;
        record.outcome = Some(outcome.clone());
        set_owner(around, &mut grant);
        match write(context, subject, &mut grant).await {
            Ok(()) => return Ok(()),
            Err(ApiError::Conflict) if !last => {}
            Err(error) => return Err(unwritten(subject, error)),
        }
        let Some(there) = read(context, subject).await? else { return Ok(()) };
        grant = there;
    }
    Ok(())
}

fn failed(message: impl Into<String>) -> AuthorizationError {
    AuthorizationError { reason: Reason::AuthorizationFailed, message: message.into() }
}

/// What stands there while a code is exchanged, and stays if the operator ends meanwhile: the code
/// may have been used, and using one twice could cost the grant (RFC 6749 section 4.1.2).
fn interrupted() -> AuthorizationError {
    failed("the exchange of the code was interrupted")
}

/// Everything that sending a code needs.
struct PreparedExchange {
    code: Code,
    opened: Arc<LoadedInputs>,
    inputs: Versions,
    endpoint: Url,
    http: Arc<HttpClient>,
}

/// Why a code is not sent.
enum PrepareError {
    /// It may be sent once this has passed.
    NotYet(ConnectionError),
    /// It is not sent at all.
    Never(AuthorizationError),
}

impl From<ConnectionError> for PrepareError {
    fn from(fault: ConnectionError) -> Self {
        if fault.retry.is_transient() { Self::NotYet(fault) } else { Self::Never(fault.into()) }
    }
}

impl From<AuthorizationError> for PrepareError {
    fn from(failure: AuthorizationError) -> Self {
        Self::Never(failure)
    }
}

async fn prepare(
    around: StepContext<'_>,
    hand_over: &Handoff,
) -> Result<PreparedExchange, PrepareError> {
    let StepContext { context, subject, desired, .. } = around;
    let code = code(around, hand_over)?;
    let (opened, inputs) = opened(context, subject, desired).await?;
    let deadline = around.deadline();
    let endpoint = discover::token_endpoint(context, desired, &opened, deadline).await?;
    check_issuer(around, &opened, hand_over).await?;
    ensure_host_allowed(context, &opened, &endpoint)?;
    let http = client(context, &opened, &endpoint)?;
    Ok(PreparedExchange { code, opened, inputs, endpoint, http })
}

async fn exchanged(
    around: StepContext<'_>,
    prepared: PreparedExchange,
) -> Result<PendingGrant, AuthorizationError> {
    let desired = around.desired;
    let (answer, at) = sent(around, &prepared).await?;
    let PreparedExchange { opened, inputs, endpoint, .. } = prepared;
    let account = check_account(around, &opened, (&answer, at), &endpoint).await?;
    let scopes = desired.authorization.as_ref().map(|one| one.scopes.clone());
    let (refresh_token, expiry) = (answer.refresh_token.clone(), answer.refresh_expiry);
    let binding = Binding::new(desired, endpoint.clone());
    let handled_renewals = around.observation.renewal_annotations.digests();
    let received = ReceivedToken { answer, at, endpoint, handled_renewals, inputs };
    let mut token = exchange::token(desired, &opened, received);
    token.record.scopes = token.record.scopes.or_else(|| scopes.clone());
    Ok(PendingGrant {
        token: Arc::new(token),
        refresh_token,
        expires_at: expiry.and_then(|expiry| expiry.expires_at(at)),
        binding,
        consent: Some(Consent { at, account, scopes }),
        outcome: None,
        follows: GrantVersion::default(),
        owned: should_own_grant(desired),
    })
}

/// The code, unless the provider answered with an error.
fn code(around: StepContext<'_>, hand_over: &Handoff) -> Result<Code, AuthorizationError> {
    let StepContext { context, subject, .. } = around;
    if let Some(error) = hand_over.get(handoff_secret::ERROR) {
        return Err(refused(ErrorCode::parse(error.expose_secret())));
    }
    let redirect_uri =
        hand_over.get(handoff_secret::REDIRECT_URI).map(|one| one.expose_secret().to_owned());
    let (Some(code), Some(redirect_uri)) = (hand_over.get(handoff_secret::CODE), redirect_uri)
    else {
        return Err(failed("what was handed over has no code"));
    };
    if !context.page.is_redirect_uri(&redirect_uri, &subject.namespace, &subject.name) {
        return Err(failed(
            "the code was asked for with a redirect URI that is not this Connection's",
        ));
    }
    let code_verifier = hand_over.get(handoff_secret::CODE_VERIFIER).cloned();
    Ok(Code { code: code.clone(), redirect_uri, code_verifier })
}

fn refused(code: ErrorCode) -> AuthorizationError {
    match code {
        ErrorCode::AccessDenied => AuthorizationError {
            reason: Reason::AuthorizationDenied,
            message: "consent was denied".to_owned(),
        },
        code => failed(format!("the provider did not ask for consent: {code}")),
    }
}

/// `iss` is compared where it is there, and demanded where the metadata announces it (RFC 9207
/// section 2.4): else a code could be redeemed at another provider than the one that issued it.
async fn check_issuer(
    around: StepContext<'_>,
    opened: &LoadedInputs,
    hand_over: &Handoff,
) -> Result<(), PrepareError> {
    let Some(issuer) = around.desired.authorization.as_ref().and_then(|one| one.issuer.as_ref())
    else {
        return Ok(());
    };
    let metadata = discover::metadata(around.context, opened, issuer, around.deadline()).await?;
    match hand_over.get(handoff_secret::ISS) {
        Some(iss) if iss.expose_secret() == issuer => Ok(()),
        Some(_) => Err(failed(
            "the answer came from another issuer (`iss`) than the one that was asked; the code is not sent",
        )
        .into()),
        None if metadata.authorization_response_iss_parameter_supported => Err(failed(
            "the answer does not say which issuer it is of (`iss`), although the issuer announces that; the code is not sent",
        )
        .into()),
        None => Ok(()),
    }
}

async fn sent(
    around: StepContext<'_>,
    prepared: &PreparedExchange,
) -> Result<ReceivedResponse, AuthorizationError> {
    let StepContext { context, desired, .. } = around;
    let PreparedExchange { code, opened, endpoint, http, .. } = prepared;
    let mut tries = 0;
    loop {
        tries += 1;
        let made = (clock::now(), random::bytes());
        let presented = Presented::Code(code);
        let composed = code_or_refresh_request(
            &desired.request,
            endpoint,
            &opened.material,
            &presented,
            made,
        )?;
        let sent = (&**desired, &**opened);
        match exchange::send(context, http, sent, composed, SINGLE_USE_TIMEOUT).await {
            Ok(answered) => return Ok(answered),
            Err(failed) if failed.unsent && tries < TRIES => tokio::time::sleep(PAUSE).await,
            Err(failed) => return Err(not_accepted(failed.fault, failed.refusal)),
        }
    }
}

fn not_accepted(fault: ConnectionError, refusal: Option<TokenError>) -> AuthorizationError {
    match refusal {
        Some(TokenError::OAuth { code: ErrorCode::InvalidGrant, .. }) => failed(
            "the provider rejected the authorization code, it may have expired or have been issued for a redirect URI other than status.authorization.redirectURI",
        ),
        _ => fault.into(),
    }
}
