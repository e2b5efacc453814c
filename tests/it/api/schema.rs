//! The generated schema as a tree, and the position of its nodes in a manifest.

use connection_client::api::crd;
use serde_json::Value;

/// A step from a node to a child.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    Field(String),
    /// An element of a list.
    Item,
    /// A value of a map.
    Entry,
}

/// A node of the schema with its path from the root.
#[derive(Clone, Debug)]
pub struct Node {
    pub path: Vec<Step>,
    pub schema: Value,
}

/// Returns `spec` and all nodes below it.
pub fn spec() -> Vec<Node> {
    below("spec")
}

/// Returns a field of the root and all nodes below it.
pub fn below(field: &str) -> Vec<Node> {
    let root = root();
    let mut nodes = Vec::new();
    let start = Node {
        path: vec![Step::Field(field.to_owned())],
        schema: root["properties"][field].clone(),
    };
    walk(start, &mut nodes);
    nodes
}

pub fn root() -> Value {
    let definition = serde_json::to_value(crd::connections()).unwrap();
    definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"].clone()
}

fn walk(node: Node, nodes: &mut Vec<Node>) {
    let down = |step: Step, schema: &Value| {
        let mut path = node.path.clone();
        path.push(step);
        Node { path, schema: schema.clone() }
    };
    let fields = node.schema["properties"].as_object().into_iter().flatten();
    let mut children: Vec<Node> =
        fields.map(|(name, schema)| down(Step::Field(name.clone()), schema)).collect();
    if node.schema["items"].is_object() {
        children.push(down(Step::Item, &node.schema["items"]));
    }
    if node.schema["additionalProperties"].is_object() {
        children.push(down(Step::Entry, &node.schema["additionalProperties"]));
    }
    nodes.push(node);
    for child in children {
        walk(child, nodes);
    }
}

impl Node {
    /// Returns the path in the notation of `kubectl explain`: `spec.parametersFrom[].name`.
    pub fn name(&self) -> String {
        let mut name = String::new();
        for step in &self.path {
            match step {
                Step::Field(field) if name.is_empty() => name.push_str(field),
                Step::Field(field) => {
                    name.push('.');
                    name.push_str(field);
                }
                Step::Item => name.push_str("[]"),
                Step::Entry => name.push_str("{}"),
            }
        }
        name
    }

    /// Returns the value of the node in a manifest; the first item or entry of a list or map.
    pub fn find<'a>(&self, manifest: &'a mut Value) -> Option<&'a mut Value> {
        self.path.iter().try_fold(manifest, |value, step| match step {
            Step::Field(field) => value.get_mut(field),
            Step::Item => value.get_mut(0),
            Step::Entry => value.as_object_mut()?.values_mut().next(),
        })
    }
}
