//! A preset with its templates filled.

use std::collections::BTreeMap;

use thiserror::Error;

use super::Preset;
use super::assertion::PresetAudience;
use super::template::Template;
use super::value::PresetValue;

/// What the spec is laid over: a preset and its texts for one Connection's values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedPreset<'a> {
    /// Everything that has no templates in it.
    pub preset: &'a Preset,
    /// The endpoints.
    pub endpoints: ResolvedEndpoints,
    /// What `aud` is where the spec has none.
    pub audience: ResolvedAudience,
    /// The scopes asked for where the spec names none.
    pub scopes: Vec<String>,
    /// Further claims of an assertion.
    pub claims: BTreeMap<String, String>,
    /// Further request parameters.
    pub parameters: BTreeMap<String, String>,
    /// What is special about the Authorization Code flow.
    pub authorization_code: ResolvedAuthorizationCode,
}

/// What is special about the Authorization Code flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedAuthorizationCode {
    /// The scopes asked for where the spec names none.
    pub scopes: Vec<String>,
    /// Further parameters of the authorization request.
    pub parameters: BTreeMap<String, String>,
    /// Further parameters of a refresh request.
    pub refresh_parameters: BTreeMap<String, String>,
}

/// The provider's endpoints, as `https` URLs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedEndpoints {
    /// The token endpoint; without one the spec has to say where the provider is.
    pub token: Option<String>,
    /// The authorization endpoint.
    pub authorization: Option<String>,
    /// The issuer.
    pub issuer: Option<String>,
    /// The revocation endpoint.
    pub revocation: Option<String>,
    /// Where refresh tokens are sent, where it is not the token endpoint.
    pub refresh: Option<String>,
}

/// What `aud` is. The spec may name another token endpoint or client, so which those are is told
/// apart from a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResolvedAudience {
    /// The issuer where spec or preset has one, else the token endpoint.
    Issuer,
    /// The token endpoint that the request goes to, also where there is an issuer.
    TokenEndpoint,
    /// The client id.
    ClientId,
    /// This text.
    Text(String),
}

/// Why a preset does not go with the values that the spec gives it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PresetError {
    /// The spec lacks a value.
    #[error(
        "the preset `{preset}` needs `spec.provider.values.{value}`: set it to {description}, such as `{example}`"
    )]
    MissingValue {
        /// The preset.
        preset: String,
        /// The value that is missing.
        value: String,
        /// What it is.
        description: String,
        /// One that would fit.
        example: String,
    },
    /// The spec has a value that the preset does not know.
    #[error(
        "the preset `{preset}` does not know `spec.provider.values.{value}`: remove it; {known}"
    )]
    UnknownValue {
        /// The preset.
        preset: String,
        /// The value that is not known.
        value: String,
        /// Which values are known, as a sentence.
        known: String,
    },
    /// The spec has a value that does not fit its pattern.
    #[error(
        "`spec.provider.values.{value}` does not fit the preset `{preset}`: write {pattern}, such as `{example}`"
    )]
    UnfitValue {
        /// The preset.
        preset: String,
        /// The value that does not fit.
        value: String,
        /// What fits.
        pattern: String,
        /// One that would fit.
        example: String,
    },
    /// The data file has a template with a name that it does not declare.
    #[error(
        "the preset `{preset}` uses `{value}` without declaring it; set the endpoints and claims in the spec instead"
    )]
    UndeclaredValue {
        /// The preset.
        preset: String,
        /// The name in the template.
        value: String,
    },
}

impl Preset {
    /// Fills the templates with `values`, the spec's `provider.values`.
    ///
    /// # Errors
    ///
    /// A value that is missing, not known or does not fit.
    pub fn resolve(
        &self,
        values: &BTreeMap<String, String>,
    ) -> Result<ResolvedPreset<'_>, PresetError> {
        let texts = self.texts(values)?;
        let fill = |template: &Template| self.fill(template, &texts);
        let endpoints = ResolvedEndpoints {
            token: self.endpoints.token.as_ref().map(fill).transpose()?,
            authorization: self.endpoints.authorization.as_ref().map(fill).transpose()?,
            issuer: self.endpoints.issuer.as_ref().map(fill).transpose()?,
            revocation: self.endpoints.revocation.as_ref().map(fill).transpose()?,
            refresh: self.endpoints.refresh.as_ref().map(fill).transpose()?,
        };
        let audience = match &self.assertion.audience {
            PresetAudience::Issuer => ResolvedAudience::Issuer,
            PresetAudience::TokenEndpoint => ResolvedAudience::TokenEndpoint,
            PresetAudience::ClientId => ResolvedAudience::ClientId,
            PresetAudience::Text(template) => ResolvedAudience::Text(fill(template)?),
        };
        let fill_all = |templates: &BTreeMap<String, Template>| {
            let filled =
                templates.iter().map(|(name, template)| Ok((name.clone(), fill(template)?)));
            filled.collect::<Result<_, PresetError>>()
        };
        let own = &self.authorization_code;
        let scopes = own.scopes.as_ref().unwrap_or(&self.scopes);
        let authorization_code = ResolvedAuthorizationCode {
            scopes: scopes.default.iter().map(fill).collect::<Result<_, _>>()?,
            parameters: fill_all(&own.parameters)?,
            refresh_parameters: fill_all(&own.refresh_parameters)?,
        };
        Ok(ResolvedPreset {
            authorization_code,
            endpoints,
            audience,
            scopes: self.scopes.default.iter().map(fill).collect::<Result<_, _>>()?,
            claims: fill_all(&self.assertion.claims)?,
            parameters: fill_all(&self.parameters)?,
            preset: self,
        })
    }

    /// Returns what stands for each name in the templates.
    fn texts(
        &self,
        values: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>, PresetError> {
        if let Some(value) = values.keys().find(|name| !self.values.contains_key(*name)) {
            return Err(self.unknown(value));
        }
        let mut texts = BTreeMap::new();
        for (name, declared) in &self.values {
            texts.extend(self.texts_of(name, declared, values.get(name))?);
        }
        Ok(texts)
    }

    fn texts_of(
        &self,
        name: &str,
        declared: &PresetValue,
        given: Option<&String>,
    ) -> Result<BTreeMap<String, String>, PresetError> {
        let given =
            given.or(declared.default.as_ref()).ok_or_else(|| PresetError::MissingValue {
                preset: self.name.clone(),
                value: name.to_owned(),
                description: declared.description.clone(),
                example: declared.example.clone(),
            })?;
        declared.pattern.read(name, given).ok_or_else(|| PresetError::UnfitValue {
            preset: self.name.clone(),
            value: name.to_owned(),
            pattern: declared.pattern.describe(),
            example: declared.example.clone(),
        })
    }

    fn unknown(&self, value: &str) -> PresetError {
        let names: Vec<_> = self.values.keys().map(|name| format!("`{name}`")).collect();
        let known = if names.is_empty() {
            "it asks for no values".to_owned()
        } else {
            format!("it knows {}", names.join(", "))
        };
        PresetError::UnknownValue { preset: self.name.clone(), value: value.to_owned(), known }
    }

    fn fill(
        &self,
        template: &Template,
        texts: &BTreeMap<String, String>,
    ) -> Result<String, PresetError> {
        template.fill(texts).map_err(|value| PresetError::UndeclaredValue {
            preset: self.name.clone(),
            value: value.to_owned(),
        })
    }
}
