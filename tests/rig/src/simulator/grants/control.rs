//! The flow as users of the simulator see it.

use std::sync::MutexGuard;

use jiff::Timestamp;

use crate::simulator::Simulator;
use crate::simulator::clock;
use crate::simulator::grants::Grants;
use crate::simulator::grants::book::Authorized;
use crate::simulator::grants::consent::Consent;
use crate::simulator::grants::presentation::{Family, Presentation, Verdict};
use crate::simulator::grants::settings::Settings;
use crate::simulator::ledger::TokenRequest;

impl Simulator {
    /// Grants codes from now on, at the endpoints that its metadata names: `/authorize`, `/token`
    /// and every other path for tokens, `/par`, `/revoke`, `/userinfo`. Scripts come first; a
    /// scripted token answer changes how the flow's own answer looks and goes out.
    pub fn grant_codes(&self, settings: Settings) {
        *self.state.grants() = Some(Grants::new(self.url(""), settings));
    }

    /// Changes what kind of provider it is; what was issued stays.
    ///
    /// # Panics
    /// If it grants no codes, like all that follow.
    pub fn change_grants(&self, change: impl FnOnce(Settings) -> Settings) {
        self.with_grants(|grants| grants.settings = change(grants.settings.clone()));
    }

    /// The issuer identifier.
    #[must_use]
    pub fn issuer(&self) -> String {
        self.url("")
    }

    /// How authorization requests are answered from now on.
    pub fn consent(&self, consent: Consent) {
        self.with_grants(|grants| grants.consent = consent);
    }

    /// A refresh token that a client got by other means, for this scope.
    #[must_use]
    pub fn refresh_token(&self, client_id: &str, scope: Option<&str>) -> String {
        self.open_family(client_id, scope, |token| token.clone())
    }

    /// Knows a refresh token that another provider of this kind issued for this scope.
    pub fn adopt_refresh_token(&self, client_id: &str, scope: Option<&str>, token: &str) {
        self.open_family(client_id, scope, |item| token.clone_into(item));
    }

    /// Opens a family with one refresh token.
    fn open_family<R>(
        &self,
        client_id: &str,
        scope: Option<&str>,
        with_token: impl FnOnce(&mut String) -> R,
    ) -> R {
        let now = self.now();
        self.with_grants(|grants| {
            let family = grants.book.open(Authorized {
                client_id: client_id.to_owned(),
                scope: scope.map(str::to_owned),
                ..Authorized::default()
            });
            grants.book.new_generation(family, now);
            with_token(&mut grants.book.families[family].generations[0].token)
        })
    }

    /// Revokes everything that was issued, as a person does at the provider.
    pub fn revoke_all(&self) {
        self.with_grants(|grants| {
            grants.book.families.iter_mut().for_each(|family| family.revoked = true);
        });
    }

    /// Every code and refresh token that was presented, oldest first.
    #[must_use]
    pub fn presentations(&self) -> Vec<Presentation> {
        self.with_grants(|grants| grants.book.presentations.clone())
    }

    /// How often a code or a refresh token was used a second time, outside any grace. A client that
    /// does all right has brought about none.
    #[must_use]
    pub fn reuses(&self) -> usize {
        let reused = |presentation: &Presentation| presentation.verdict == Verdict::Reused;
        self.presentations().into_iter().filter(reused).count()
    }

    /// How often a family was presented while another request with it was being answered.
    #[must_use]
    pub fn concurrent_exchanges(&self) -> usize {
        self.presentations().into_iter().filter(|presentation| presentation.concurrent > 0).count()
    }

    /// What each consent gave rise to, oldest first.
    #[must_use]
    pub fn families(&self) -> Vec<Family> {
        self.with_grants(|grants| {
            let seen = grants.book.families.iter().map(|family| Family {
                client_id: family.authorized.client_id.clone(),
                refresh_tokens: family
                    .generations
                    .iter()
                    .map(|generation| generation.token.clone())
                    .collect(),
                revoked: family.revoked,
            });
            seen.collect()
        })
    }

    /// The requests to a path, oldest first.
    #[must_use]
    pub fn requests_to(&self, path: &str) -> Vec<TokenRequest> {
        let mut requests = self.requests();
        requests.retain(|request| &*request.path == path);
        requests
    }

    /// Codes and refresh tokens that were issued; none if it grants no codes.
    pub(in crate::simulator) fn grant_secrets(&self) -> Vec<String> {
        let grants = self.state.grants();
        let Some(grants) = grants.as_ref() else { return Vec::new() };
        let tokens = grants.book.families.iter().flat_map(|family| &family.generations);
        tokens.map(|token| token.token.clone()).chain(grants.book.codes().cloned()).collect()
    }

    fn now(&self) -> Timestamp {
        clock::later(self.state.clock_offset())
    }

    fn with_grants<R>(&self, act: impl FnOnce(&mut Grants) -> R) -> R {
        let mut grants: MutexGuard<'_, Option<Grants>> = self.state.grants();
        act(grants.as_mut().expect("grant_codes comes first"))
    }
}
