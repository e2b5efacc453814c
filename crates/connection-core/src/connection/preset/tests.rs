use std::collections::BTreeMap;

use serde_json::json;

use super::assertion::{DEFAULT_LIFETIME_SECONDS, PresetAudience};
use super::definition::{PresetDefinition, PresetError};
use crate::connection::assertion_options::{GeneratedClaim, Thumbprint};
use crate::connection::flow::Flow;
use crate::keys::algorithm::Algorithm;

fn preset() -> PresetDefinition {
    serde_json::from_value(json!({
        "name": "acme",
        "title": "Acme",
        "sources": ["https://acme.example/docs"],
        "flows": ["JWT"],
        "values": {
            "domain": { "description": "the host", "example": "a.my", "pattern": "Labels" },
            "kind": {
                "description": "the kind of subject", "example": "user", "default": "company",
                "pattern": { "choices": { "user": "u", "company": "c" } }
            }
        },
        "endpoints": { "token": "https://{domain}.acme.example/token" },
        "assertion": {
            "audience": { "text": "https://{domain}.acme.example" },
            "claims": { "sub_kind": "{kind}" }
        },
        "parameters": { "kind": "is-{kind}" }
    }))
    .unwrap()
}

fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn placeholders_are_replaced_by_values_and_their_defaults() {
    let preset = preset();
    let resolved = preset.resolve(&values(&[("domain", "b.my")])).unwrap();
    assert_eq!(resolved.endpoints.token.as_deref(), Some("https://b.my.acme.example/token"));
    assert_eq!(
        resolved.assertion.audience,
        PresetAudience::Text("https://b.my.acme.example".to_owned())
    );
    assert_eq!(resolved.assertion.claims, values(&[("sub_kind", "c")]));
    assert_eq!(resolved.parameters, values(&[("kind", "is-c")]));
    let user = preset.resolve(&values(&[("domain", "b.my"), ("kind", "user")])).unwrap();
    assert_eq!(user.assertion.claims, values(&[("sub_kind", "u")]));
}

#[test]
fn a_choice_replaces_several_placeholders_including_scopes() {
    let preset: PresetDefinition = serde_json::from_value(json!({
        "name": "acme",
        "title": "Acme",
        "sources": [],
        "flows": ["ClientCredentials"],
        "values": {
            "cloud": {
                "description": "the cloud", "example": "east", "default": "west",
                "pattern": { "choices": {
                    "east": { "login": "login.east.example", "api": "api.east.example" },
                    "west": { "login": "login.west.example", "api": "api.west.example" },
                } }
            }
        },
        "endpoints": { "token": "https://{login}/token" },
        "scopes": { "default": ["https://{api}/all", "basic"] }
    }))
    .unwrap();
    for (given, direction) in [(values(&[]), "west"), (values(&[("cloud", "east")]), "east")] {
        let resolved = preset.resolve(&given).unwrap();
        let token = format!("https://login.{direction}.example/token");
        assert_eq!(resolved.endpoints.token, Some(token));
        assert_eq!(
            resolved.scopes.default,
            [format!("https://api.{direction}.example/all").as_str(), "basic"]
        );
    }
}

#[test]
fn a_preset_may_omit_endpoints() {
    let preset: PresetDefinition = serde_json::from_value(json!({
        "name": "any", "title": "Any", "sources": [], "flows": ["JWTClientAssertion"],
    }))
    .unwrap();
    let resolved = preset.resolve(&values(&[])).unwrap();
    assert_eq!(resolved.endpoints.token, None);
    assert_eq!(resolved.assertion.audience, PresetAudience::Issuer);
    assert_eq!(resolved.grant_type, None);
}

#[test]
fn thumbprints_depend_on_the_algorithm() {
    let mut value = json!({
        "name": "acme", "title": "Acme", "sources": [], "flows": ["JWTClientAssertion"],
        "assertion": { "header": { "thumbprints": { "PS256": ["x5t#S256"], "RS256": ["x5t"] } } },
    });
    let preset: PresetDefinition = serde_json::from_value(value.clone()).unwrap();
    let header = &preset.resolve(&values(&[])).unwrap().assertion.header;
    assert_eq!(header.thumbprints_with(Algorithm::PS256), [Thumbprint::X5tS256]);
    assert_eq!(header.thumbprints_with(Algorithm::RS256), [Thumbprint::X5t]);
    assert_eq!(header.thumbprints_with(Algorithm::ES256), []);
    value["assertion"]["header"]["thumbprints"] = json!({ "HS256": ["x5t"] });
    let preset: PresetDefinition = serde_json::from_value(value).unwrap();
    assert!(preset.resolve(&values(&[])).is_err());
}

#[test]
fn flows_that_send_an_assertion_are_recognized() {
    let mut preset = preset().resolve(&values(&[("domain", "a.my")])).unwrap();
    assert!(preset.sends_assertion());
    preset.flows = vec![Flow::ClientCredentials, Flow::AuthorizationCode];
    assert!(!preset.sends_assertion());
    preset.flows.push(Flow::JwtClientAssertion);
    assert!(preset.sends_assertion());
}

#[test]
fn settings_that_a_file_omits_have_defaults() {
    let assertion = preset().resolve(&values(&[("domain", "a.my")])).unwrap().assertion;
    assert_eq!(assertion.lifetime_seconds, DEFAULT_LIFETIME_SECONDS);
    assert_eq!(assertion.generated_claims, [GeneratedClaim::Iat, GeneratedClaim::Jti]);
}

#[test]
fn each_error_names_the_value_and_the_remedy() {
    let preset = preset();
    for (given, expected) in [
        (
            values(&[]),
            "the preset `acme` needs `spec.provider.values.domain`: set it to the host, such as `a.my`",
        ),
        (
            values(&[("domain", "a.my"), ("tenant", "x")]),
            "the preset `acme` has no value `spec.provider.values.tenant`: remove it; \
             its values are `domain`, `kind`",
        ),
        (
            values(&[("domain", "https://a.my")]),
            "`spec.provider.values.domain` does not fit the preset `acme`: write the front part of \
             a host name, without `https://` and without slashes, such as `a.my`",
        ),
        (
            values(&[("domain", "a.my"), ("kind", "other")]),
            "`spec.provider.values.kind` does not fit the preset `acme`: write `company` or \
             `user`, such as `user`",
        ),
    ] {
        assert_eq!(preset.resolve(&given).unwrap_err().to_string(), expected);
    }
}

#[test]
fn an_undeclared_placeholder_is_an_error() {
    let mut preset = preset();
    preset.values.remove("kind");
    let error = preset.resolve(&values(&[("domain", "a.my")])).unwrap_err();
    let PresetError::InvalidData { cause, .. } = error else { panic!("{error}") };
    assert_eq!(cause, "`kind` is not declared as a value");
}

#[test]
fn an_unknown_field_in_a_file_is_an_error() {
    for misspelt in [
        json!({ "name": "a", "title": "A", "sources": [], "flows": [], "endpoint": {},
                "endpoints": { "token": "https://a.example" } }),
        json!({ "name": "a", "title": "A", "sources": [], "flows": [],
                "endpoints": { "token": "https://a.example" }, "assertion": { "lifetime": 1 } }),
        json!({ "name": "a", "title": "A", "sources": [], "flows": [],
                "endpoints": { "token": "https://a.example" }, "response": { "accessTokn": "t" } }),
    ] {
        let preset: PresetDefinition = serde_json::from_value(misspelt).unwrap();
        assert!(preset.resolve(&values(&[])).is_err());
    }
}
