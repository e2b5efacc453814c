//! Checks the permissions that the verbs need.

use futures::future::join_all;

use crate::can_i;
use crate::check::line::CheckLine;
use crate::cluster::Cluster;
use connection_client::api::names::GROUP;

/// The name of the check.
const CHECK: &str = "rights";

/// A permission in the namespace.
struct Right {
    verb: &'static str,
    group: &'static str,
    resource: &'static str,
    /// The verbs of the plugin that need the permission.
    needed_by: &'static str,
    /// True if most users do not need it.
    optional: bool,
}

const RIGHTS: [Right; 7] = [
    right("get", GROUP, "connections", "status, renew, assertion, authorize"),
    right("list", GROUP, "connections", "get"),
    right("patch", GROUP, "connections", "renew, authorize"),
    right("get", "", "secrets", "assertion, status").optional(),
    right("list", "", "secrets", "keystores").optional(),
    right("create", "", "secrets", "authorize --loopback, authorize --paste").optional(),
    right("list", "", "events", "status").optional(),
];

const fn right(
    verb: &'static str,
    group: &'static str,
    resource: &'static str,
    needed_by: &'static str,
) -> Right {
    Right { verb, group, resource, needed_by, optional: false }
}

impl Right {
    const fn optional(self) -> Self {
        Self { optional: true, ..self }
    }
}

/// Reports each permission.
pub(super) async fn lines(cluster: &Cluster) -> Vec<CheckLine> {
    let line = async |right: &Right| {
        let allowed = can_i::can_i(cluster, right.verb, right.group, right.resource).await;
        line(right, &cluster.namespace, allowed)
    };
    join_all(RIGHTS.iter().map(line)).await
}

fn line(right: &Right, namespace: &str, allowed: Option<bool>) -> CheckLine {
    let Right { verb, resource, needed_by, .. } = right;
    let permission = format!("{verb} {resource} in namespace {namespace}");
    let missing =
        format!("cannot {permission} (needed by: {needed_by}): ask for a role that allows it");
    match allowed {
        Some(true) => CheckLine::ok(CHECK, format!("you may {permission}")),
        // Only some verbs need it, so the check as a whole passes.
        Some(false) if right.optional => CheckLine::unknown(CHECK, missing),
        Some(false) => CheckLine::failed(CHECK, missing),
        None => CheckLine::unknown(CHECK, format!("cannot check whether you may {permission}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_optional_permission_does_not_fail_the_check() {
        let lines = RIGHTS.iter().map(|right| line(right, "team-a", Some(false)).to_string());
        insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @"
        ✗ rights: cannot get connections in namespace team-a (needed by: status, renew, assertion, authorize): ask for a role that allows it
        ✗ rights: cannot list connections in namespace team-a (needed by: get): ask for a role that allows it
        ✗ rights: cannot patch connections in namespace team-a (needed by: renew, authorize): ask for a role that allows it
        ? rights: cannot get secrets in namespace team-a (needed by: assertion, status): ask for a role that allows it
        ? rights: cannot list secrets in namespace team-a (needed by: keystores): ask for a role that allows it
        ? rights: cannot create secrets in namespace team-a (needed by: authorize --loopback, authorize --paste): ask for a role that allows it
        ? rights: cannot list events in namespace team-a (needed by: status): ask for a role that allows it
        ");
        let lines =
            [Some(true), None].map(|allowed| line(&RIGHTS[0], "team-a", allowed).to_string());
        insta::assert_snapshot!(lines.join("\n"), @"
        ✓ rights: you may get connections in namespace team-a
        ? rights: cannot check whether you may get connections in namespace team-a
        ");
    }
}
