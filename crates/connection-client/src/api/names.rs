//! Every name that other programs may rely on, in one place.

/// The API group of all custom resources and the prefix of all annotations.
pub const GROUP: &str = "connection-operator.io";

/// The field manager of everything the operator writes, and the name it reports events under.
pub const MANAGER: &str = "connection-operator";

/// The label that says who manages a Secret
/// (<https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/>).
pub const MANAGED_BY_LABEL: &str = "app.kubernetes.io/managed-by";

/// On a token Secret: the name of the Connection that it belongs to.
pub const CONNECTION_ANNOTATION: &str = "connection-operator.io/connection";

/// On a token Secret: what the token was made from, as JSON. Holds nothing secret.
pub const RECORD_ANNOTATION: &str = "connection-operator.io/token-record";

/// On a grant Secret: what is known of the grant, as JSON. Holds nothing secret.
pub const GRANT_ANNOTATION: &str = "connection-operator.io/grant-record";

/// On a Secret that hands something over to the operator: what it is, `Answer` (what the provider
/// answered to an authorization request) or `Request` (an authorization request to be pushed).
pub const HANDOFF_ANNOTATION: &str = "connection-operator.io/handoff";

/// On a Connection: the digest of the ticket with which an authorization may be begun, as JSON.
pub const TICKET_ANNOTATION: &str = "connection-operator.io/authorization-ticket";

/// The finalizer of a Connection whose grant is to be revoked when it goes.
pub const REVOKE_FINALIZER: &str = "connection-operator.io/revoke-grant";

/// On a Secret that a request uses: the hosts that it may be sent to, separated by commas.
pub const ALLOWED_HOSTS_ANNOTATION: &str = "connection-operator.io/allowed-hosts";

/// On a Connection: a change of its value renews the token at once.
pub const RENEW_REQUESTED_AT_ANNOTATION: &str = "connection-operator.io/renew-requested-at";

/// On a Connection: Flux's form of the same request
/// (<https://fluxcd.io/flux/components/source/gitrepositories/#triggering-a-reconcile>).
pub const RECONCILE_REQUESTED_AT_ANNOTATION: &str = "reconcile.fluxcd.io/requestedAt";

/// The name of a Connection's grant Secret.
pub fn grant_secret(connection: &str) -> String {
    format!("{connection}-grant")
}
