//! `spec.assertion` and `spec.client.assertion`.

use serde_json::{Map, Value};

use super::Context;
use crate::api::spec::assertion::{AssertionSpec, HeaderSpec};
use crate::api::spec::reference::KeystoreReference;
use connection_core::connection::assertion_options::{GeneratedClaim, ScopeIn, Thumbprint};
use connection_core::connection::desired::{DesiredAssertion, KeyLocation, SignedAssertion};
use connection_core::connection::error::ConnectionError;
use connection_core::connection::flow::Flow;
use connection_core::connection::preset::Preset;
use connection_core::connection::preset::assertion::{DEFAULT_LIFETIME_SECONDS, PresetAudience};
use connection_core::connection::secret_key::SecretKey;
use connection_core::keys::algorithm::Algorithm;
use connection_core::oauth::assertion::{AssertionTemplate, HeaderTemplate};

/// The field paths of one assertion, for messages.
struct Fields {
    keystore: &'static str,
    value: &'static str,
    certificate: &'static str,
}

impl Fields {
    fn of(field: &str) -> Self {
        if field == "spec.client.assertion" {
            Self {
                keystore: "spec.client.assertion.keystoreRef",
                value: "spec.client.assertion.valueFrom",
                certificate: "spec.client.assertion.header.certificateRef",
            }
        } else {
            Self {
                keystore: "spec.assertion.keystoreRef",
                value: "spec.assertion.valueFrom",
                certificate: "spec.assertion.header.certificateRef",
            }
        }
    }
}

impl Context<'_> {
    /// The assertion that stands at `field`.
    pub(super) fn desired_assertion(
        &self,
        field: &str,
        spec: &AssertionSpec,
    ) -> Result<DesiredAssertion, ConnectionError> {
        let fields = Fields::of(field);
        if let Some(source) = &spec.value_from {
            let reference = &source.secret_key_ref;
            return Ok(DesiredAssertion::Static {
                assertion_type: spec.assertion_type.clone().unwrap_or_default(),
                value: SecretKey {
                    field: fields.value,
                    secret: reference.name.clone(),
                    key: reference.key.clone(),
                },
            });
        }
        let keystore = spec.keystore_ref.as_ref().ok_or_else(|| {
            ConnectionError::invalid_spec(
                field,
                "needs keystoreRef or valueFrom: name the keystore of the signing key",
            )
        })?;
        let header = spec.header.clone().unwrap_or_default();
        Ok(DesiredAssertion::Signed(Box::new(SignedAssertion {
            template: self.template(field, spec, &header)?,
            algorithms: self.algorithms(spec),
            key: key(fields.keystore, keystore, spec.key_alias.clone()),
            certificate: header.certificate_ref.map(|reference| SecretKey {
                field: fields.certificate,
                secret: reference.name,
                key: reference.key.unwrap_or_else(|| "tls.crt".to_owned()),
            }),
        })))
    }

    fn template(
        &self,
        field: &str,
        spec: &AssertionSpec,
        header: &HeaderSpec,
    ) -> Result<AssertionTemplate, ConnectionError> {
        let generated = self.generated(spec);
        // A client's assertion is always unique (OpenID Connect Core section 9).
        let is_grant = self.spec.flow == Flow::Jwt && !self.is_client_assertion_in_jwt_flow(field);
        Ok(AssertionTemplate {
            claims: self.claims(field, spec)?,
            iat: generated.contains(&GeneratedClaim::Iat),
            jti: !is_grant || generated.contains(&GeneratedClaim::Jti),
            nbf: generated.contains(&GeneratedClaim::Nbf),
            lifetime_seconds: self.lifetime(field, spec)?,
            header: self.header(field, spec, header)?,
        })
    }

    fn claims(
        &self,
        field: &str,
        spec: &AssertionSpec,
    ) -> Result<Map<String, Value>, ConnectionError> {
        for generated in ["exp", "iat", "jti", "nbf"] {
            if spec.claims.contains_key(generated) {
                let path = format!("{field}.claims.{generated}");
                return Err(ConnectionError::invalid_spec(
                    &path,
                    "is generated: remove it, and set lifetimeSeconds or generatedClaims",
                ));
            }
        }
        let mut claims = Map::new();
        if let Some(client) = &self.spec.client {
            claims.insert("iss".to_owned(), client.id.clone().into());
            claims.insert("sub".to_owned(), client.id.clone().into());
        }
        let preset = self.preset.filter(|_| !self.is_client_assertion_in_jwt_flow(field));
        claims.insert("aud".to_owned(), self.audience(preset).into());
        let of_preset = preset.into_iter().flat_map(|preset| &preset.assertion.claims);
        claims.extend(of_preset.map(|(name, value)| (name.clone(), value.clone().into())));
        let scope = self.scope().filter(|_| !self.is_client_assertion_in_jwt_flow(field));
        if let (ScopeIn::Claim, Some(scope)) = (self.scope_in(Some(spec)), scope) {
            claims.insert("scope".to_owned(), scope.into());
        }
        claims.extend(spec.claims.clone());
        audience_is_text(field, &claims)?;
        Ok(claims)
    }

    /// Whether this is the client's assertion beside the grant's: the preset speaks of the grant's.
    fn is_client_assertion_in_jwt_flow(&self, field: &str) -> bool {
        self.spec.flow == Flow::Jwt && field == "spec.client.assertion"
    }

    /// RFC 7523 section 3, point 3: the provider, by its issuer or its token endpoint.
    fn audience(&self, preset: Option<&Preset>) -> String {
        let issuer = self.spec.endpoints.as_ref().and_then(|one| one.issuer.clone());
        let endpoint = || self.written.clone();
        match preset.map(|preset| &preset.assertion.audience) {
            Some(PresetAudience::TokenEndpoint) => endpoint(),
            Some(PresetAudience::Text(text)) => issuer.unwrap_or_else(|| text.clone()),
            Some(PresetAudience::ClientId) => {
                let id = self.spec.client.as_ref().map(|one| one.id.clone());
                issuer.or(id).unwrap_or_else(endpoint)
            }
            Some(PresetAudience::Issuer) | None => issuer.unwrap_or_else(endpoint),
        }
    }

    fn generated(&self, spec: &AssertionSpec) -> Vec<GeneratedClaim> {
        let preset = || Some(self.preset?.assertion.generated_claims.clone());
        spec.generated_claims
            .clone()
            .or_else(preset)
            .unwrap_or_else(|| vec![GeneratedClaim::Iat, GeneratedClaim::Jti])
    }

    fn lifetime(&self, field: &str, spec: &AssertionSpec) -> Result<u32, ConnectionError> {
        let preset = self.preset.map(|one| &one.assertion);
        let lifetime = spec
            .lifetime_seconds
            .or(preset.map(|one| one.lifetime_seconds))
            .unwrap_or(DEFAULT_LIFETIME_SECONDS);
        match preset.and_then(|one| one.maximum_lifetime_seconds) {
            Some(longest) if lifetime > longest => Err(ConnectionError::invalid_spec(
                &format!("{field}.lifetimeSeconds"),
                &format!("is more than the provider accepts: use at most {longest}"),
            )),
            _ => Ok(lifetime),
        }
    }

    /// The algorithm that the spec gives, else those that the provider accepts.
    fn algorithms(&self, spec: &AssertionSpec) -> Vec<Algorithm> {
        let accepted = self.preset.map_or(&[][..], |one| &one.assertion.algorithms);
        spec.algorithm.map_or_else(|| accepted.to_vec(), |given| vec![given])
    }

    fn header(
        &self,
        field: &str,
        assertion: &AssertionSpec,
        spec: &HeaderSpec,
    ) -> Result<HeaderTemplate, ConnectionError> {
        let preset = self.preset.map(|one| &one.assertion.header);
        if spec.kid.is_none() && preset.is_some_and(|one| one.kid_required) {
            let path = format!("{field}.header.kid");
            return Err(ConnectionError::invalid_spec(
                &path,
                "is needed by this provider: set it to the identifier that the provider gave the key",
            ));
        }
        // Where thumbprints depend on the algorithm, the first is the one to sign with.
        let algorithm = self.algorithms(assertion).first().copied();
        let usual = preset
            .zip(algorithm)
            .map(|(preset, algorithm)| preset.thumbprints_with(algorithm))
            .unwrap_or_default();
        let thumbprints =
            if spec.thumbprints.is_empty() { usual } else { spec.thumbprints.as_slice() };
        Ok(HeaderTemplate {
            kid: spec.kid.clone(),
            typ: spec.typ.clone().or_else(|| preset?.typ.clone()),
            x5t: thumbprints.contains(&Thumbprint::X5t),
            x5t_s256: thumbprints.contains(&Thumbprint::X5tS256),
            x5c: spec.x5c.unwrap_or_default(),
        })
    }
}

pub(super) fn key(
    field: &'static str,
    reference: &KeystoreReference,
    alias: Option<String>,
) -> KeyLocation {
    KeyLocation {
        field,
        secret: reference.name.clone(),
        key: reference.key.clone(),
        password_key: reference.password_key.clone(),
        key_password_key: reference.key_password_key.clone(),
        alias,
    }
}

/// RFC 7519 section 4.1.3: a string or a list of strings.
fn audience_is_text(field: &str, claims: &Map<String, Value>) -> Result<(), ConnectionError> {
    let good = match claims.get("aud") {
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Array(list)) => !list.is_empty() && list.iter().all(Value::is_string),
        _ => false,
    };
    if good {
        return Ok(());
    }
    Err(ConnectionError::invalid_spec(
        &format!("{field}.claims.aud"),
        "must be a string or a list of strings",
    ))
}
