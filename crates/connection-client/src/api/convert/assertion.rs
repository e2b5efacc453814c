//! `spec.assertion` and `spec.client.assertion`.

use serde_json::{Map, Value};

use super::Conversion;
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
struct AssertionFields {
    keystore: &'static str,
    value: &'static str,
    certificate: &'static str,
}

impl AssertionFields {
    fn new(field: &str) -> Self {
        // Literals, because `SecretKey` contains a static path.
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

impl Conversion<'_> {
    /// Converts the assertion at `field`.
    pub(super) fn desired_assertion(
        &self,
        field: &str,
        spec: &AssertionSpec,
    ) -> Result<DesiredAssertion, ConnectionError> {
        let fields = AssertionFields::new(field);
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
                "needs keystoreRef or valueFrom: set keystoreRef to the keystore of the signing key",
            )
        })?;
        let header = spec.header.clone().unwrap_or_default();
        Ok(DesiredAssertion::Signed(Box::new(SignedAssertion {
            template: self.template(field, spec, &header)?,
            algorithms: self.algorithms(spec),
            key: key_location(fields.keystore, keystore, spec.key_alias.clone()),
            certificate: header.certificate_ref.map(|reference| SecretKey {
                field: fields.certificate,
                secret: reference.name,
                // The key of the certificate in a Secret of type `kubernetes.io/tls`.
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
        // `jti` is required in a client assertion (OpenID Connect Core section 9).
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
        // Signing replaces a generated claim, so a value in the spec would have no effect.
        for generated in ["exp", "iat", "jti", "nbf"] {
            if spec.claims.contains_key(generated) {
                let path = format!("{field}.claims.{generated}");
                return Err(ConnectionError::invalid_spec(
                    &path,
                    "is generated: remove it, and set lifetimeSeconds or generatedClaims",
                ));
            }
        }
        // Later entries replace earlier ones: defaults, then the preset, then the spec.
        let mut claims = Map::new();
        // In a client assertion both are the client id (OpenID Connect Core section 9).
        if let Some(client) = &self.spec.client {
            claims.insert("iss".to_owned(), client.id.clone().into());
            claims.insert("sub".to_owned(), client.id.clone().into());
        }
        let preset = self.preset.filter(|_| !self.is_client_assertion_in_jwt_flow(field));
        claims.insert("aud".to_owned(), self.audience(preset).into());
        let preset_claims = preset.into_iter().flat_map(|preset| &preset.assertion.claims);
        claims.extend(preset_claims.map(|(name, value)| (name.clone(), value.clone().into())));
        // A client assertion only authenticates: the scopes belong to the grant.
        let scope = self.scope().filter(|_| !self.is_client_assertion_in_jwt_flow(field));
        if let (ScopeIn::Claim, Some(scope)) = (self.scope_in(Some(spec)), scope) {
            claims.insert("scope".to_owned(), scope.into());
        }
        claims.extend(spec.claims.clone());
        validate_audience(field, &claims)?;
        Ok(claims)
    }

    /// Flow JWT may send two assertions. The preset describes the grant, not the client assertion.
    fn is_client_assertion_in_jwt_flow(&self, field: &str) -> bool {
        self.spec.flow == Flow::Jwt && field == "spec.client.assertion"
    }

    /// Returns the default of `aud`: the issuer or the token endpoint (RFC 7523 section 3, point 3).
    fn audience(&self, preset: Option<&Preset>) -> String {
        let issuer = self.spec.endpoints.as_ref().and_then(|endpoints| endpoints.issuer.clone());
        let endpoint = || self.endpoint_text.clone();
        match preset.map(|preset| &preset.assertion.audience) {
            Some(PresetAudience::TokenEndpoint) => endpoint(),
            Some(PresetAudience::Text(text)) => issuer.unwrap_or_else(|| text.clone()),
            Some(PresetAudience::ClientId) => {
                let id = self.spec.client.as_ref().map(|client| client.id.clone());
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
        let preset = self.preset.map(|preset| &preset.assertion);
        let lifetime = spec
            .lifetime_seconds
            .or(preset.map(|assertion| assertion.lifetime_seconds))
            .unwrap_or(DEFAULT_LIFETIME_SECONDS);
        match preset.and_then(|assertion| assertion.maximum_lifetime_seconds) {
            // Rejected, not reduced, so that the spec states what is sent.
            Some(maximum) if lifetime > maximum => Err(ConnectionError::invalid_spec(
                &format!("{field}.lifetimeSeconds"),
                &format!("is more than the provider accepts: set at most {maximum}"),
            )),
            _ => Ok(lifetime),
        }
    }

    /// Returns the algorithm of the spec, otherwise those that the preset accepts.
    fn algorithms(&self, spec: &AssertionSpec) -> Vec<Algorithm> {
        let accepted = self.preset.map_or(&[][..], |preset| &preset.assertion.algorithms);
        spec.algorithm.map_or_else(|| accepted.to_vec(), |algorithm| vec![algorithm])
    }

    fn header(
        &self,
        field: &str,
        assertion: &AssertionSpec,
        spec: &HeaderSpec,
    ) -> Result<HeaderTemplate, ConnectionError> {
        let preset = self.preset.map(|preset| &preset.assertion.header);
        // The error response of the provider would not name the cause.
        if spec.kid.is_none() && preset.is_some_and(|header| header.kid_required) {
            let path = format!("{field}.header.kid");
            return Err(ConnectionError::invalid_spec(
                &path,
                "is required by this provider: set it to the identifier of the key at the provider",
            ));
        }
        // If the thumbprints depend on the algorithm, the signer uses the first one.
        let algorithm = self.algorithms(assertion).first().copied();
        let default_thumbprints = preset
            .zip(algorithm)
            .map(|(preset, algorithm)| preset.thumbprints_with(algorithm))
            .unwrap_or_default();
        let thumbprints =
            if spec.thumbprints.is_empty() { default_thumbprints } else { &spec.thumbprints };
        Ok(HeaderTemplate {
            kid: spec.kid.clone(),
            typ: spec.typ.clone().or_else(|| preset?.typ.clone()),
            x5t: thumbprints.contains(&Thumbprint::X5t),
            x5t_s256: thumbprints.contains(&Thumbprint::X5tS256),
            x5c: spec.x5c.unwrap_or_default(),
        })
    }
}

pub(super) fn key_location(
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

/// `aud` is a string or a list of strings (RFC 7519 section 4.1.3).
fn validate_audience(field: &str, claims: &Map<String, Value>) -> Result<(), ConnectionError> {
    let valid = match claims.get("aud") {
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Array(list)) => !list.is_empty() && list.iter().all(Value::is_string),
        _ => false,
    };
    if valid {
        return Ok(());
    }
    Err(ConnectionError::invalid_spec(
        &format!("{field}.claims.aud"),
        "must be a string or a list of strings",
    ))
}
