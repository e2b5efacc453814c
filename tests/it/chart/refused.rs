//! Values that are wrong are refused before anything is installed.

use serde_json::{Value, json};

use super::helm::{CHART, helm, template};

#[test]
fn helm_lint_accepts_the_default_and_the_hardened_values() {
    helm(None, &["lint", "--strict", CHART], &Value::Null).printed();
    let hardened = format!("{CHART}/values-hardened.yaml");
    helm(None, &["lint", "--strict", CHART, "--values", &hardened], &Value::Null).printed();
}

#[test]
fn the_schema_rejects_invalid_values_and_names_the_field() {
    let cases = [
        (json!({ "replica": 2 }), "replica"),
        (json!({ "replicas": "2" }), "replicas"),
        (json!({ "image": { "name": "x" } }), "name"),
        (json!({ "image": { "digest": "sha256:12" } }), "digest"),
        (json!({ "image": { "pullPolicy": "Sometimes" } }), "pullPolicy"),
        (json!({ "imagePullSecrets": ["registry"] }), "imagePullSecrets"),
        (json!({ "crds": { "install": true } }), "install"),
        (json!({ "rbac": { "profile": "namespaced" } }), "profile"),
        (json!({ "rbac": { "enrolledNamespaces": "team-a" } }), "enrolledNamespaces"),
        (json!({ "rbac": { "enrolledNamespaces": ["Team A"] } }), "enrolledNamespaces"),
        (json!({ "rbac": { "namespaces": ["*"] } }), "namespaces"),
        (json!({ "serviceAccount": { "annotations": { "a": 1 } } }), "annotations"),
        (json!({ "allowedHosts": "login.example.com" }), "allowedHosts"),
        (json!({ "allowedHosts": ["a.example.com,b.example.com"] }), "allowedHosts"),
        (json!({ "allowedNetworks": ["10.0.0.0"] }), "allowedNetworks"),
        (json!({ "requireAllowedHosts": "yes" }), "requireAllowedHosts"),
        (json!({ "proxy": { "https": "proxy.example.com" } }), "https"),
        (json!({ "maxConcurrentReconciles": 0 }), "maxConcurrentReconciles"),
        (json!({ "logs": { "format": "yaml" } }), "format"),
        (json!({ "extraArgs": ["run"] }), "extraArgs"),
        (json!({ "consent": { "publicUrl": "http://connect.example.com" } }), "publicUrl"),
        (json!({ "consent": { "publicUrl": "https://connect.example.com/?a=b" } }), "publicUrl"),
        (json!({ "consent": { "port": 80 } }), "port"),
        (json!({ "consent": { "ingress": { "host": "a" } } }), "host"),
        (json!({ "metrics": { "port": 80 } }), "port"),
        (json!({ "metrics": { "podMonitor": { "enabled": true } } }), "enabled"),
        (json!({ "metrics": { "podMonitor": { "render": "Sometimes" } } }), "render"),
        (json!({ "metrics": { "serviceMonitor": { "interval": "often" } } }), "interval"),
        (json!({ "networkPolicy": { "egressPorts": [0] } }), "egressPorts"),
        (json!({ "podDisruptionBudget": { "minAvailable": 1 } }), "minAvailable"),
        (json!({ "terminationGracePeriodSeconds": 5 }), "terminationGracePeriodSeconds"),
        (json!({ "podLabels": { "a": true } }), "podLabels"),
        (json!({ "livenessProbe": { "httpGet": {} } }), "httpGet"),
        (json!({ "podLabels": { "app.kubernetes.io/name": "mine" } }), "podLabels"),
        (json!({ "commonLabels": { "helm.sh/chart": "mine" } }), "commonLabels"),
        (json!({ "consent": { "publicUrl": "https://Connect.example.com" } }), "publicUrl"),
        (json!({ "allowedNetworks": ["10.0.0.0/33"] }), "allowedNetworks"),
        (json!({ "allowedNetworks": ["fd00::/129"] }), "allowedNetworks"),
        (json!({ "networkPolicy": { "apiServerPorts": ["https"] } }), "apiServerPorts"),
        (json!({ "networkPolicy": { "dnsPorts": [53, 53] } }), "dnsPorts"),
    ];
    for (values, field) in cases {
        let refusal = template("a", &values).refusal();
        assert!(refusal.contains("values don't meet the specifications"), "{values}: {refusal}");
        assert!(refusal.contains(field), "{values}: {refusal}");
    }
}

#[test]
fn contradictory_values_are_rejected_with_the_remedy() {
    let cases = [
        (
            json!({ "consent": { "ingress": { "enabled": true } } }),
            "consent.ingress needs consent.publicUrl",
        ),
        (
            json!({ "consent": { "httpRoute": { "enabled": true } } }),
            "consent.httpRoute needs consent.publicUrl",
        ),
        (
            json!({ "consent": { "publicUrl": "https://connect.example.com", "httpRoute": { "enabled": true } } }),
            "name the Gateway",
        ),
        (
            json!({ "trustedCA": { "configMap": "a", "secret": "b" } }),
            "name a configMap or a secret, not both",
        ),
        (
            json!({ "metrics": { "service": { "enabled": false }, "serviceMonitor": { "render": "Always" } } }),
            "needs metrics.service.enabled",
        ),
        (json!({ "proxy": { "https": "http://proxy.example.com:3128" } }), "allowedHosts: name"),
        (json!({ "useEnvironmentProxy": true }), "allowedHosts: name"),
        (
            json!({ "consent": { "publicUrl": "https://connect.example.com", "port": 8080 } }),
            "consent.port and metrics.port are the same",
        ),
        (
            json!({ "consent": { "publicUrl": "https://192.0.2.1:8443", "ingress": { "enabled": true } } }),
            "consent.ingress needs a host name",
        ),
        (
            json!({ "consent": {
                "publicUrl": "https://[2001:db8::1]",
                "httpRoute": { "enabled": true, "parentRefs": [{ "name": "public" }] },
            } }),
            "consent.httpRoute needs a host name",
        ),
    ];
    for (values, remedy) in cases {
        let refusal = template("a", &values).refusal();
        assert!(refusal.contains(remedy), "{values}: {refusal}");
    }
}

#[test]
fn an_older_kubernetes_is_rejected() {
    let old = ["template", "a", CHART, "--kube-version", "1.32.0"];
    let refusal = helm(None, &old, &Value::Null).refusal();
    assert!(refusal.contains("requires kubeVersion: >=1.33.0"), "{refusal}");
}

/// The paths of the values that are maps or plain, each as a map with null at its end.
fn nulls(values: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    for (key, value) in values.as_object().into_iter().flatten() {
        found.push(json!({ key: null }));
        found.extend(nulls(value).into_iter().map(|inner| json!({ key: inner })));
    }
    found
}

#[test]
fn a_null_removes_only_optional_defaults() {
    let defaults =
        std::fs::read_to_string(format!("{CHART}/values.yaml")).expect("the chart has it");
    let nulls = nulls(&serde_saphyr::from_str(&defaults).expect("YAML"));
    assert!(nulls.len() > 80, "{nulls:?}");
    for null in nulls {
        let output = template("a", &null);
        if output.success {
            // What helm prints of a value that is not there.
            assert!(!output.text.contains("nil>"), "{null}");
            serde_saphyr::from_multiple::<Value>(&output.text)
                .unwrap_or_else(|error| panic!("{null}: {error}"));
        } else {
            assert!(output.errors.contains("missing propert"), "{null}: {}", output.errors);
        }
    }
}
