//! Each value is described, each flag has a value, each value does something.

use std::collections::BTreeSet;
use std::fs;

use clap::{Arg, CommandFactory};
use connection_operator::config::OperatorArguments;
use serde_json::{Value, json};

use super::helm::{CHART, arguments, environment, objects, of_kind};

/// Values that turn on all that there is.
pub fn everything() -> Value {
    json!({
        "commonLabels": { "team": "platform" },
        "image": { "registry": "registry.example.com:5000", "digest": format!("sha256:{}", "0".repeat(64)) },
        "imagePullSecrets": [{ "name": "registry" }],
        "serviceAccount": { "annotations": { "example.com/role": "operator" } },
        "allowedHosts": ["*.example.com", "login.example.org"],
        "allowedNetworks": ["10.20.0.0/16", "fd00::/8"],
        "requireAllowedHosts": true,
        "proxy": { "https": "http://proxy.example.com:3128", "http": "http://proxy.example.com:3128", "noProxy": ".svc" },
        "trustedCA": { "configMap": "authorities" },
        "logs": { "format": "text", "filter": "connection_operator=debug,kube=info" },
        "tracing": { "endpoint": "http://collector.monitoring:4318" },
        "extraEnv": [{ "name": "TZ", "value": "UTC" }],
        "extraEnvFrom": [{ "secretRef": { "name": "proxy", "optional": true } }],
        "extraVolumes": [{ "name": "scratch", "emptyDir": {} }],
        "extraVolumeMounts": [{ "name": "scratch", "mountPath": "/scratch" }],
        "extraObjects": [{
            "apiVersion": "v1", "kind": "ConfigMap", "data": { "of": "{{ .Release.Name }}" },
            "metadata": { "name": "{{ include \"connection-operator.fullname\" . }}-extra" },
        }],
        "consent": {
            "publicUrl": "https://connect.example.com",
            "service": { "type": "LoadBalancer", "annotations": { "example.com/a": "b" } },
            "ingress": { "enabled": true, "className": "nginx", "annotations": { "example.com/a": "b" }, "tlsSecret": "connect" },
            "httpRoute": { "enabled": true, "annotations": { "example.com/a": "b" }, "parentRefs": [{ "name": "public", "namespace": "gateways" }] },
        },
        "metrics": {
            "service": { "annotations": { "example.com/a": "b" } },
            "podMonitor": { "render": "Always", "labels": { "prometheus": "a" } },
            "serviceMonitor": { "render": "Always", "labels": { "prometheus": "a" } },
            "prometheusRule": { "render": "Always", "labels": { "prometheus": "a" }, "runbookBase": "https://example.com/v1/" },
            "dashboard": { "enabled": true, "annotations": { "grafana_folder": "Tokens" } },
        },
        "networkPolicy": {
            "extraEgress": [{ "ports": [{ "port": 3128, "protocol": "TCP" }] }],
            "metricsFrom": [{ "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": "monitoring" } } }],
            "consentFrom": [{ "podSelector": {} }],
        },
        "podDisruptionBudget": { "maxUnavailable": "50%" },
        "podLabels": { "pod": "label" },
        "podAnnotations": { "pod": "annotation" },
        "priorityClassName": "system-cluster-critical",
        "nodeSelector": { "kubernetes.io/os": "linux" },
        "tolerations": [{ "key": "a", "operator": "Exists" }],
        "affinity": { "nodeAffinity": { "preferredDuringSchedulingIgnoredDuringExecution": [
            { "weight": 1, "preference": { "matchExpressions": [{ "key": "a", "operator": "Exists" }] } },
        ] } },
        "livenessProbe": { "initialDelaySeconds": 5 },
    })
}

fn file(name: &str) -> String {
    fs::read_to_string(format!("{CHART}/{name}")).expect("the chart has it")
}

/// The paths of values, down to what is not a map or is an empty one.
fn paths(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value.as_object() {
        Some(map) if !map.is_empty() => {
            map.iter().for_each(|(key, value)| paths(value, &format!("{path}/{key}"), found));
        }
        _ => drop(found.insert(path.to_owned())),
    }
}

/// The paths that a schema describes, down to what is no closed map.
fn described(schema: &Value, whole: &Value, path: &str, found: &mut BTreeSet<String>) {
    let schema = match schema["$ref"].as_str() {
        Some(reference) => whole.pointer(&reference[1..]).expect("the reference leads somewhere"),
        None => schema,
    };
    let Some(properties) = schema["properties"].as_object() else {
        found.insert(path.to_owned());
        return;
    };
    assert_eq!(schema["additionalProperties"], json!(false), "{path} is open");
    for (key, value) in properties {
        described(value, whole, &format!("{path}/{key}"), found);
    }
}

#[test]
fn the_schema_and_the_defaults_have_the_same_values() {
    let values: Value = serde_saphyr::from_str(&file("values.yaml")).expect("YAML");
    let schema: Value = serde_json::from_str(&file("values.schema.json")).expect("JSON");
    let (mut given, mut known) = (BTreeSet::new(), BTreeSet::new());
    paths(&values, "", &mut given);
    described(&schema, &schema, "", &mut known);
    // What a parent chart says, and what only some set of a probe.
    known.retain(|path| {
        !["/global", "/enabled"].contains(&path.as_str()) && !path.contains("Probe/")
    });
    // Maps that are passed on as they are: the defaults say more than the schema.
    let below = |path: &String, known: &BTreeSet<String>| {
        known.contains(path) || known.iter().any(|item| path.starts_with(&format!("{item}/")))
    };
    given.retain(|path| !path.contains("Probe/"));
    for path in &given {
        assert!(below(path, &known), "values.schema.json does not know {path}");
    }
    for path in &known {
        let there = given.iter().any(|item| item == path || item.starts_with(&format!("{path}/")));
        assert!(there, "values.yaml does not say what {path} is when nothing is said");
    }
}

#[test]
fn every_flag_of_the_operator_has_a_value() {
    let mut variables = Vec::new();
    let mut given = BTreeSet::new();
    for profile in ["Namespaced", "OptIn"] {
        let mut values = everything();
        values["rbac"] = json!({ "profile": profile });
        let objects = objects("operator", &values);
        variables = environment(&objects);
        let flag = |argument: String| {
            let argument = argument.strip_prefix("--")?;
            Some(argument.split('=').next().unwrap_or_default().to_owned())
        };
        given.extend(arguments(&objects).into_iter().filter_map(flag));
    }
    let mut command = OperatorArguments::command();
    command.build();
    let run = command.find_subcommand("run").expect("it can run");
    let set_by_variable = |arg: &Arg| {
        arg.get_env().is_some_and(|name| variables.contains(&name.to_string_lossy().into_owned()))
    };
    let known = run.get_arguments().filter(|get_argument| !set_by_variable(get_argument));
    // The latter is for demos and tests alone.
    let known: BTreeSet<_> = known
        .filter_map(|item| item.get_long())
        .filter(|flag| !["help", "allow-loopback"].contains(flag))
        .map(str::to_owned)
        .collect();
    assert_eq!(given, known, "templates/_arguments.tpl renders each flag for some values");
}

#[test]
fn the_operator_accepts_the_flags_that_the_chart_renders() {
    for values in [json!({}), everything(), json!({ "rbac": { "profile": "Namespaced" } })] {
        let rendered = arguments(&objects("operator", &values));
        let words = ["connection-operator".to_owned()].into_iter().chain(rendered);
        if let Err(error) = OperatorArguments::command().try_get_matches_from(words) {
            panic!("{values}: {error}");
        }
    }
}

#[test]
fn disabled_objects_are_not_rendered() {
    let cases = [
        ("CustomResourceDefinition", json!({ "crds": { "enabled": false } })),
        ("ServiceAccount", json!({ "serviceAccount": { "create": false } })),
        ("Role", json!({ "rbac": { "create": false } })),
        ("ClusterRoleBinding", json!({ "rbac": { "create": false } })),
        ("NetworkPolicy", json!({ "networkPolicy": { "enabled": false } })),
        ("PodDisruptionBudget", json!({ "podDisruptionBudget": { "enabled": false } })),
        ("PodDisruptionBudget", json!({ "replicas": 1 })),
        ("Service", json!({ "metrics": { "service": { "enabled": false } } })),
    ];
    for (kind, values) in cases {
        assert!(!of_kind(&objects("a", &json!({})), kind).is_empty(), "{kind}");
        assert!(of_kind(&objects("a", &values), kind).is_empty(), "{values}");
    }
    let cluster_roles =
        objects("a", &json!({ "rbac": { "create": false, "aggregatedRoles": false } }));
    assert!(of_kind(&cluster_roles, "ClusterRole").is_empty());
}

#[test]
fn optional_apis_are_used_when_they_are_served() {
    use super::helm::{documents, helm};
    let monitors = |served: &[&str], values: Value| {
        let mut arguments = vec!["template", "a", CHART, "--values", "-"];
        for api in served {
            arguments.extend(["--api-versions", api]);
        }
        let objects = documents(&helm(None, &arguments, &values).printed());
        ["PodMonitor", "ServiceMonitor"].map(|kind| of_kind(&objects, kind).len())
    };
    let both = ["monitoring.coreos.com/v1/PodMonitor", "monitoring.coreos.com/v1/ServiceMonitor"];
    let service = |render: &str| json!({ "metrics": { "serviceMonitor": { "render": render } } });
    let pod = |render: &str| json!({ "metrics": { "podMonitor": { "render": render } } });
    assert_eq!(monitors(&[], json!({})), [0, 0]);
    assert_eq!(monitors(&both, json!({})), [1, 0]);
    // One takes the other's place: nothing is counted twice.
    assert_eq!(monitors(&both, service("Always")), [0, 1]);
    assert_eq!(monitors(&both, service("WhereServed")), [0, 1]);
    assert_eq!(monitors(&both[..1], service("WhereServed")), [1, 0]);
    assert_eq!(monitors(&[], service("WhereServed")), [0, 0]);
    assert_eq!(monitors(&[], pod("Always")), [1, 0]);
    assert_eq!(monitors(&both, pod("Never")), [0, 0]);
}

#[test]
fn alerts_link_to_their_runbooks() {
    let objects = objects("operator", &everything());
    let rule = of_kind(&objects, "PrometheusRule")[0];
    let alerts = rule["spec"]["groups"].as_array().into_iter().flatten();
    let alerts: Vec<_> =
        alerts.flat_map(|group| group["rules"].as_array().into_iter().flatten()).collect();
    assert!(alerts.len() > 3, "{alerts:?}");
    for alert in alerts {
        let runbook = alert["annotations"]["runbook_url"].as_str().expect("a runbook");
        assert!(runbook.starts_with("https://example.com/v1/docs/runbooks/"), "{runbook}");
    }
}

#[test]
fn the_crd_is_kept_on_uninstall_by_default() {
    let policy = |values: Value| {
        let objects = objects("a", &values);
        let crd = of_kind(&objects, "CustomResourceDefinition")[0].clone();
        crd["metadata"]["annotations"]["helm.sh/resource-policy"].clone()
    };
    assert_eq!(policy(json!({})), "keep");
    assert_eq!(policy(json!({ "crds": { "keep": false } })), Value::Null);
}
