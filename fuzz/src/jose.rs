//! Tokens and keys of others.

use crate::text;
use countersign_jose::{Alg, Jwk, JwkSet, SigningKey, TypRule, peek_claims, peek_header, verify};
use std::sync::LazyLock;

static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate(Alg::Es256).expect("a key"));

/// A compact token that nobody signed is never verified, whatever its header says.
pub fn jws(data: &[u8]) {
    let Some(token) = text(data) else { return };
    let _ = peek_header(token);
    let _ = peek_claims(token);
    let keys = [KEY.public_key().expect("its public half")];
    let all = [Alg::Es256, Alg::Rs256, Alg::Ps256, Alg::EdDsa];
    assert!(verify(token, &keys, &all, TypRule::Any).is_err());
    // Our own signature over these bytes as claims is good, and nothing can be added or cut.
    let Ok(ours) = KEY.sign(Some("at+jwt"), data) else { return };
    let verified = verify(&ours, &keys, &[Alg::Es256], TypRule::OneOf(&["at+jwt"])).expect("our own");
    assert_eq!(verified.payload(), data);
    assert!(verify(&ours, &keys, &all, TypRule::OneOf(&["JWT"])).is_err());
    assert!(verify(&format!("{ours}A"), &keys, &all, TypRule::Any).is_err());
    assert!(verify(&ours[..ours.len() - 1], &keys, &all, TypRule::Any).is_err());
}

/// A key or key set of somebody else: no private member is taken, what is taken has a thumbprint.
pub fn jwk(data: &[u8]) {
    if let Ok(key) = Jwk::parse(data) {
        assert_eq!(key.thumbprint().len(), 43);
        let _ = key.to_public_key();
        let members: serde_json::Map<_, _> = serde_json::from_slice(data).expect("it was parsed");
        for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            assert!(!members.contains_key(private), "a private member was taken");
        }
    }
    if let Ok(set) = JwkSet::parse(data) {
        let _ = set.to_public_keys();
    }
    if let Ok(set) = JwkSet::parse_fetched(data) {
        let _ = set.to_public_keys();
    }
}
