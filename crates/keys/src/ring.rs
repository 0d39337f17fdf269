//! The signing keys that are published now, as read from their rows.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use countersign_core::Timestamp;
use countersign_jose::{Alg, JwkError, JwkSet, KeyError, PublicKey, SigningKey};

use crate::rotation::{KeyInfo, Phase, Schedule};
use crate::seal::{SealError, Sealer};
use crate::signer::{PATIENCE, SignError, SignRequest, Signer, SignerError};

const PURPOSE: &str = "signing_key";

/// A row of the table `signing_keys`.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredKey {
    /// Unique, and what tokens name.
    pub kid: String,
    /// The key's only algorithm.
    pub alg: Alg,
    /// The PKCS#8 private key, sealed and bound to `alg` and `kid`.
    pub sealed: Vec<u8>,
    /// The public half as JSON, for people who look at the table; nothing trusts it.
    pub public_jwk: String,
    /// When it is published, signs, retires, goes.
    pub schedule: Schedule,
}

/// Why the signing keys cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RingError {
    /// The row does not open: most often the wrong master-key file.
    #[error("signing key {kid} cannot be opened: {source}")]
    Sealed {
        /// Which.
        kid: String,
        /// Why.
        source: SealError,
    },
    /// The row opens, but holds no key for its algorithm.
    #[error("signing key {kid} is unusable: {source}")]
    Key {
        /// Which.
        kid: String,
        /// Why.
        source: KeyError,
    },
    /// The library refuses the public half.
    #[error("signing key {kid} cannot be published: {source}")]
    Public {
        /// Which.
        kid: String,
        /// Why.
        source: JwkError,
    },
    /// A new key could not be made.
    #[error("no new signing key: {0}")]
    Create(KeyError),
    /// A new key could not be sealed.
    #[error("the new signing key cannot be sealed: {0}")]
    Seal(SealError),
    /// Two rows have the same name.
    #[error("two signing keys are named {0}")]
    SameKid(String),
}

impl StoredKey {
    /// Makes a key. RSA takes a tenth of a second of CPU: not for a thread that serves requests.
    pub fn create(alg: Alg, schedule: Schedule, sealer: &Sealer) -> Result<Self, RingError> {
        let key = SigningKey::generate(alg).map_err(RingError::Create)?;
        Self::from_key(&key, schedule, sealer)
    }

    /// Seals a key that is there already, such as an imported one.
    pub fn from_key(key: &SigningKey, schedule: Schedule, sealer: &Sealer) -> Result<Self, RingError> {
        let der = key.to_pkcs8_der().map_err(RingError::Create)?;
        let sealed =
            sealer.seal(PURPOSE, &aad(key.alg().as_str(), key.kid()), &der).map_err(RingError::Seal)?;
        let public_jwk = serde_json::to_string(key.public_jwk()).unwrap_or_default();
        Ok(Self { kid: key.kid().to_owned(), alg: key.alg(), sealed, public_jwk, schedule })
    }

    /// What [`crate::rotation::plan`] needs.
    pub fn info(&self) -> KeyInfo {
        KeyInfo { kid: self.kid.clone(), alg: self.alg, schedule: self.schedule }
    }

    /// What is sealed in a row, under the active master key if it lies under another one.
    pub fn resealed(
        alg: &str,
        kid: &str,
        sealed: &[u8],
        sealer: &Sealer,
    ) -> Result<Option<Vec<u8>>, SealError> {
        sealer.resealed(PURPOSE, &aad(alg, kid), sealed)
    }

    fn open(&self, sealer: &Sealer) -> Result<SigningKey, RingError> {
        let der = sealer
            .open(PURPOSE, &aad(self.alg.as_str(), &self.kid), &self.sealed)
            .map_err(|source| RingError::Sealed { kid: self.kid.clone(), source })?;
        SigningKey::from_pkcs8_der(self.alg, &der)
            .and_then(|key| key.with_kid(&self.kid))
            .map_err(|source| RingError::Key { kid: self.kid.clone(), source })
    }
}

impl fmt::Debug for StoredKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredKey")
            .field("kid", &self.kid)
            .field("alg", &self.alg)
            .field("schedule", &self.schedule)
            .finish_non_exhaustive()
    }
}

/// The row's identity: a sealed key moved under another name or algorithm does not open.
fn aad(alg: &str, kid: &str) -> Vec<u8> {
    [alg.as_bytes(), &[0], kid.as_bytes()].concat()
}

/// All keys that are published at one time, parsed, with the key set as it goes out.
pub struct KeyRing {
    keys: Vec<(Schedule, SigningKey)>,
    public: Vec<PublicKey>,
    jwks: Bytes,
    etag: String,
    next_change: Option<Timestamp>,
}

impl KeyRing {
    /// Reads the rows; those that are gone at `now` are left out. Only what was sealed is believed, so that write access
    /// to the table alone makes no key that verifies.
    pub fn load(rows: &[StoredKey], sealer: &Sealer, now: Timestamp) -> Result<Self, RingError> {
        let mut rows: Vec<&StoredKey> =
            rows.iter().filter(|row| row.schedule.phase(now) != Phase::Gone).collect();
        // Who signs comes first: for validators that look no further.
        rows.sort_by(|a, b| {
            let order = |row: &StoredKey| (row.schedule.phase(now), row.alg);
            order(a)
                .cmp(&order(b))
                .then(b.schedule.active_from.cmp(&a.schedule.active_from))
                .then(a.kid.cmp(&b.kid))
        });
        let (mut keys, mut public, mut set) = (Vec::new(), Vec::<PublicKey>::new(), JwkSet::default());
        for row in rows {
            if public.iter().any(|key| key.kid() == Some(&row.kid)) {
                return Err(RingError::SameKid(row.kid.clone()));
            }
            let key = row.open(sealer)?;
            let parsed =
                key.public_key().map_err(|source| RingError::Public { kid: row.kid.clone(), source })?;
            public.push(parsed);
            set.keys.push(key.public_jwk().clone());
            keys.push((row.schedule, key));
        }
        let jwks = Bytes::from(serde_json::to_vec(&set).unwrap_or_default());
        let hash = digest::digest(&digest::SHA256, &jwks);
        let short = hash.as_ref().get(..16).unwrap_or_default();
        let etag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(short));
        let next_change =
            keys.iter().filter_map(|(schedule, _)| schedule.ending).map(|ending| ending.remove_from).min();
        Ok(Self { keys, public, jwks, etag, next_change })
    }

    /// The key that signs with this algorithm now.
    pub fn active(&self, alg: Alg, now: Timestamp) -> Option<&SigningKey> {
        self.keys
            .iter()
            .filter(|(schedule, key)| key.alg() == alg && schedule.phase(now) == Phase::Active)
            .max_by_key(|(schedule, key)| (schedule.active_from, key.kid()))
            .map(|(_, key)| key)
    }

    /// RFC 7517 5: the key set as it is served, with [`KeyRing::etag`].
    pub fn jwks_json(&self) -> &Bytes {
        &self.jwks
    }

    /// RFC 9110 8.8.3: strong, quotes included.
    pub fn etag(&self) -> &str {
        &self.etag
    }

    /// The keys whose tokens are ours.
    pub fn verification_keys(&self) -> &[PublicKey] {
        &self.public
    }

    /// When a key is to be forgotten: load again then.
    pub fn next_change(&self) -> Option<Timestamp> {
        self.next_change
    }

    /// The algorithms that can sign now, for the metadata.
    pub fn algs(&self, now: Timestamp) -> Vec<Alg> {
        Alg::ALL.iter().copied().filter(|alg| self.active(*alg, now).is_some()).collect()
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|(_, key)| key)).finish()
    }
}

/// The ring that is current, exchanged as a whole when the keys change; readers never wait.
pub struct LiveRing {
    ring: ArcSwap<KeyRing>,
    signer: Option<Arc<dyn Signer>>,
}

impl LiveRing {
    /// Begins with this ring, whose private keys are in memory.
    pub fn new(ring: KeyRing) -> Self {
        Self { ring: ArcSwap::from_pointee(ring), signer: None }
    }

    /// The ring says which key signs; this signer, elsewhere, does it.
    pub fn signing_with(self, signer: Arc<dyn Signer>) -> Self {
        Self { signer: Some(signer), ..self }
    }

    /// The ring as it is now; hold it for one request.
    pub fn current(&self) -> Arc<KeyRing> {
        self.ring.load_full()
    }

    /// From the next request on, this ring.
    pub fn exchange(&self, ring: KeyRing) {
        self.ring.store(Arc::new(ring));
    }

    /// Signs with the active key. In memory this waits for nothing and allocates the token alone.
    pub async fn sign(&self, request: SignRequest<'_>) -> Result<String, SignError> {
        match &self.signer {
            None => self.sign_now(request),
            Some(signer) => self.sign_elsewhere(signer.as_ref(), request).await,
        }
    }

    /// [`LiveRing::sign`] where the private keys are in memory.
    pub fn sign_now(&self, request: SignRequest<'_>) -> Result<String, SignError> {
        let ring = self.ring.load();
        let key = ring.active(request.alg, request.now).ok_or(SignError::NoActiveKey(request.alg))?;
        Ok(key.sign(request.typ, request.payload)?)
    }

    async fn sign_elsewhere(
        &self,
        signer: &dyn Signer,
        request: SignRequest<'_>,
    ) -> Result<String, SignError> {
        let ring = self.current();
        let key = ring.active(request.alg, request.now).ok_or(SignError::NoActiveKey(request.alg))?;
        let mut token = key.signing_input(request.typ, request.payload);
        let signed = signer.sign(key.kid(), key.alg(), token.as_bytes());
        let signature = tokio::time::timeout(PATIENCE, signed).await.map_err(|_| SignerError::TooSlow)??;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }
}

impl fmt::Debug for LiveRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LiveRing").field(&self.current()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::master::MasterRing;
    use crate::rng::SystemRng;
    use crate::rotation::{Ending, RotationPolicy, Step, plan, revoke};
    use countersign_core::time::{days, hours};
    use countersign_jose::{JwsError, TypRule, peek_header, verify};

    const START: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn sealers<const N: usize>() -> [Sealer; N] {
        loop {
            let texts: [_; N] = std::array::from_fn(|_| MasterRing::generate(&SystemRng));
            let all: Vec<&str> = texts.iter().map(|text| text.as_str()).collect();
            if MasterRing::parse(&all.join(" ")).is_ok() {
                return texts.map(|text| Sealer::new(Arc::new(MasterRing::parse(&text).unwrap())));
            }
        }
    }

    fn policy(algs: &[Alg]) -> RotationPolicy {
        RotationPolicy { algs: algs.to_vec(), ..RotationPolicy::default() }
    }

    fn apply(rows: &mut Vec<StoredKey>, steps: Vec<Step>, sealer: &Sealer) {
        for step in steps {
            match step {
                Step::Create { alg, schedule } => {
                    rows.push(StoredKey::create(alg, schedule, sealer).unwrap())
                }
                Step::Activate { kid, active_from } => {
                    rows.iter_mut().find(|row| row.kid == kid).unwrap().schedule.active_from = active_from;
                }
                Step::Retire { kid, ending } => {
                    rows.iter_mut().find(|row| row.kid == kid).unwrap().schedule.ending = Some(ending);
                }
                Step::Remove { kid } => rows.retain(|row| row.kid != kid),
            }
        }
    }

    fn rotate(
        rows: &mut Vec<StoredKey>,
        policy: &RotationPolicy,
        sealer: &Sealer,
        now: Timestamp,
    ) -> KeyRing {
        let infos: Vec<_> = rows.iter().map(StoredKey::info).collect();
        apply(rows, plan(&infos, policy, now), sealer);
        KeyRing::load(rows, sealer, now).unwrap()
    }

    fn sign(ring: &LiveRing, now: Timestamp) -> String {
        ring.sign_now(SignRequest { alg: Alg::Es256, typ: Some("at+jwt"), payload: b"{}", now }).unwrap()
    }

    fn check(ring: &KeyRing, token: &str) -> Result<(), JwsError> {
        verify(token, ring.verification_keys(), &[Alg::Es256], TypRule::Any).map(|_| ())
    }

    #[test]
    fn old_tokens_verify_through_a_rotation_until_their_key_is_removed() {
        let ([sealer], policy, mut rows) = (sealers(), policy(&[Alg::Es256]), Vec::new());
        let live = LiveRing::new(rotate(&mut rows, &policy, &sealer, START));
        let first = sign(&live, START);

        // A day before its time ends, the successor is published, and the old key still signs.
        let before = START + days(89);
        live.exchange(rotate(&mut rows, &policy, &sealer, before));
        assert_eq!(live.current().verification_keys().len(), 2);
        assert_eq!(peek_header(&sign(&live, before)).unwrap().kid, peek_header(&first).unwrap().kid);

        // The hand-over needs nobody to do anything.
        let after = START + days(90);
        let second = sign(&live, after);
        assert_ne!(peek_header(&second).unwrap().kid, peek_header(&first).unwrap().kid);
        assert_eq!(check(&live.current(), &first), Ok(()));
        assert_eq!(check(&live.current(), &second), Ok(()));

        // And the end.
        let end = live.current().next_change().unwrap();
        assert_eq!(end, after + policy.keep);
        live.exchange(rotate(&mut rows, &policy, &sealer, end));
        assert_eq!(check(&live.current(), &first), Err(JwsError::UnknownKid));
        assert_eq!(check(&live.current(), &second), Ok(()));
    }

    #[test]
    fn a_revoked_key_verifies_nothing_any_more() {
        let ([sealer], policy, mut rows) = (sealers(), policy(&[Alg::Es256]), Vec::new());
        let live = LiveRing::new(rotate(&mut rows, &policy, &sealer, START));
        let token = sign(&live, START);
        let infos: Vec<_> = rows.iter().map(StoredKey::info).collect();
        let kid = rows[0].kid.clone();
        apply(&mut rows, revoke(&infos, &kid, START + hours(1)), &sealer);
        live.exchange(KeyRing::load(&rows, &sealer, START + hours(1)).unwrap());
        assert_eq!(check(&live.current(), &token), Err(JwsError::UnknownKid));
        assert_eq!(check(&live.current(), &sign(&live, START + hours(1))), Ok(()));
    }

    #[test]
    fn the_key_set_is_public_complete_and_stable() {
        let ([sealer], mut rows) = (sealers(), Vec::new());
        let algs = [Alg::Es256, Alg::Rs256, Alg::Ps256, Alg::EdDsa];
        let ring = rotate(&mut rows, &policy(&algs), &sealer, START);
        let set: serde_json::Value = serde_json::from_slice(ring.jwks_json()).unwrap();
        let keys = set["keys"].as_array().unwrap();
        assert_eq!(keys.len(), 4);
        let mut kids: Vec<_> = keys.iter().map(|key| key["kid"].as_str().unwrap()).collect();
        kids.sort_unstable();
        kids.dedup();
        assert_eq!(kids.len(), 4);
        for key in keys {
            assert!(key["alg"].is_string() && key["use"] == "sig");
            for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
                assert!(key.get(private).is_none());
            }
        }
        assert_eq!(JwkSet::parse(ring.jwks_json()).unwrap().keys.len(), 4);
        assert_eq!(ring.algs(START).len(), 4);
        // The order of rows changes nothing, another key does.
        rows.reverse();
        let again = KeyRing::load(&rows, &sealer, START).unwrap();
        assert_eq!((again.etag(), again.jwks_json()), (ring.etag(), ring.jwks_json()));
        rows.pop();
        assert_ne!(KeyRing::load(&rows, &sealer, START).unwrap().etag(), ring.etag());
        assert!(ring.etag().starts_with('"') && ring.etag().ends_with('"'));
    }

    #[test]
    fn rows_changed_or_sealed_by_somebody_else_are_refused_by_name() {
        let ([ours, theirs], mut rows) = (sealers(), Vec::new());
        rotate(&mut rows, &policy(&[Alg::Es256, Alg::EdDsa]), &ours, START);
        let load = |rows: &[StoredKey]| KeyRing::load(rows, &ours, START).map(|_| ());
        assert_eq!(load(&rows), Ok(()));
        let tampered =
            |kid: &str| Err(RingError::Sealed { kid: kid.to_owned(), source: SealError::Tampered });

        let mut renamed = rows.clone();
        renamed[0].kid = "other".to_owned();
        assert_eq!(load(&renamed), tampered("other"));
        let mut moved = rows.clone();
        moved[0].sealed = rows[1].sealed.clone();
        assert_eq!(load(&moved), tampered(&rows[0].kid));
        let mut algorithm = rows.clone();
        algorithm[0].alg = Alg::Es384;
        assert_eq!(load(&algorithm), tampered(&rows[0].kid));
        let twice = [rows[0].clone(), rows[0].clone()];
        assert_eq!(load(&twice), Err(RingError::SameKid(rows[0].kid.clone())));

        let message = KeyRing::load(&rows, &theirs, START).unwrap_err().to_string();
        assert!(message.contains("not among the configured master keys"), "{message}");
        // A public half written into the table makes no key.
        let mut foreign = rows[0].clone();
        foreign.public_jwk =
            serde_json::to_string(SigningKey::generate(Alg::Es256).unwrap().public_jwk()).unwrap();
        assert_eq!(
            KeyRing::load(&[foreign], &ours, START).unwrap().verification_keys()[0].kid(),
            Some(rows[0].kid.as_str())
        );
    }

    #[test]
    fn rows_move_to_a_new_master_key() {
        let (texts, both) = loop {
            let texts = [MasterRing::generate(&SystemRng), MasterRing::generate(&SystemRng)];
            if let Ok(both) = MasterRing::parse(&format!("{} {}", *texts[0], *texts[1])) {
                break (texts, Sealer::new(Arc::new(both)));
            }
        };
        let [new, old] = texts.map(|text| Sealer::new(Arc::new(MasterRing::parse(&text).unwrap())));
        let mut rows = Vec::new();
        rotate(&mut rows, &policy(&[Alg::Es256]), &old, START);
        let (alg, kid) = (rows[0].alg.as_str(), rows[0].kid.clone());
        let moved = StoredKey::resealed(alg, &kid, &rows[0].sealed, &both).unwrap().unwrap();
        assert_eq!(StoredKey::resealed(alg, &kid, &moved, &both), Ok(None));
        rows[0].sealed = moved;
        assert!(KeyRing::load(&rows, &new, START).is_ok());
        assert_eq!(StoredKey::resealed(alg, "other", &rows[0].sealed, &new), Ok(None));
        assert_eq!(
            StoredKey::resealed(alg, "other", &rows[0].sealed, &old),
            Err(SealError::UnknownMasterKey(new.master().active_id()))
        );
    }

    #[tokio::test]
    async fn a_missing_algorithm_is_an_error_and_no_other_key_is_taken() {
        let ([sealer], mut rows) = (sealers(), Vec::new());
        let live = LiveRing::new(rotate(&mut rows, &policy(&[Alg::Es256]), &sealer, START));
        let request = SignRequest { alg: Alg::Rs256, typ: None, payload: b"{}", now: START };
        assert_eq!(live.sign(request).await, Err(SignError::NoActiveKey(Alg::Rs256)));
        let early = SignRequest { alg: Alg::Es256, now: Timestamp::from_seconds(1), ..request };
        assert_eq!(live.sign(early).await, Err(SignError::NoActiveKey(Alg::Es256)));
        assert!(live.sign(SignRequest { alg: Alg::Es256, ..request }).await.is_ok());
    }

    #[test]
    fn a_key_that_is_gone_is_neither_published_nor_opened() {
        let ([ours, theirs], mut rows) = (sealers(), Vec::new());
        rotate(&mut rows, &policy(&[Alg::Es256]), &theirs, START);
        rows[0].schedule.ending = Some(Ending { retire_from: START, remove_from: START });
        let ring = KeyRing::load(&rows, &ours, START).unwrap();
        assert_eq!(ring.jwks_json().as_ref(), br#"{"keys":[]}"#);
    }

    #[test]
    fn debug_shows_names_only() {
        let ([sealer], mut rows) = (sealers(), Vec::new());
        let live = LiveRing::new(rotate(&mut rows, &policy(&[Alg::Es256]), &sealer, START));
        let kid = rows[0].kid.clone();
        assert_eq!(format!("{live:?}"), format!("LiveRing([SigningKey {{ alg: Es256, kid: {kid:?}, .. }}])"));
        assert!(!format!("{:?}", rows[0]).contains("sealed"));
    }
}
