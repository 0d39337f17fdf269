//! `id_token_hint`: ID tokens of ours that come back to us.

use crate::App;
use countersign_core::oauth::IdTokenHint;
use countersign_jose::{Alg, TypRule, verify};

/// Longer than any ID token of ours; checked before any work is done on it.
const MAX_TOKEN: usize = 8_192;
const ALGS: [Alg; 4] = [Alg::Rs256, Alg::Es256, Alg::Ps256, Alg::EdDsa];

impl App {
    /// OpenID Connect Core 3.1.2.1: signed by a key of ours, of the right kind, by this issuer. Expired ones count.
    pub fn read_hint(&self, token: &str) -> Option<IdTokenHint> {
        if token.len() > MAX_TOKEN {
            return None;
        }
        let ring = self.keys.current();
        // Access tokens have `typ` at+jwt, logout tokens logout+jwt: neither is a hint.
        let verified = verify(token, ring.verification_keys(), &ALGS, TypRule::AbsentOr(&["JWT"]));
        let verified =
            verified.inspect_err(|why| tracing::debug!(%why, "an id_token_hint was not ours")).ok()?;
        IdTokenHint::from_verified(&verified.claims().ok()?, self.site.issuer())
    }
}
