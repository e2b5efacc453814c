//! The CEL rules of the schema
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

/// The variable of transition rules, which cannot be evaluated without the previous object.
const OLD: &str = "oldSelf";

/// The parsed rules, as a tree of the same shape as the schema.
pub(super) struct Rules {
    own: Vec<Rule>,
    fields: HashMap<String, Self>,
    items: Option<Box<Self>>,
    additional: Option<Box<Self>>,
}

struct Rule {
    text: String,
    /// The expression, or the error of the parser.
    parsed: Result<IdedExpr, &'static str>,
    message: String,
    message_expression: Option<IdedExpr>,
    reason: String,
    /// The path of the violated field, relative to the field of the rule.
    field: String,
}

impl Rules {
    /// Parses the rules of a schema and of all its fields.
    pub(super) fn from_schema(schema: &Value) -> Self {
        let list = schema["x-kubernetes-validations"].as_array().into_iter().flatten();
        let below = |keyword: &str| {
            schema
                .get(keyword)
                .filter(|schema| schema.is_object())
                .map(|schema| Box::new(Self::from_schema(schema)))
        };
        let fields = schema["properties"].as_object().into_iter().flatten();
        Self {
            own: list.map(Rule::new).filter(|rule| !rule.text.contains(OLD)).collect(),
            fields: fields
                .map(|(name, schema)| (name.clone(), Self::from_schema(schema)))
                .collect(),
            items: below("items"),
            additional: below("additionalProperties"),
        }
    }

    /// Returns the violated rules. A rule that cannot be evaluated counts as violated, because a pass
    /// would be wrong.
    pub(super) fn violations(&self, manifest: &Value) -> Vec<Violation> {
        let mut violations = Vec::new();
        self.walk(manifest, "", &mut violations);
        violations
    }

    fn walk(&self, value: &Value, path: &str, violations: &mut Vec<Violation>) {
        // Most values have no rule, and the conversion to CEL copies the value.
        if !self.own.is_empty() {
            let mut context = Context::default().with_all();
            context.add_variable_from_value("self", cel(value));
            violations
                .extend(self.own.iter().filter_map(|rule| rule.violation(&context, value, path)));
        }
        match value {
            Value::Object(fields) => {
                for (name, field) in fields {
                    let rules = self.fields.get(name).or(self.additional.as_deref());
                    let path =
                        if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    if let Some(rules) = rules {
                        rules.walk(field, &path, violations);
                    }
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    if let Some(rules) = &self.items {
                        rules.walk(item, &format!("{path}[{index}]"), violations);
                    }
                }
            }
            _ => {}
        }
    }
}

impl Rule {
    fn new(rule: &Value) -> Self {
        let text = |field: &str| rule[field].as_str().unwrap_or_default().to_owned();
        Self {
            parsed: parse(&text("rule")),
            message_expression: rule["messageExpression"]
                .as_str()
                .and_then(|text| parse(text).ok()),
            text: text("rule"),
            message: text("message"),
            reason: text("reason"),
            field: text("fieldPath"),
        }
    }

    /// Evaluates the rule on a value, which is `self` in `context`.
    fn violation(&self, context: &Context<'_>, value: &Value, path: &str) -> Option<Violation> {
        // fieldPath starts with a dot, and the path of the root is empty.
        let path = format!("{path}{}", self.field).trim_start_matches('.').to_owned();
        let result = match &self.parsed {
            Ok(expression) => {
                CelValue::resolve(expression, context).map_err(|error| error.to_string())
            }
            Err(error) => Err((*error).to_owned()),
        };
        let cause = match result {
            Ok(CelValue::Bool(true)) => return None,
            Ok(CelValue::Bool(false)) => {
                return Some(Violation::new(path, self.describe(context, value)));
            }
            Ok(_) => "the result is not a boolean".to_owned(),
            Err(error) => error,
        };
        let message = format!(
            "cannot evaluate the rule `{}` ({cause}): run `kubectl apply --dry-run=server`",
            self.text
        );
        Some(Violation::new(path, message))
    }

    fn describe(&self, context: &Context<'_>, value: &Value) -> String {
        let computed = self.message_expression.as_ref();
        let computed = computed.map(|expression| CelValue::resolve(expression, context));
        // As in the API server, a message expression that fails falls back to the message.
        let message = match computed {
            Some(Ok(CelValue::String(text))) => text.to_string(),
            _ if self.message.is_empty() => format!("failed rule: {}", self.text),
            _ => self.message.clone(),
        };
        // The prefixes are those of the API server's field errors.
        match (self.reason.as_str(), value) {
            ("FieldValueRequired", _) => format!("Required value: {message}"),
            ("FieldValueForbidden", _) => format!("Forbidden: {message}"),
            ("FieldValueDuplicate", _) => format!("Duplicate value: {message}"),
            (_, Value::Array(_) | Value::Object(_)) => format!("Invalid value: {message}"),
            // `value` is that of `self`, not of the field at fieldPath.
            _ if !self.field.is_empty() => format!("Invalid value: {message}"),
            _ => format!("Invalid value: {value}: {message}"),
        }
    }
}

fn parse(text: &str) -> Result<IdedExpr, &'static str> {
    // The API server enables the optional syntax as well.
    let parsed = Parser::new().enable_optional_syntax(true).parse(text);
    let mut expression = parsed.map_err(|_| "syntax error")?;
    selections_as_indexes(&mut expression);
    Ok(expression)
}

/// Converts a JSON value to CEL. Integers become `int`, as in the API server.
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

    fn violations(rule: &Value, value: &Value) -> Vec<Violation> {
        let schema = json!({ "x-kubernetes-validations": [rule] });
        Rules::from_schema(&schema).violations(value)
    }

    #[test]
    fn a_rule_that_cannot_be_evaluated_is_a_violation() {
        for rule in ["notYetKnown(self.a)", "self.a ==", "self.a", "self.b == 'x'"] {
            let rule = json!({ "rule": rule, "message": "must be known" });
            let found = violations(&rule, &json!({ "a": "b" }));
            assert!(found[0].message.contains("cannot evaluate the rule"), "{rule}: {found:?}");
        }
    }

    #[test]
    fn a_violation_has_the_path_and_the_message_of_its_rule() {
        let required = json!({ "rule": "has(self.b)", "message": "set b",
            "reason": "FieldValueRequired", "fieldPath": ".b" });
        assert_eq!(
            violations(&required, &json!({})),
            [Violation::new("b", "Required value: set b")]
        );
        let optional = json!({ "rule": "self.?a.?b.orValue('x') == 'x'", "message": "be x" });
        for valid in [json!({}), json!({ "a": {} }), json!({ "a": { "b": "x" } })] {
            assert_eq!(violations(&optional, &valid), [], "{valid}");
        }
        assert_eq!(
            violations(&optional, &json!({ "a": { "b": "y" } })),
            [Violation::new("", "Invalid value: be x")]
        );
        let transition = json!({ "rule": "self == oldSelf", "message": "stays" });
        assert_eq!(violations(&transition, &json!("a")), []);
    }

    /// CEL rules would have to escape such names
    /// (<https://kubernetes.io/docs/reference/using-api/cel/#escaping>).
    #[test]
    fn no_field_name_needs_escaping_in_rules() {
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
            assert!(name.chars().all(|character| character.is_ascii_alphanumeric()), "{name}");
        }
    }
}
