//! The rules of validation that more than one field shares, and the three forms that a rule takes.
//! Every message says the remedy: it is all that a person sees.

use kube::core::{Reason, Rule};

/// A rule about a value that does not fit.
pub fn invalid(rule: impl Into<String>, message: &str) -> Rule {
    Rule::new(rule).message(message)
}

/// A rule about a field that is missing; `path` is relative to where the rule stands.
pub fn required(rule: &str, path: &str, message: &str) -> Rule {
    Rule::new(rule).message(message).reason(Reason::FieldValueRequired).field_path(path)
}

/// A rule about a field that must not be there; `path` is relative to where the rule stands.
pub fn forbidden(rule: &str, path: &str, message: &str) -> Rule {
    Rule::new(rule).message(message).reason(Reason::FieldValueForbidden).field_path(path)
}

/// The rule of a Secret's name
/// (<https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names>).
pub fn secret_name() -> Rule {
    invalid(
        "!format.dns1123Subdomain().validate(self).hasValue()",
        "must be the name of a Secret in the Connection's own namespace: lower-case letters, digits, hyphens and dots",
    )
}

/// The rule of a key in a Secret (<https://kubernetes.io/docs/concepts/configuration/secret/#restriction-names-data>).
pub fn secret_key() -> Rule {
    invalid(
        "self.matches('^[-._a-zA-Z0-9]+$')",
        "must be a key of the Secret: letters, digits, hyphens, dots and underscores",
    )
}

/// The rule of a text that is sent as it is, and in which white space at an end is a mistake.
pub fn no_space_at_the_ends() -> Rule {
    invalid(
        "self == self.trim()",
        "must not begin or end with white space: remove it (a YAML block after | ends with a line break, one after |- does not)",
    )
}
