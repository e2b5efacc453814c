//! Checks that the API server responds, and compares its clock.

use http::Request;
use http::header::DATE;
use http_body_util::BodyExt;
use k8s_openapi::apimachinery::pkg::version::Info;
use kube::client::Body;

use crate::check::line::CheckLine;
use crate::cluster::Cluster;
use crate::error::CliError;
use connection_core::clock;
use connection_core::oauth::retry_after;

/// Reports the API server's version and clock.
///
/// # Errors
///
/// Returns an error if the API server does not respond.
pub(super) async fn lines(cluster: &Cluster) -> Result<Vec<CheckLine>, CliError> {
    let failed = || CliError::call("reading the version of the API server");
    // The typed call of kube does not return the Date header.
    let request = Request::get("/version").body(Body::empty());
    let request = request.map_err(kube::Error::HttpError).map_err(failed())?;
    let response = cluster.client.send(request).await.map_err(failed())?;
    // Before the body is read, because its transfer would count as skew.
    let now = clock::now();
    let date = response.headers().get(DATE).and_then(|value| value.to_str().ok());
    let ahead = date.and_then(|date| retry_after::clock_difference(date, now));
    let body = response.into_body().collect().await.map_err(failed())?.to_bytes();
    let version = serde_json::from_slice::<Info>(&body).map(|info| info.git_version);
    let mut lines = vec![match version {
        Ok(version) => CheckLine::ok("API server", format!("reachable ({version})")),
        // A proxy in front of the API server can block this path.
        Err(_) => CheckLine::unknown("API server", "reachable, but does not report its version"),
    }];
    lines.extend(ahead.map(|ahead| CheckLine::clock("the API server", ahead)));
    Ok(lines)
}
