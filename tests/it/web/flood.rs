//! What costs the cluster and the provider nothing.

use crate::stage::Scene;
use crate::web::client::FORM;
use crate::web::site::Site;

/// Requests to the API server other than watches.
fn calls(scene: &Scene, mark: rig::control_plane::Mark) -> Vec<String> {
    let calls = scene.calls_since(mark);
    calls.iter().map(|call| format!("{} {}", call.verb, call.uri)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_state_costs_no_request_and_a_flood_does_not_block_other_users() {
    let site = Site::open("flood").await;
    site.connection("mail").await;
    site.connection("other").await;
    let visitor = site.visitor();
    let mail = site.consent(&site.begin(&visitor, &site.link("mail").await));
    let link = site.link("other").await;
    let foreign = site.visitor();
    foreign.get(&link);
    // What the operator makes of the begun authorization is not the flood's.
    site.scene.until("mail", "Authorized", "False", "AuthorizationPending").await;
    let (mark, asked) = (site.scene.stage.plane.audit_mark().unwrap(), site.simulator.count());
    let callback = site.path("callback", "mail");
    let mut busy = 0;
    for count in 0..600 {
        let page = match count % 6 {
            0 => foreign.get(&format!("{callback}?code=c&state=s{count}")),
            1 => visitor.get(&format!("{callback}?code=c&state=s{count}")),
            2 => foreign.get(&mail),
            3 => foreign.get(&site.path("callback", "missing")),
            4 => foreign.get(&format!("{}?ticket=t{count}", site.path("authorize", "mail"))),
            _ => foreign.ask("POST", &site.path("authorize", "mail"), &[FORM], "ticket=x&csrf=y"),
        };
        assert!([400, 403, 429].contains(&page.status), "{count}: {}", page.status);
        busy += usize::from(page.status == 429);
        if count % 100 == 50 {
            foreign.get(&link).demand(200, "Authorize other");
        }
    }
    assert!(busy > 100, "a flood is limited: {busy}");
    assert_eq!(calls(&site.scene, mark), [""; 0]);
    assert_eq!(site.simulator.count(), asked);
    site.follow(&visitor, &mail).demand(200, "mail is authorized");
}

#[tokio::test(flavor = "multi_thread")]
async fn opening_a_link_changes_nothing_and_costs_nothing() {
    let site = Site::open("preview").await;
    site.connection("mail").await;
    let link = site.link("mail").await;
    let mark = site.scene.stage.plane.audit_mark().unwrap();
    for method in ["GET", "HEAD"] {
        for _ in 0..20 {
            assert_eq!(site.visitor().ask(method, &link, &[], "").status, 200);
        }
    }
    assert_eq!(calls(&site.scene, mark), [""; 0]);
    let visitor = site.visitor();
    let back = site.consent(&site.begin(&visitor, &link));
    site.scene.until("mail", "Authorized", "False", "AuthorizationPending").await;
    let mark = site.scene.stage.plane.audit_mark().unwrap();
    assert_eq!(visitor.ask("HEAD", &back, &[], "").status, 200);
    assert_eq!(calls(&site.scene, mark), [""; 0], "a head alone takes no answer");
    site.follow(&visitor, &back).demand(200, "mail is authorized");
}
