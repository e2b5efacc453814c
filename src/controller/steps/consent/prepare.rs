//! Everything that can fail before an authorization code is sent.

use secrecy::ExposeSecret;
use url::Url;

use crate::controller::steps::StepContext;
use crate::controller::steps::consent::failure::AuthorizationError;
use crate::controller::steps::provider_session::{CheckedEndpoint, ProviderSession};
use connection_client::store::handoff_secret::{self, Handoff};
use connection_core::connection::error::ConnectionError;
use connection_core::connection::reason::Reason;
use connection_core::flow::authorization_code::Code;
use connection_core::oauth::error_code::ErrorCode;

/// A code, and the checked endpoint that it is sent to.
pub(super) struct PreparedExchange<'a> {
    pub session: ProviderSession<'a>,
    pub code: Code,
    pub token_endpoint: Url,
    pub endpoint: CheckedEndpoint<'a>,
}

/// A code that was not sent.
pub(super) enum PrepareError {
    /// The code may be sent later.
    Transient(ConnectionError),
    Permanent(AuthorizationError),
}

impl From<ConnectionError> for PrepareError {
    fn from(error: ConnectionError) -> Self {
        let is_transient = error.retry.is_transient();
        if is_transient { Self::Transient(error) } else { Self::Permanent(error.into()) }
    }
}

impl From<AuthorizationError> for PrepareError {
    fn from(failure: AuthorizationError) -> Self {
        Self::Permanent(failure)
    }
}

pub(super) async fn prepare<'a>(
    ctx: StepContext<'a>,
    handoff: &Handoff,
) -> Result<PreparedExchange<'a>, PrepareError> {
    // First, because an error instead of a code needs no request.
    let code = code(ctx, handoff)?;
    let session = ProviderSession::open(ctx).await?;
    let token_endpoint = session.token_endpoint().await?;
    check_issuer(ctx, &session, handoff).await?;
    let endpoint = session.check(&token_endpoint)?;
    Ok(PreparedExchange { session, code, token_endpoint, endpoint })
}

/// Returns the code, unless the authorization response is an error.
fn code(ctx: StepContext<'_>, handoff: &Handoff) -> Result<Code, AuthorizationError> {
    let StepContext { context, observed, .. } = ctx;
    if let Some(error) = handoff.get(handoff_secret::ERROR) {
        return Err(authorization_error(ErrorCode::parse(error.expose_secret())));
    }
    let redirect_uri = handoff.get(handoff_secret::REDIRECT_URI);
    let (Some(code), Some(redirect_uri)) = (handoff.get(handoff_secret::CODE), redirect_uri) else {
        return Err(AuthorizationError::failed("the handoff Secret contains no code"));
    };
    let redirect_uri = redirect_uri.expose_secret().to_owned();
    // The author of the handoff is not trusted: the code may come from another redirect URI.
    if !context.page.is_redirect_uri(&redirect_uri, &observed.namespace, &observed.name) {
        return Err(AuthorizationError::failed(
            "the code was requested with a redirect URI that is not this Connection's",
        ));
    }
    let code_verifier = handoff.get(handoff_secret::CODE_VERIFIER).cloned();
    Ok(Code { code: code.clone(), redirect_uri, code_verifier })
}

fn authorization_error(code: ErrorCode) -> AuthorizationError {
    match code {
        ErrorCode::AccessDenied => AuthorizationError {
            reason: Reason::AuthorizationDenied,
            message: "consent was denied".to_owned(),
        },
        code => AuthorizationError::failed(format!(
            "the provider returned an error instead of a code: {code}"
        )),
    }
}

/// Compares `iss` if the response has it, and requires it if the metadata announces it (RFC 9207
/// section 2.4). Otherwise a code could be sent to a provider that did not issue it.
async fn check_issuer(
    ctx: StepContext<'_>,
    session: &ProviderSession<'_>,
    handoff: &Handoff,
) -> Result<(), PrepareError> {
    let authorization = ctx.desired.authorization.as_ref();
    // Without an issuer in the spec there is nothing to compare with.
    let Some(issuer) = authorization.and_then(|spec| spec.issuer.as_ref()) else { return Ok(()) };
    let metadata = session.metadata(issuer).await?;
    let message = match handoff.get(handoff_secret::ISS) {
        // Compared as text without normalization (RFC 9207 section 2.4).
        Some(iss) if iss.expose_secret() == issuer => return Ok(()),
        Some(_) => {
            "the authorization response came from a different issuer (`iss`) than the request was sent to, the code was not sent"
        }
        None if metadata.authorization_response_iss_parameter_supported => {
            "the authorization response has no issuer (`iss`), although the metadata announces it, the code was not sent"
        }
        None => return Ok(()),
    };
    Err(AuthorizationError::failed(message).into())
}
