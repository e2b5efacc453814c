//! Values together: each pair of choices is rendered and taken by the API server at least once.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::cluster::{Cluster, installed_next_to};
use super::helm::objects;
use crate::api::case::merge;

/// What may be chosen independently, and the choices.
fn factors() -> Vec<Vec<Value>> {
    let url = "https://connect.example.com/oauth";
    let parents = json!([{ "name": "public", "namespace": "gateways" }]);
    let monitors = |pod: &str, service: &str| {
        json!({ "metrics": {
            "podMonitor": { "render": pod }, "serviceMonitor": { "render": service },
            "prometheusRule": { "render": pod }, "dashboard": { "enabled": service == "Always" },
        } })
    };
    vec![
        ["Namespaced", "OptIn", "Cluster"]
            .map(|item| json!({ "rbac": { "profile": item } }))
            .into(),
        vec![
            json!({}),
            json!({ "consent": { "publicUrl": url, "ingress": { "enabled": true } } }),
            json!({ "consent": { "publicUrl": url, "httpRoute": { "enabled": true, "parentRefs": parents } } }),
        ],
        vec![
            monitors("Never", "Never"),
            monitors("Always", "Never"),
            monitors("Never", "Always"),
            monitors("Always", "Always"),
        ],
        [true, false].map(|item| json!({ "serviceAccount": { "create": item } })).into(),
        [true, false].map(|item| json!({ "rbac": { "create": item } })).into(),
        [true, false].map(|item| json!({ "networkPolicy": { "enabled": item } })).into(),
        [0, 1, 2].map(|item| json!({ "replicas": item })).into(),
        [json!({}), json!({ "trustedCA": { "secret": "authorities" } })].into(),
    ]
}

/// Every way to choose one of each.
fn all(sizes: &[usize]) -> Vec<Vec<usize>> {
    sizes.iter().fold(vec![Vec::new()], |rows, &size| {
        rows.iter()
            .flat_map(|row| (0..size).map(move |choice| [row.as_slice(), &[choice]].concat()))
            .collect()
    })
}

/// The pairs of choices in a row: factor and choice of the one, factor and choice of the other.
fn pairs(row: &[usize]) -> BTreeSet<[usize; 4]> {
    let pair = |(a, b): (usize, usize)| [a, row[a], b, row[b]];
    (0..row.len()).flat_map(|a| (a + 1..row.len()).map(move |b| (a, b))).map(pair).collect()
}

/// Few rows that have every pair between them.
fn pairwise(sizes: &[usize]) -> Vec<Vec<usize>> {
    let all = all(sizes);
    let mut open: BTreeSet<_> = all.iter().flat_map(|row| pairs(row)).collect();
    let mut rows = Vec::new();
    while !open.is_empty() {
        let news = |row: &&Vec<usize>| pairs(row).intersection(&open).count();
        let best = all.iter().max_by_key(news).expect("there are rows").clone();
        open = &open - &pairs(&best);
        rows.push(best);
    }
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn every_pair_of_values_is_rendered_and_accepted() {
    let cluster = Cluster::shared().await;
    let namespace = cluster.restricted("matrix").await;
    let factors = factors();
    let sizes: Vec<_> = factors.iter().map(Vec::len).collect();
    let rows = pairwise(&sizes);
    assert!((12..=24).contains(&rows.len()), "{}", rows.len());
    for row in rows {
        let mut values = installed_next_to(namespace.name());
        for (choices, &choice) in factors.iter().zip(&row) {
            merge(&mut values, choices[choice].clone());
        }
        let objects = objects(namespace.name(), &values);
        let list = json!({ "apiVersion": "v1", "kind": "List", "items": objects });
        let args = ["apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", "-"];
        let taken = cluster.plane.kubectl_ok(&args, &list.to_string()).await;
        taken.unwrap_or_else(|error| panic!("{values}: {error}"));
    }
}
