//! Permissions of the caller (`SelfSubjectAccessReview`), as in `kubectl auth can-i`.

use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec,
};
use kube::Api;
use kube::api::PostParams;

use crate::cluster::Cluster;

/// Returns whether the caller may do this in the namespace. None if the review fails.
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
    // The review has no namespace; its attributes name one.
    let api = Api::<SelfSubjectAccessReview>::all(cluster.client.clone());
    let review = api.create(&PostParams::default(), &review).await.ok()?;
    Some(review.status.is_some_and(|status| status.allowed))
}
