//! Rejected settings of the token Secret and its renewal.

use super::Rejected;
use crate::api::case::JWT;

pub const TABLE: &[Rejected] = &[
    (
        "a Secret's name in upper case",
        JWT,
        "secret: { name: CRM-Token }",
        "spec.secret.name: Invalid value: \"CRM-Token\": must be the name of a Secret",
    ),
    (
        "the Secret of the refresh token",
        JWT,
        "secret: { name: crm-grant }",
        "spec.secret.name must not be the Connection's name with the suffix -grant",
    ),
    (
        "an unknown format",
        JWT,
        "secret: { format: Json }",
        "spec.secret.format: Unsupported value: \"Json\": supported values: \"Plain\", \"CloudStreams\"",
    ),
    (
        "a prefix with a space",
        JWT,
        "secret: { headerPrefix: 'Bearer ' }",
        "spec.secret.headerPrefix: Invalid value: \"Bearer \": must be one word",
    ),
    (
        "a label of the operator",
        JWT,
        "secret: { labels: { connection-operator.io/connection: crm } }",
        "spec.secret.labels: Invalid value: labels connection-operator.io/… and app.kubernetes.io/managed-by are reserved for the operator: set another key",
    ),
    (
        "the label managed-by",
        JWT,
        "secret: { labels: { app.kubernetes.io/managed-by: Helm } }",
        "are reserved for the operator",
    ),
    (
        "a label's key with a space",
        JWT,
        "secret: { labels: { my team: crm } }",
        "a label's key must be a name",
    ),
    (
        "a label's value with a space",
        JWT,
        "secret: { labels: { team: my team } }",
        "a label's value must have at most 63 letters",
    ),
    (
        "an annotation of the operator",
        JWT,
        "secret: { annotations: { connection-operator.io/connection: crm } }",
        "annotations connection-operator.io/… are reserved for the operator: set another key",
    ),
    (
        "an annotation's key with two slashes",
        JWT,
        "secret: { annotations: { a/b/c: crm } }",
        "an annotation's key must be a name",
    ),
    (
        "a renewal interval of zero",
        JWT,
        "refresh: { everySeconds: 0 }",
        "spec.refresh.everySeconds: Invalid value: 0",
    ),
    ("text for a boolean", JWT, "suspend: 'true'", "spec.suspend: Invalid value"),
];
