//! What the user of the demo sees in addition to its progress.

use connection_client::api::connection::Connection;
use k8s_openapi::api::core::v1::Secret;
use kube::Client;
use kube::api::Api;
use rig::control_plane::ControlPlane;

use crate::example::Example;
use crate::failure::Failure;

/// How much of a token is shown.
const SHOWN: usize = 20;

/// What this is.
pub fn welcome() {
    println!(
        "A demo of connection-operator. It runs a real Kubernetes API server, a provider that hands out OAuth 2.0\n\
         tokens, and the operator, all on this machine, and takes everything down at its end.\n"
    );
}

/// Says so if there is no Java keystore.
pub fn without_java(examples: &[Example]) {
    if !examples.iter().any(|example| example.keystore.starts_with("JKS")) {
        println!(
            "    the Java keystore (JKS) is left out: it takes keytool, and there is no JDK here"
        );
    }
}

/// If the provider is and what it does.
pub fn provider(endpoint: &str, lifetime: u16) {
    println!(
        "==> the provider is at {endpoint}\n    \
         it verifies each request's signature, issuer, audience and expiry; its tokens live for {lifetime} s"
    );
}

/// A command of kubectl and what it says.
pub async fn kubectl(plane: &ControlPlane, arguments: &[&str]) -> Result<(), Failure> {
    println!("\n$ kubectl {}", arguments.join(" "));
    print!("{}", plane.kubectl_ok(arguments, "").await?);
    Ok(())
}

/// The decoded keys of a token Secret. Tokens are cut.
pub async fn secret(client: &Client, name: &str) -> Result<(), Failure> {
    let api = Api::<Secret>::default_namespaced(client.clone());
    let secret = api.get(name).await.map_err(Failure::api("reading a token Secret"))?;
    println!("\nSecret {name}, decoded; of the token, a demo's, only the beginning:");
    for (key, value) in secret.data.unwrap_or_default() {
        let text = String::from_utf8_lossy(&value.0);
        let shown = match key.as_str() {
            "access_token" => cut(&text),
            "authorization" => match text.rsplit_once(' ') {
                Some((before, token)) => format!("{before} {}", cut(token)),
                None => cut(&text),
            },
            _ if text.is_empty() => "(empty)".to_owned(),
            _ => text.into_owned(),
        };
        println!("  {key:15}{shown}");
    }
    Ok(())
}

/// The beginning of a token.
pub fn cut(token: &str) -> String {
    format!("{}…", token.chars().take(SHOWN).collect::<String>())
}

/// How to look for oneself.
pub fn access(plane: &ControlPlane) {
    let kubectl = std::env::var("KUBEBUILDER_ASSETS").unwrap_or_default();
    println!(
        "\nLook for yourself, in another terminal:\n\
         \x20 export KUBECONFIG={}\n\
         \x20 export PATH=\"$PATH:{kubectl}\"\n\
         \x20 kubectl describe connection crm\n\
         \x20 kubectl get secret crm-token -o jsonpath='{{.data.authorization}}' | base64 -d\n\
         \x20 kubectl annotate connection crm --overwrite connection-operator.io/renew-requested-at=\"$(date)\"   # renews now\n\
         \x20 kubectl delete secret erp-token      # it comes back\n\
         \x20 kubectl delete secret crm-keystore   # renewals fail, and the Connection says why",
        plane.kubeconfig().display()
    );
}

/// Text of another program.
pub fn indented(text: &str) {
    for line in text.lines() {
        println!("    {line}");
    }
}

/// Status, reason and message of the condition `Ready`; empty if it is not there.
pub fn ready(connection: &Connection) -> (&str, &str, &str) {
    let conditions = connection.status.iter().flat_map(|status| &status.conditions);
    let mut ready = conditions.filter(|condition| condition.type_ == "Ready");
    ready.next().map_or(("", "", ""), |ready| (&ready.status, &ready.reason, &ready.message))
}
