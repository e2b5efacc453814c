//! Whether the caller may do what the verbs need.

use futures::future::join_all;
use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec,
};
use kube::Api;
use kube::api::PostParams;

use crate::api::names::GROUP;
use crate::cli::check::line::Line;
use crate::cli::cluster::Cluster;

const PART: &str = "rights";

/// A right, and the verbs of the plugin that need it.
struct Right {
    verb: &'static str,
    group: &'static str,
    resource: &'static str,
    needed_by: &'static str,
}

const RIGHTS: [Right; 7] = [
    right("get", GROUP, "connections", "status, renew, assertion, authorize"),
    right("list", GROUP, "connections", "get"),
    right("patch", GROUP, "connections", "renew, authorize"),
    right("get", "", "secrets", "assertion, and status for all that it shows"),
    right("list", "", "secrets", "keystores"),
    right("create", "", "secrets", "authorize --loopback and --paste"),
    right("list", "", "events", "status, for the events"),
];

const fn right(
    verb: &'static str,
    group: &'static str,
    resource: &'static str,
    needed_by: &'static str,
) -> Right {
    Right { verb, group, resource, needed_by }
}

/// Whether the caller has each right in the namespace.
pub async fn lines(cluster: &Cluster) -> Vec<Line> {
    join_all(RIGHTS.iter().map(|right| line(cluster, right))).await
}

async fn line(cluster: &Cluster, right: &Right) -> Line {
    let Right { verb, group, resource, needed_by } = right;
    let review = SelfSubjectAccessReview {
        spec: SelfSubjectAccessReviewSpec {
            resource_attributes: Some(ResourceAttributes {
                namespace: Some(cluster.namespace.clone()),
                verb: Some((*verb).to_owned()),
                group: Some((*group).to_owned()),
                resource: Some((*resource).to_owned()),
                ..ResourceAttributes::default()
            }),
            ..SelfSubjectAccessReviewSpec::default()
        },
        ..SelfSubjectAccessReview::default()
    };
    let what = format!("{verb} {resource} in namespace {}", cluster.namespace);
    let api = Api::<SelfSubjectAccessReview>::all(cluster.client.clone());
    match api.create(&PostParams::default(), &review).await {
        Ok(answer) if answer.status.as_ref().is_some_and(|status| status.allowed) => {
            Line::good(PART, format!("you may {what}"))
        }
        Ok(_) => Line::bad(
            PART,
            format!(
                "you may not {what}: ask for a role with that right; it is needed by {needed_by}"
            ),
        ),
        Err(_) => Line::unknown(PART, format!("whether you may {what} cannot be asked")),
    }
}
