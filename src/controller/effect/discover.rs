//! Finds the token endpoint of an issuer.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;
use url::Url;

use crate::clock;
use crate::connection::desired::{Desired, Endpoint};
use crate::connection::digest::Digest;
use crate::connection::fault::Fault;
use crate::connection::reason::Reason;
use crate::controller::context::Context;
use crate::controller::effect::acquire::{client, unreached};
use crate::controller::memory::Opened;
use crate::net::error::NetError;
use crate::oauth::metadata::{Metadata, MetadataError, locations};

/// How long metadata is believed.
const BELIEVED: SignedDuration = SignedDuration::from_hours(1);

/// Metadata that was read, by issuer and transport.
#[derive(Default)]
pub struct Discovered(Mutex<HashMap<(String, Digest), (Timestamp, Metadata)>>);

impl Discovered {
    fn get(&self, key: &(String, Digest), now: Timestamp) -> Option<Metadata> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, (read_at, _)| now.duration_since(*read_at) < BELIEVED);
        known.get(key).map(|(_, metadata)| metadata.clone())
    }

    fn put(&self, key: (String, Digest), now: Timestamp, metadata: Metadata) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, (now, metadata));
    }
}

/// The token endpoint: the given one, or the one that the issuer's metadata names.
pub async fn token_endpoint(
    context: &Context,
    desired: &Desired,
    opened: &Opened,
    deadline: Duration,
) -> Result<Url, Fault> {
    let issuer = match &desired.request.endpoint {
        Endpoint::Given(url) => return Ok(url.clone()),
        Endpoint::OfIssuer(issuer) => issuer,
    };
    let (key, now) = ((issuer.clone(), opened.transport.key()), clock::now());
    let metadata = match context.discovered.get(&key, now) {
        Some(metadata) => metadata,
        None => {
            let metadata = fetch(context, opened, issuer, deadline).await?;
            context.discovered.put(key, now, metadata.clone());
            metadata
        }
    };
    Ok(metadata.token_endpoint(opened.transport.identity.is_some()).clone())
}

async fn fetch(
    context: &Context,
    opened: &Opened,
    issuer: &str,
    deadline: Duration,
) -> Result<Metadata, Fault> {
    let field = "spec.endpoints.issuer";
    let url = Url::parse(issuer)
        .map_err(|_| Fault::invalid_spec(field, "is not a URL: write it as https://host/path"))?;
    let mut outcome = MetadataError::Unreadable;
    for location in locations(&url) {
        let http = client(context, opened, &location)?;
        let answer = http.get(&location, deadline).await.map_err(unreached)?;
        if answer.status >= 500 {
            return Err(unreached(NetError::Interrupted));
        }
        match Metadata::read(answer.body.expose_secret(), issuer) {
            Ok(metadata) if answer.status == 200 => return Ok(metadata),
            Ok(_) => {}
            Err(error) => outcome = error,
        }
    }
    let fault = Fault::on_change(Reason::MetadataInvalid, format!("{field}: {outcome}"));
    Err(fault.seldom())
}
