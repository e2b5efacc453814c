//! Codes and refresh tokens, and what may be done with them at a given time.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;

use crate::simulator::grants::presentation::{Kind, Presentation, Verdict};
use crate::simulator::grants::settings::{Reuse, Rotation, Settings};
use crate::simulator::secret;

/// How long a code is good (RFC 6749 section 4.1.2 allows ten minutes).
const CODE_LIFETIME: Duration = Duration::from_mins(1);

/// What an authorization was given for.
#[derive(Clone, Debug, Default)]
pub(super) struct Authorized {
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) challenge: Option<String>,
    pub(super) scope: Option<String>,
    pub(super) nonce: Option<String>,
}

struct Code {
    family: usize,
    expires: Timestamp,
    used: bool,
}

/// Everything that goes back to one consent.
pub(super) struct Family {
    pub(super) authorized: Authorized,
    pub(super) generations: Vec<Generation>,
    pub(super) revoked: bool,
    flights: Arc<AtomicUsize>,
}

pub(super) struct Generation {
    pub(super) token: String,
    issued: Timestamp,
    superseded: Option<Timestamp>,
}

/// A request with a family that is being answered.
pub(in crate::simulator) struct Flight(Arc<AtomicUsize>);

impl Drop for Flight {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What a client shows with a code.
pub(super) struct Proof {
    pub(super) redirect_uri: Option<String>,
    pub(super) verifier: Option<String>,
}

/// All of it.
#[derive(Default)]
pub(super) struct Book {
    codes: HashMap<String, Code>,
    pub(super) families: Vec<Family>,
    access_tokens: HashMap<String, usize>,
    pub(super) presentations: Vec<Presentation>,
}

impl Book {
    /// Opens a family.
    pub(super) fn open(&mut self, authorized: Authorized) -> usize {
        let flights = Arc::default();
        self.families.push(Family { authorized, generations: Vec::new(), revoked: false, flights });
        self.families.len() - 1
    }

    /// Issues a code for a family.
    pub(super) fn code(&mut self, family: usize, now: Timestamp) -> String {
        let code = secret::unique("code");
        let expires = now.saturating_add(CODE_LIFETIME).unwrap_or(now);
        self.codes.insert(code.clone(), Code { family, expires, used: false });
        code
    }

    /// Every code that was issued.
    pub(super) fn codes(&self) -> impl Iterator<Item = &String> {
        self.codes.keys()
    }

    /// Redeems a code. A second use revokes what the first gave (RFC 6749 section 4.1.2).
    pub(super) fn redeem(
        &mut self,
        code: &str,
        client: &str,
        proof: &Proof,
        now: Timestamp,
    ) -> (Verdict, Option<Flight>) {
        let (verdict, family) = self.judge_code(code, client, proof, now);
        (verdict, self.note(client, code, Kind::Code, family, verdict, now))
    }

    fn judge_code(
        &mut self,
        code: &str,
        client: &str,
        proof: &Proof,
        now: Timestamp,
    ) -> (Verdict, Option<usize>) {
        let Some(code) = self.codes.get_mut(code) else { return (Verdict::Unknown, None) };
        let family = &mut self.families[code.family];
        let authorized = &family.authorized;
        let verdict = if authorized.client_id != client {
            Verdict::OtherClient
        } else if code.used {
            family.revoked = true;
            Verdict::Reused
        } else if family.revoked {
            Verdict::Revoked
        } else if now > code.expires {
            Verdict::Expired
        } else if proof.redirect_uri.as_ref() != Some(&authorized.redirect_uri) {
            Verdict::OtherRedirectUri
        } else if authorized.challenge != proof.verifier.as_deref().map(challenge_of) {
            Verdict::WrongVerifier
        } else {
            code.used = true;
            Verdict::Accepted
        };
        (verdict, Some(code.family))
    }

    /// Presents a refresh token, and rotates it.
    pub(super) fn refresh(
        &mut self,
        token: &str,
        client: &str,
        settings: &Settings,
        now: Timestamp,
    ) -> (Verdict, Option<Flight>) {
        let (verdict, family) = self.judge_refresh(token, client, settings, now);
        if let (Verdict::Accepted, Some(family)) = (verdict, family)
            && settings.rotation != Rotation::Never
        {
            self.new_generation(family, now);
        }
        (verdict, self.note(client, token, Kind::RefreshToken, family, verdict, now))
    }

    fn judge_refresh(
        &mut self,
        token: &str,
        client: &str,
        settings: &Settings,
        now: Timestamp,
    ) -> (Verdict, Option<usize>) {
        let Some((index, place)) = self.find(token) else { return (Verdict::Unknown, None) };
        let family = &mut self.families[index];
        let generation = &family.generations[place];
        let old = |since: Timestamp, limit: Duration| {
            since.saturating_add(limit).is_ok_and(|end| now >= end)
        };
        let grace = match settings.rotation {
            Rotation::Always { grace } => grace,
            Rotation::Never => Duration::ZERO,
        };
        let verdict = match generation.superseded {
            _ if family.authorized.client_id != client => Verdict::OtherClient,
            _ if family.revoked => Verdict::Revoked,
            Some(since) if old(since, grace) => {
                family.revoked = settings.reuse == Reuse::Revokes;
                Verdict::Reused
            }
            _ if settings.refresh_lifetime.is_some_and(|life| old(generation.issued, life)) => {
                Verdict::Expired
            }
            Some(_) => Verdict::WithinGrace,
            None => Verdict::Accepted,
        };
        (verdict, Some(index))
    }

    /// Issues the next refresh token of a family.
    pub(super) fn new_generation(&mut self, family: usize, now: Timestamp) {
        let generations = &mut self.families[family].generations;
        if let Some(last) = generations.last_mut() {
            last.superseded = Some(now);
        }
        let token = secret::unique("refresh");
        generations.push(Generation { token, issued: now, superseded: None });
    }

    /// Notes an access token of a family.
    pub(super) fn issued(&mut self, family: usize, access_token: &str) {
        self.access_tokens.insert(access_token.to_owned(), family);
    }

    /// The family that a refresh token or an access token is of.
    pub(super) fn family_of(&self, token: &str) -> Option<usize> {
        self.find(token)
            .map(|(family, _)| family)
            .or_else(|| self.access_tokens.get(token).copied())
    }

    fn find(&self, token: &str) -> Option<(usize, usize)> {
        self.families.iter().enumerate().find_map(|(index, family)| {
            let place =
                family.generations.iter().position(|generation| generation.token == token)?;
            Some((index, place))
        })
    }

    fn note(
        &mut self,
        client: &str,
        secret: &str,
        kind: Kind,
        family: Option<usize>,
        verdict: Verdict,
        at: Timestamp,
    ) -> Option<Flight> {
        let flights = family.map(|family| Arc::clone(&self.families[family].flights));
        let concurrent =
            flights.as_ref().map_or(0, |flights| flights.fetch_add(1, Ordering::Relaxed));
        let (client_id, secret) = (client.to_owned(), secret.to_owned());
        self.presentations.push(Presentation {
            at,
            client_id,
            secret,
            kind,
            family,
            verdict,
            concurrent,
        });
        flights.map(Flight)
    }
}

/// The S256 challenge of a verifier (RFC 7636 section 4.2).
fn challenge_of(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
}
