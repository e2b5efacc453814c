//! The rules of the schema that are written in CEL
//! (<https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules>).

use std::collections::HashMap;
use std::sync::Arc;

use kube_cel::KubeCelExt;
use kube_cel::cel::objects::{Key, Map};
use kube_cel::cel::parser::Parser;
use kube_cel::cel::{Context, IdedExpr, Value as CelValue};
use serde_json::Value;

use crate::lint::optional_select::selections_as_indexes;
use crate::lint::violation::Violation;

/// The variable of a rule that compares with what was there before: nothing is here.
const OLD: &str = "oldSelf";

/// The rules, parsed, as a tree beside the schema.
pub(super) struct Rules {
    own: Vec<Rule>,
    fields: HashMap<String, Self>,
    items: Option<Box<Self>>,
    further: Option<Box<Self>>,
}

struct Rule {
    text: String,
    /// What is to be evaluated, or why it cannot be read.
    parsed: Result<IdedExpr, &'static str>,
    message: String,
    /// What makes the message, where it is not always the same.
    making: Option<IdedExpr>,
    reason: String,
    /// The field that the message is about, below the one that has the rule.
    field: String,
}

impl Rules {
    /// Reads the rules of a schema, all the way down.
    pub(super) fn of(schema: &Value) -> Self {
        let list = schema["x-kubernetes-validations"].as_array().into_iter().flatten();
        let below = |keyword: &str| {
            schema.get(keyword).filter(|one| one.is_object()).map(|one| Box::new(Self::of(one)))
        };
        let fields = schema["properties"].as_object().into_iter().flatten();
        Self {
            own: list.map(Rule::of).filter(|rule| !rule.text.contains(OLD)).collect(),
            fields: fields.map(|(name, schema)| (name.clone(), Self::of(schema))).collect(),
            items: below("items"),
            further: below("additionalProperties"),
        }
    }

    /// What the rules say of a manifest. A rule that cannot be evaluated here says so: silence would
    /// be taken for consent.
    pub(super) fn faults(&self, manifest: &Value) -> Vec<Violation> {
        let mut faults = Vec::new();
        self.walk(manifest, "", &mut faults);
        faults
    }

    fn walk(&self, value: &Value, path: &str, faults: &mut Vec<Violation>) {
        if !self.own.is_empty() {
            let mut context = Context::default().with_all();
            context.add_variable_from_value("self", cel(value));
            faults.extend(self.own.iter().filter_map(|rule| rule.fault(&context, value, path)));
        }
        match value {
            Value::Object(fields) => {
                for (name, field) in fields {
                    let rules = self.fields.get(name).or(self.further.as_deref());
                    let path =
                        if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    if let Some(rules) = rules {
                        rules.walk(field, &path, faults);
                    }
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    if let Some(rules) = &self.items {
                        rules.walk(item, &format!("{path}[{index}]"), faults);
                    }
                }
            }
            _ => {}
        }
    }
}

impl Rule {
    fn of(rule: &Value) -> Self {
        let text = |field: &str| rule[field].as_str().unwrap_or_default().to_owned();
        Self {
            parsed: parsed(&text("rule")),
            making: rule["messageExpression"].as_str().and_then(|text| parsed(text).ok()),
            text: text("rule"),
            message: text("message"),
            reason: text("reason"),
            field: text("fieldPath"),
        }
    }

    /// What the rule says of the value that `context` knows as `self`.
    fn fault(&self, context: &Context<'_>, value: &Value, path: &str) -> Option<Violation> {
        let path = format!("{path}{}", self.field).trim_start_matches('.').to_owned();
        let judged = match &self.parsed {
            Ok(expression) => CelValue::resolve(expression, context).map_err(|why| why.to_string()),
            Err(why) => Err((*why).to_owned()),
        };
        let why = match judged {
            Ok(CelValue::Bool(true)) => return None,
            Ok(CelValue::Bool(false)) => {
                return Some(Violation::new(path, self.says(context, value)));
            }
            Ok(_) => "it is no condition".to_owned(),
            Err(why) => why,
        };
        let message = format!(
            "the rule `{}` could not be checked here ({why}): let the API server check it, by kubectl apply --dry-run=server",
            self.text
        );
        Some(Violation::new(path, message))
    }

    fn says(&self, context: &Context<'_>, value: &Value) -> String {
        let made = self.making.as_ref().map(|making| CelValue::resolve(making, context));
        let message = match made {
            Some(Ok(CelValue::String(text))) => text.to_string(),
            _ if self.message.is_empty() => format!("failed rule: {}", self.text),
            _ => self.message.clone(),
        };
        match (self.reason.as_str(), value) {
            ("FieldValueRequired", _) => format!("Required value: {message}"),
            ("FieldValueForbidden", _) => format!("Forbidden: {message}"),
            ("FieldValueDuplicate", _) => format!("Duplicate value: {message}"),
            (_, Value::Array(_) | Value::Object(_)) => format!("Invalid value: {message}"),
            _ if !self.field.is_empty() => format!("Invalid value: {message}"),
            _ => format!("Invalid value: {value}: {message}"),
        }
    }
}

fn parsed(text: &str) -> Result<IdedExpr, &'static str> {
    let parsed = Parser::new().enable_optional_syntax(true).parse(text);
    let mut expression = parsed.map_err(|_| "it cannot be read")?;
    selections_as_indexes(&mut expression);
    Ok(expression)
}

/// A value as CEL has it. Whole numbers are `int`, as the API server takes them.
fn cel(value: &Value) -> CelValue {
    match value {
        Value::Null => CelValue::Null,
        Value::Bool(truth) => CelValue::Bool(*truth),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => CelValue::Int(whole),
            None => CelValue::Float(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => CelValue::String(Arc::new(text.clone())),
        Value::Array(items) => CelValue::List(Arc::new(items.iter().map(cel).collect())),
        Value::Object(fields) => {
            let entry = |(name, field): (&String, &Value)| {
                (Key::String(Arc::new(name.clone())), cel(field))
            };
            CelValue::Map(Map { map: Arc::new(fields.iter().map(entry).collect()) })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn faults(rule: &Value, value: &Value) -> Vec<Violation> {
        let schema = json!({ "x-kubernetes-validations": [rule] });
        Rules::of(&schema).faults(value)
    }

    #[test]
    fn a_rule_that_cannot_be_evaluated_is_never_passed_in_silence() {
        for rule in ["notYetKnown(self.a)", "self.a ==", "self.a", "self.b == 'x'"] {
            let rule = json!({ "rule": rule, "message": "must be known" });
            let found = faults(&rule, &json!({ "a": "b" }));
            assert!(found[0].message.contains("could not be checked here"), "{rule}: {found:?}");
        }
    }

    #[test]
    fn a_rule_that_is_broken_says_its_message_at_its_field() {
        let required = json!({ "rule": "has(self.b)", "message": "give b",
            "reason": "FieldValueRequired", "fieldPath": ".b" });
        assert_eq!(faults(&required, &json!({})), [Violation::new("b", "Required value: give b")]);
        let optional = json!({ "rule": "self.?a.?b.orValue('x') == 'x'", "message": "be x" });
        for good in [json!({}), json!({ "a": {} }), json!({ "a": { "b": "x" } })] {
            assert_eq!(faults(&optional, &good), [], "{good}");
        }
        assert_eq!(
            faults(&optional, &json!({ "a": { "b": "y" } })),
            [Violation::new("", "Invalid value: be x")]
        );
        let before = json!({ "rule": "self == oldSelf", "message": "stays" });
        assert_eq!(faults(&before, &json!("a")), []);
    }

    /// Kubernetes writes such names otherwise in rules
    /// (<https://kubernetes.io/docs/reference/using-api/cel/#escaping>).
    #[test]
    fn no_field_has_a_name_that_rules_would_have_to_escape() {
        fn names(schema: &Value) -> Vec<String> {
            let fields = schema["properties"].as_object().into_iter().flatten();
            let mut all: Vec<_> = fields
                .flat_map(|(name, schema)| [vec![name.clone()], names(schema)].concat())
                .collect();
            all.extend(schema.get("items").map(names).unwrap_or_default());
            all
        }
        let definition = serde_json::to_value(connection_client::api::crd::connections()).unwrap();
        let schema = &definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
        let reserved = [
            "as",
            "break",
            "const",
            "else",
            "for",
            "function",
            "if",
            "import",
            "in",
            "let",
            "loop",
            "namespace",
            "null",
            "package",
            "return",
            "true",
            "false",
            "var",
            "void",
            "while",
        ];
        let spec = names(&schema["properties"]["spec"]);
        assert!(spec.len() > 50);
        for name in spec {
            assert!(!reserved.contains(&name.as_str()), "{name}");
            assert!(name.chars().all(|one| one.is_ascii_alphanumeric()), "{name}");
        }
    }
}
