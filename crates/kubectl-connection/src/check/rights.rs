//! Whether the caller may do what the verbs need.

use futures::future::join_all;

use crate::can_i;
use crate::check::line::Line;
use crate::cluster::Cluster;
use connection_client::api::names::GROUP;

const PART: &str = "rights";

/// A right, and the verbs of the plugin that need it.
struct Right {
    verb: &'static str,
    group: &'static str,
    resource: &'static str,
    needed_by: &'static str,
    /// Whether most people can do without it.
    optional: bool,
}

const RIGHTS: [Right; 7] = [
    right("get", GROUP, "connections", "status, renew, assertion, authorize"),
    right("list", GROUP, "connections", "get"),
    right("patch", GROUP, "connections", "renew, authorize"),
    right("get", "", "secrets", "assertion, and status for all that it shows").optional(),
    right("list", "", "secrets", "keystores").optional(),
    right("create", "", "secrets", "authorize --loopback and --paste").optional(),
    right("list", "", "events", "status, for the events").optional(),
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

/// Whether the caller has each right in the namespace.
pub(super) async fn lines(cluster: &Cluster) -> Vec<Line> {
    let line = async |right: &Right| {
        let allowed = can_i::can_i(cluster, right.verb, right.group, right.resource).await;
        line(right, &cluster.namespace, allowed)
    };
    join_all(RIGHTS.iter().map(line)).await
}

/// What is said of a right; one that only some verbs need is no fault where it is missing.
fn line(right: &Right, namespace: &str, allowed: Option<bool>) -> Line {
    let Right { verb, resource, needed_by, .. } = right;
    let what = format!("{verb} {resource} in namespace {namespace}");
    match allowed {
        Some(true) => Line::good(PART, format!("you may {what}")),
        Some(false) if right.optional => Line::unknown(
            PART,
            format!(
                "you may not {what}, which only {needed_by} needs: to use it, ask for a role with that right"
            ),
        ),
        Some(false) => Line::bad(
            PART,
            format!(
                "you may not {what}: ask for a role with that right; it is needed by {needed_by}"
            ),
        ),
        None => Line::unknown(PART, format!("whether you may {what} cannot be asked")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::line::Mark;

    #[test]
    fn a_right_that_few_need_is_no_fault_where_it_is_missing() {
        let find = |verb: &str, resource: &str| {
            RIGHTS.iter().find(|one| (one.verb, one.resource) == (verb, resource)).unwrap()
        };
        for (verb, resource, allowed, mark) in [
            ("patch", "connections", Some(true), Mark::Ok),
            ("patch", "connections", Some(false), Mark::Failed),
            ("create", "secrets", Some(false), Mark::Unknown),
            ("create", "secrets", Some(true), Mark::Ok),
            ("get", "connections", None, Mark::Unknown),
        ] {
            let line = line(find(verb, resource), "team", allowed);
            assert_eq!(line.mark, mark, "{line}");
        }
    }
}
