//! Creates recorded objects as an upgraded or restored cluster has them.

use kube::api::{Api, DynamicObject, Patch, PatchParams, PostParams};
use kube::core::ApiResource;
use kube::core::GroupVersionKind;
use kube::{Client, ResourceExt};
use serde_json::{Value, json};

use super::objects::identified;

/// What the objects are like.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum As {
    /// They were never away. The API server gives each new uids and versions, so these are put
    /// where others name them.
    Kept,
    /// Restored by a backup tool: with other uids and without status.
    Restored,
}

/// Makes the objects; those that are named by others come first in a recording.
pub async fn replay(client: &Client, mut objects: Vec<Value>, how: As) {
    while !objects.is_empty() {
        let object = objects.remove(0);
        let made = make(client, &object, how).await;
        if how == As::Kept {
            let old = ["uid", "resourceVersion"]
                .map(|key| object["metadata"][key].as_str().expect("it was recorded").to_owned());
            let new = [made.uid(), made.resource_version()].map(|item| item.expect("it is there"));
            objects = identified(&objects, (&old[0], &old[1]), (&new[0], &new[1]));
        }
    }
}

async fn make(client: &Client, object: &Value, how: As) -> DynamicObject {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (group, version) = match object["apiVersion"].as_str().expect("a version") {
        "v1" => ("", "v1"),
        named => named.split_once('/').expect("a group"),
    };
    let kind = GroupVersionKind::gvk(group, version, &text(&object["kind"]));
    let namespace = text(&object["metadata"]["namespace"]);
    let resource = ApiResource::from_gvk(&kind);
    let api: Api<DynamicObject> = Api::namespaced_with(client.clone(), &namespace, &resource);
    let mut new: DynamicObject = serde_json::from_value(object.clone()).expect("an object");
    let fields = new.metadata.managed_fields.take();
    let status = new.data.as_object_mut().and_then(|data| data.remove("status"));
    new.metadata.uid = None;
    new.metadata.resource_version = None;
    new.metadata.creation_timestamp = None;
    let mut made = api.create(&PostParams::default(), &new).await.expect("it is accepted");
    if how == As::Restored {
        return made;
    }
    let (name, params) = (made.name_any(), PatchParams::default());
    if let Some(status) = status {
        let status = Patch::Merge(json!({ "status": status }));
        made = api.patch_status(&name, &params, &status).await.expect("the status is accepted");
        assert_eq!(json!(made.metadata.generation), object["metadata"]["generation"]);
    }
    if let Some(fields) = fields {
        let patch =
            json!([{ "op": "replace", "path": "/metadata/managedFields", "value": fields }]);
        let patch = Patch::<()>::Json(serde_json::from_value(patch).expect("a patch"));
        made = api.patch(&name, &params, &patch).await.expect("the managers are accepted");
    }
    made
}
