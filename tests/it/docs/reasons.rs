//! Each reason has its page, and the table of all is complete.

use std::collections::BTreeSet;
use std::fs;

use connection_core::connection::error::{ConnectionError, ExchangeContext, Retry};
use connection_core::connection::reason::Reason;
use connection_core::keys::error::KeystoreError;
use connection_core::oauth::error_code::ErrorCode;
use connection_core::oauth::token_error::TokenError;

use super::{demand_generated, path, read};

/// When the operator tries again, as the table says it. A new reason has to be placed here.
fn tried_again(reason: Reason) -> &'static str {
    use Reason as R;
    match reason {
        R::AlgorithmMismatch
        | R::AssertionExpired
        | R::CertificateMismatch
        | R::CertificateMissing
        | R::CertificateInvalid
        | R::InvalidSpec
        | R::KeyAliasNotFound
        | R::KeyAliasRequired
        | R::PrivateKeyNotFound
        | R::KeyPasswordInvalid
        | R::KeyTooWeak
        | R::KeyUnsupported
        | R::KeystoreCorrupted
        | R::KeystoreFormatUnknown
        | R::KeystorePasswordInvalid
        | R::KeystoreLimitExceeded
        | R::KeystoreUnsupported
        | R::PresetInvalid
        | R::ProxyInvalid
        | R::SecretConflict
        | R::SecretInvalid
        | R::SecretKeyNotFound
        | R::SecretNotFound
        | R::TruststoreInvalid => "at a change; `Stalled`",
        R::AssertionRejected
        | R::ClientCertificateRejected
        | R::ClientRejected
        | R::EndpointNotAllowed
        | R::MetadataInvalid
        | R::ProxyAuthenticationRequired
        | R::RequestRejected
        | R::ScopeRejected => "at a change, and seldom; `Stalled`",
        R::ResponseInvalid => "soon, or seldom and `Stalled`, by the answer",
        R::ProviderUnavailable
        | R::ProxyUnavailable
        | R::ServerCertificateUntrusted
        | R::KubernetesAPIError => "soon",
        R::NamespaceNotEnrolled => "within a minute; `Stalled`",
        R::RateLimited => "when the provider allows it",
        R::AccountMismatch
        | R::AuthorizationDenied
        | R::AuthorizationFailed
        | R::AuthorizationPending
        | R::AuthorizationRequired
        | R::AuthorizationTimedOut
        | R::GrantExpired
        | R::GrantMismatch => "when a person gives consent",
        R::Authorized
        | R::CertificateExpired
        | R::GrantExpiring
        | R::Progressing
        | R::RefreshFailed
        | R::RevocationFailed
        | R::Suspended
        | R::TokenExpired
        | R::TokenIssued => "says nothing of it",
    }
}

#[test]
fn the_table_of_reasons_is_complete() {
    let row = |reason: &Reason| {
        let (meaning, remedy, again) = (reason.meaning(), reason.remedy(), tried_again(*reason));
        format!("| [{reason}](reasons/{reason}.md) | {meaning} | {remedy} | {again} |\n")
    };
    let head = "| Reason | Meaning | Remedy | Tried again |\n|---|---|---|---|\n".to_owned();
    let table = head + &Reason::ALL.iter().map(row).collect::<String>();
    demand_generated("docs/reasons.md", &table);
}

#[test]
fn each_reason_has_its_page_and_no_page_is_without_a_reason() {
    let pages: BTreeSet<String> = fs::read_dir(path("docs/reasons"))
        .expect("the folder is there")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    let wanted = Reason::ALL.iter().map(|reason| format!("{reason}.md")).collect();
    assert_eq!(pages, wanted, "write or remove the page in docs/reasons");
}

#[test]
fn each_page_says_what_its_reason_means_and_what_to_do() {
    for reason in Reason::ALL {
        let page = read(&format!("docs/reasons/{reason}.md"));
        let head = format!("# {reason}\n\n{}\n", reason.meaning());
        assert!(page.starts_with(&head), "docs/reasons/{reason}.md must begin with:\n{head}");
        for section in
            ["\n## How it shows\n", "\n## How to find the cause\n", "\n## How to mend it\n"]
        {
            assert!(page.contains(section), "docs/reasons/{reason}.md lacks{section}");
        }
    }
}

#[test]
fn the_table_says_when_a_refusal_is_tried_again() {
    // A person who has not decided yet belongs to flows that have one.
    let codes = ErrorCode::NAMED.into_iter().filter(|one| *one != ErrorCode::AuthorizationPending);
    for code in codes {
        let fault = ConnectionError::from_token_error(
            TokenError::OAuth { code, status: 400 },
            &ExchangeContext::default(),
        );
        let said = tried_again(fault.reason);
        match fault.retry {
            Retry::SlowBackoff => assert!(said.contains("seldom"), "{code:?}: {said}"),
            Retry::Backoff => assert!(!said.contains("seldom"), "{code:?}: {said}"),
            Retry::NotBefore(_) | Retry::OnChange => panic!("{code:?}: {fault:?}"),
        }
    }
}

#[test]
fn the_table_says_that_a_keystore_is_tried_at_a_change() {
    for error in [KeystoreError::NoPrivateKey, KeystoreError::WrongStorePassword] {
        let fault = ConnectionError::from_keystore_error(&error, "spec.assertion.keystoreRef");
        assert_eq!(fault.retry, Retry::OnChange);
        assert_eq!(tried_again(fault.reason), "at a change; `Stalled`");
    }
}
