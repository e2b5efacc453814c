//! Constructors of validation rules, and rules that several fields share. Each message contains the
//! remedy, because `kubectl apply` prints nothing else.

use kube::core::{Reason, Rule};

/// Creates a rule about an invalid value.
pub fn invalid(rule: impl Into<String>, message: &str) -> Rule {
    Rule::new(rule).message(message)
}

/// Creates a rule about a missing field; `path` is relative to the rule.
pub fn required(rule: &str, path: &str, message: &str) -> Rule {
    Rule::new(rule).message(message).reason(Reason::FieldValueRequired).field_path(path)
}

/// Creates a rule about a field that must not be set; `path` is relative to the rule.
pub fn forbidden(rule: &str, path: &str, message: &str) -> Rule {
    Rule::new(rule).message(message).reason(Reason::FieldValueForbidden).field_path(path)
}

/// Rule for the name of a Secret
/// (<https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names>).
pub fn secret_name() -> Rule {
    invalid(
        "!format.dns1123Subdomain().validate(self).hasValue()",
        "must be the name of a Secret in the Connection's namespace: lower-case letters, digits, hyphens and dots",
    )
}

/// Rule for a key of a Secret (<https://kubernetes.io/docs/concepts/configuration/secret/#restriction-names-data>).
pub fn secret_key() -> Rule {
    invalid(
        "self.matches('^[-._a-zA-Z0-9]+$')",
        "must be a key of the Secret: letters, digits, hyphens, dots and underscores",
    )
}

/// Rule for a text that is sent unchanged, in which white space at an end is a mistake.
pub fn no_space_at_the_ends() -> Rule {
    invalid(
        "self == self.trim()",
        "must not begin or end with white space: remove it (a YAML block with | ends with a line break, a block with |- does not)",
    )
}
