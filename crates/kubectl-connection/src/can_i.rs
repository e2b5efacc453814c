//! Whether the caller may do something, as the API server answers (`SelfSubjectAccessReview`).

use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec,
};
use kube::Api;
use kube::api::PostParams;

use crate::cluster::Cluster;

/// Whether the caller may do this in the namespace; none where that cannot be asked.
pub(crate) async fn can_i(
    cluster: &Cluster,
    verb: &str,
    group: &str,
    resource: &str,
) -> Option<bool> {
    let review = SelfSubjectAccessReview {
        spec: SelfSubjectAccessReviewSpec {
            resource_attributes: Some(ResourceAttributes {
                namespace: Some(cluster.namespace.clone()),
                verb: Some(verb.to_owned()),
                group: Some(group.to_owned()),
                resource: Some(resource.to_owned()),
                ..ResourceAttributes::default()
            }),
            ..SelfSubjectAccessReviewSpec::default()
        },
        ..SelfSubjectAccessReview::default()
    };
    let api = Api::<SelfSubjectAccessReview>::all(cluster.client.clone());
    let answer = api.create(&PostParams::default(), &review).await.ok()?;
    Some(answer.status.is_some_and(|status| status.allowed))
}
