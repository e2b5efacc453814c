//! Service accounts with the rights of a role file, so that nothing under test runs as admin.

use std::path::PathBuf;
use std::time::Duration;

use k8s_openapi::api::authentication::v1::{TokenRequest, TokenRequestSpec};
use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SubjectAccessReview, SubjectAccessReviewSpec,
};
use k8s_openapi::api::core::v1::ServiceAccount;
use k8s_openapi::api::rbac::v1::{ClusterRole, PolicyRule, Role};
use kube::api::PostParams;
use kube::{Api, Client};

use crate::control_plane::kubeconfig::{self, Credential};
use crate::control_plane::{ControlPlane, Error};
use crate::wait;

const TOKEN_SECONDS: i64 = 24 * 60 * 60;
const GRANTED_WITHIN: Duration = Duration::from_secs(20);

impl ControlPlane {
    /// Makes a service account, applies the `ClusterRole` and `Role` documents of `role_yaml` (a `Role` in the
    /// account's namespace), binds them to it, and returns a kubeconfig with a token of it, valid for a day.
    ///
    /// # Errors
    /// If the API server refuses, or does not grant the rights within seconds.
    pub async fn service_account(
        &self,
        namespace: &str,
        name: &str,
        role_yaml: &str,
    ) -> Result<PathBuf, Error> {
        let client = self.client().await?;
        let account = serde_json::json!({ "apiVersion": "v1", "kind": "ServiceAccount",
            "metadata": { "namespace": namespace, "name": name } });
        self.apply(&account.to_string()).await?;
        let args = ["apply", "--server-side", "-n", namespace, "-o", "name", "-f", "-"];
        let applied = self.kubectl_ok(&args, role_yaml).await?;
        for line in applied.lines() {
            let (kind, role) = line.split_once('/').unwrap_or(("", line));
            let kind = if kind.starts_with("clusterrole.") { "ClusterRole" } else { "Role" };
            self.apply(&binding(kind, role, namespace, name)).await?;
            granted(&client, kind, role, namespace, name).await?;
        }
        self.account_kubeconfig(namespace, name).await
    }

    /// A kubeconfig with a token of a service account that is there, valid for a day.
    ///
    /// # Errors
    /// If there is no such account.
    pub async fn account_kubeconfig(&self, namespace: &str, name: &str) -> Result<PathBuf, Error> {
        let token = token(self.client().await?, namespace, name).await?;
        let file = format!("{namespace}.{name}");
        kubeconfig::write(self.folder(), &file, self.port(), &Credential::Token(&token))
    }
}

fn binding(kind: &str, role: &str, namespace: &str, account: &str) -> String {
    let metadata = if kind == "ClusterRole" {
        serde_json::json!({ "name": format!("{namespace}-{account}-{role}") })
    } else {
        serde_json::json!({ "name": format!("{account}-{role}"), "namespace": namespace })
    };
    let subject = serde_json::json!({
        "kind": "ServiceAccount", "namespace": namespace, "name": account });
    let binding = serde_json::json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": format!("{kind}Binding"), "metadata": metadata,
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": role },
        "subjects": [subject],
    });
    binding.to_string()
}

/// The API server learns of a binding a moment after it was written; an operator that asks before that is refused.
async fn granted(
    client: &Client,
    kind: &str,
    role: &str,
    namespace: &str,
    account: &str,
) -> Result<(), Error> {
    let failed = || Error::api(format!("reading the {kind} {role}"));
    let rules = if kind == "ClusterRole" {
        Api::<ClusterRole>::all(client.clone()).get(role).await.map_err(failed())?.rules
    } else {
        let roles = Api::<Role>::namespaced(client.clone(), namespace);
        roles.get(role).await.map_err(failed())?.rules
    };
    let user = format!("system:serviceaccount:{namespace}:{account}");
    let right = rules.iter().flatten().find_map(|rule| first_right(rule, namespace));
    let Some(right) = right else { return Ok(()) };
    let review = SubjectAccessReview {
        spec: SubjectAccessReviewSpec {
            user: Some(user.clone()),
            resource_attributes: Some(right),
            ..SubjectAccessReviewSpec::default()
        },
        ..SubjectAccessReview::default()
    };
    let reviews: Api<SubjectAccessReview> = Api::all(client.clone());
    wait::try_until(GRANTED_WITHIN, &format!("{user} to get its rights"), async || {
        let answer = reviews.create(&PostParams::default(), &review).await;
        let status = answer.map_err(|error| error.to_string())?.status;
        let allowed = status.is_some_and(|status| status.allowed);
        if allowed { Ok(()) } else { Err("not allowed".to_owned()) }
    })
    .await?;
    Ok(())
}

/// Something that the rule allows; `None` if it is about paths.
fn first_right(rule: &PolicyRule, namespace: &str) -> Option<ResourceAttributes> {
    let resource = rule.resources.as_ref()?.first()?;
    let (resource, subresource) = match resource.split_once('/') {
        Some((resource, subresource)) => (resource, Some(subresource.to_owned())),
        None => (resource.as_str(), None),
    };
    Some(ResourceAttributes {
        group: rule.api_groups.as_ref().and_then(|groups| groups.first().cloned()),
        resource: Some(resource.to_owned()),
        subresource,
        name: rule.resource_names.as_ref().and_then(|names| names.first().cloned()),
        verb: rule.verbs.first().cloned(),
        namespace: Some(namespace.to_owned()),
        ..ResourceAttributes::default()
    })
}

async fn token(client: Client, namespace: &str, name: &str) -> Result<String, Error> {
    let accounts: Api<ServiceAccount> = Api::namespaced(client, namespace);
    let request = TokenRequest {
        spec: TokenRequestSpec {
            expiration_seconds: Some(TOKEN_SECONDS),
            ..TokenRequestSpec::default()
        },
        ..TokenRequest::default()
    };
    let answer = accounts.create_token_request(name, &PostParams::default(), &request).await;
    let answer = answer.map_err(Error::api(format!("a token for {namespace}/{name}")))?;
    Ok(answer.status.map(|status| status.token).unwrap_or_default())
}
