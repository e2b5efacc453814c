//! A preset as its data file defines it, and how the values of a spec complete it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};
use thiserror::Error;

use super::Preset;
use super::substitute::substitute;
use super::value::PresetValue;
use crate::connection::flow::Flow;

/// The data file of one provider. Texts in `settings` may contain `{name}`, the name of a value.
// serde does not support `deny_unknown_fields` with `flatten`; `Preset` rejects unknown fields.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct PresetDefinition {
    /// The name in `spec.provider.name`.
    pub name: String,
    /// The name of the provider for users.
    pub title: String,
    /// Pages of the provider that document these facts.
    pub sources: Vec<String>,
    /// The supported flows; the first is the usual one.
    pub flows: Vec<Flow>,
    /// What `spec.provider.values` contains, by name.
    #[serde(default)]
    pub values: BTreeMap<String, PresetValue>,
    /// What a user must know to set up a Connection, a sentence or two each.
    #[serde(default)]
    pub notes: Vec<String>,
    /// Everything that becomes a [`Preset`].
    #[serde(flatten)]
    pub settings: Map<String, Value>,
}

/// A preset that cannot be used with the values of the spec.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PresetError {
    /// The spec lacks a value.
    #[error(
        "the preset `{preset}` needs `spec.provider.values.{value}`: set it to {description}, such as `{example}`"
    )]
    MissingValue { preset: String, value: String, description: String, example: String },
    /// The spec has a value that the preset does not know.
    #[error(
        "the preset `{preset}` has no value `spec.provider.values.{value}`: remove it; {known}"
    )]
    UnknownValue {
        preset: String,
        value: String,
        /// Which values are known, as a sentence.
        known: String,
    },
    /// The spec has a value that does not fit its pattern.
    #[error(
        "`spec.provider.values.{value}` does not fit the preset `{preset}`: write {pattern}, such as `{example}`"
    )]
    UnfitValue { preset: String, value: String, pattern: String, example: String },
    /// The data of the preset itself is wrong; a test resolves every preset of this build.
    #[error(
        "the preset `{preset}` is invalid ({cause}): set the endpoints and claims in the spec instead"
    )]
    InvalidData { preset: String, cause: String },
}

impl PresetDefinition {
    /// Substitutes `values`, the spec's `provider.values`, in the settings.
    ///
    /// # Errors
    ///
    /// Returns a value that is missing, unknown or does not match its pattern.
    pub fn resolve(&self, values: &BTreeMap<String, String>) -> Result<Preset, PresetError> {
        self.fill(&self.texts(values)?)
    }

    /// Substitutes `texts` for the placeholders.
    ///
    /// # Errors
    ///
    /// Returns an error if the data of the preset is wrong.
    pub fn fill(&self, texts: &BTreeMap<String, String>) -> Result<Preset, PresetError> {
        let invalid = |cause: String| PresetError::InvalidData { preset: self.name.clone(), cause };
        let mut settings = Value::Object(self.settings.clone());
        substitute(&mut settings, texts).map_err(|error| invalid(error.to_string()))?;
        // Typed after the substitution, so that a value can fill any text of the settings.
        let mut preset: Preset =
            serde_json::from_value(settings).map_err(|error| invalid(error.to_string()))?;
        // serde skips both, because they are fields of the definition, not of its settings.
        preset.name.clone_from(&self.name);
        preset.flows.clone_from(&self.flows);
        Ok(preset)
    }

    /// Returns the text of each placeholder.
    fn texts(
        &self,
        values: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>, PresetError> {
        // First, because a misspelled value is both unknown and missing.
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
            "it has no values".to_owned()
        } else {
            format!("its values are {}", names.join(", "))
        };
        PresetError::UnknownValue { preset: self.name.clone(), value: value.to_owned(), known }
    }
}
