//! Names that users and other programs may rely on.

/// The API group of all custom resources and the prefix of all annotations.
pub const GROUP: &str = "connection-operator.io";

/// The field manager of the operator, and the reporting controller of its events.
// Server-side apply records this name: another one would not own the applied fields.
pub const MANAGER: &str = "connection-operator";

/// The label with the manager of a Secret
/// (<https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/>).
pub const MANAGED_BY_LABEL: &str = "app.kubernetes.io/managed-by";

/// On a token Secret: the name of its Connection.
pub const CONNECTION_ANNOTATION: &str = "connection-operator.io/connection";

/// On a token Secret: the record of the token and its inputs, as JSON. Contains nothing secret.
pub const RECORD_ANNOTATION: &str = "connection-operator.io/token-record";

/// On a grant Secret: the record of the grant, as JSON. Contains nothing secret.
pub const GRANT_ANNOTATION: &str = "connection-operator.io/grant-record";

/// On a handoff Secret: its kind, `AuthorizationResponse` (the provider's response to an
/// authorization request) or `AuthorizationRequest` (a request to push).
pub const HANDOFF_ANNOTATION: &str = "connection-operator.io/handoff";

/// On a Connection: the digest of the ticket that allows an authorization, as JSON.
pub const TICKET_ANNOTATION: &str = "connection-operator.io/authorization-ticket";

/// The finalizer of a Connection whose grant is revoked on deletion.
pub const REVOKE_FINALIZER: &str = "connection-operator.io/revoke-grant";

/// On a Secret that a request uses: the hosts that may receive it, separated by commas.
pub const ALLOWED_HOSTS_ANNOTATION: &str = "connection-operator.io/allowed-hosts";

/// On a Connection: a change of its value renews the token at once.
pub const RENEW_REQUESTED_AT_ANNOTATION: &str = "connection-operator.io/renew-requested-at";

/// On a Connection: the same request in the notation of Flux
/// (<https://fluxcd.io/flux/components/source/gitrepositories/#triggering-a-reconcile>).
pub const RECONCILE_REQUESTED_AT_ANNOTATION: &str = "reconcile.fluxcd.io/requestedAt";

/// Returns the name of the grant Secret of a Connection.
pub fn grant_secret(connection: &str) -> String {
    format!("{connection}-grant")
}
