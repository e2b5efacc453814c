//! A cluster that was restored from a backup that an older version made.

use rig::wait;
use serde_json::json;

use super::in_place::{renew_all, upgraded};
use super::landscape::{AUTHORIZED, NAMES};
use super::replay::As;
use super::versions;
use crate::stage::{SOON, uid};

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_an_older_version_is_restored_without_consent_and_without_a_request() {
    for version in versions() {
        let (scene, simulator, _) = upgraded(&version, As::Restored).await;
        for name in NAMES {
            scene.until_issued(name).await;
            if AUTHORIZED.contains(&name) {
                scene.until(name, "Authorized", "True", "Authorized").await;
            }
        }
        assert!(simulator.requests_to("/token").is_empty(), "{version}: the tokens are valid");
        let owner = uid(&scene.connection("other").await);
        for secret in ["other-token", "other-grant"] {
            wait::until(SOON, "the owner is today's Connection", async || {
                let secret = scene.secrets().get(secret).await.expect("it is there");
                let owners = secret.metadata.owner_references.unwrap_or_default();
                let there = owners.len() == 1 && owners[0].uid == owner;
                if there { Ok(()) } else { Err(json!(owners).to_string()) }
            })
            .await;
        }
        renew_all(&scene, &simulator).await;
    }
}
