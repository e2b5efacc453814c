//! From outside, the consent page alone is reached.

use serde_json::{Value, json};

use super::helm::{objects, of_kind};
use super::values::everything;

#[test]
fn ingress_and_route_lead_only_to_the_page() {
    let mut values = everything();
    values["consent"]["publicUrl"] = json!("https://example.com:8443/connect/");
    let objects = objects("operator", &values);
    let ingress = of_kind(&objects, "Ingress")[0];
    let rule = &ingress["spec"]["rules"][0];
    assert_eq!(rule["host"], "example.com");
    let paths = rule["http"]["paths"].as_array().expect("paths");
    let route = &of_kind(&objects, "HTTPRoute")[0]["spec"];
    assert_eq!(route["hostnames"], json!(["example.com"]));
    let matches = route["rules"][0]["matches"].as_array().expect("matches");
    let of_ingress: Vec<_> = paths.iter().map(|path| &path["path"]).collect();
    let of_route: Vec<_> = matches.iter().map(|found| &found["path"]["value"]).collect();
    assert_eq!(of_ingress, of_route);
    assert!(of_ingress.contains(&&json!("/connect/callback")), "{of_ingress:?}");
    for path in of_ingress {
        let path = path.as_str().expect("a path");
        assert!(path.starts_with("/connect/") && path.len() > "/connect/".len(), "{path}");
    }
    let service = of_kind(&objects, "Service")
        .into_iter()
        .find(|service| service["metadata"]["name"] == paths[0]["backend"]["service"]["name"]);
    assert_eq!(service.expect("the Service is there")["spec"]["ports"][0]["targetPort"], "consent");
}

#[test]
fn without_a_public_address_there_is_no_page() {
    let objects = objects("operator", &json!({}));
    for object in &objects {
        assert!(!object["metadata"]["name"].as_str().expect("a name").ends_with("-consent"));
    }
    let policy = of_kind(&objects, "NetworkPolicy")[0];
    assert_eq!(policy["spec"]["ingress"].as_array().map(Vec::len), Some(1));
}

#[test]
fn the_network_policy_allows_egress_only_to_dns_providers_and_the_api_server() {
    let ports = |values: &Value| {
        let objects = objects("operator", values);
        let egress = of_kind(&objects, "NetworkPolicy")[0]["spec"]["egress"].clone();
        let rules = egress.as_array().expect("rules").clone();
        let ports =
            rules.iter().flat_map(|rule| rule["ports"].as_array().cloned().unwrap_or_default());
        ports.filter_map(|port| port["port"].as_u64()).collect::<Vec<_>>()
    };
    let usual = [53, 53, 5353, 5353, 443, 6443, 8443, 16443];
    assert_eq!(ports(&json!({})), usual);
    assert_eq!(ports(&everything()), [&usual[..], &[4318, 3128]].concat());
    let narrow = json!({ "networkPolicy": {
        "egressPorts": [443, 8443], "apiServerPorts": [6443], "dnsPorts": [53],
    } });
    assert_eq!(ports(&narrow), [53, 53, 443, 8443, 6443]);
}
