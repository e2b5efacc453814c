//! Any replica serves the page: one begins, another ends; nothing is kept in a process.

use crate::stage::SOON;
use crate::web::site::{ARGUMENTS, Site, address_of};
use rig::wait;

#[tokio::test(flavor = "multi_thread")]
async fn any_replica_completes_an_authorization_that_another_started() {
    let scene = crate::stage::Scene::with_arguments(
        "replicas",
        &[&ARGUMENTS[..], &["--leader-election"]].concat(),
        &[],
    )
    .await;
    let site = Site::on(scene).await;
    let arguments = [&ARGUMENTS[..], &["--leader-election"]].concat();
    let standby = site.scene.another_operator("standby", &arguments).await;
    let other = address_of(&standby).await;
    site.connection("mail").await;
    let (visitor, link) = (site.visitor(), site.link("mail").await);
    wait::until_true(SOON, "the standby knows the ticket", async || {
        visitor.at(&other).get(&link).status == 200
    })
    .await;
    let page = visitor.get(&link);
    let visitor = visitor.at(&other);
    let leaving = visitor.press(&page);
    let back = site.consent(&leaving);
    let visitor = visitor.at(&site.address);
    let callback = visitor.get(&back);
    let visitor = visitor.at(&other);
    visitor.get(callback.location()).demand(200, "mail is authorized");
    let key = site.scene.secrets().get("connection-operator-session-key").await.unwrap();
    assert_eq!(key.data.unwrap()["session-key"].0.len(), 32);
}
