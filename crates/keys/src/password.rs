//! Passwords as they are stored: argon2id in PHC strings.

use std::fmt;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use aws_lc_rs::constant_time;
use password_hash::phc;
use zeroize::Zeroizing;

/// The longest password that is hashed; what people may choose is the policy's business, this is the machine's.
pub const MAX_PASSWORD_BYTES: usize = 1024;

/// A password as somebody typed it.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

/// The password is longer than [`MAX_PASSWORD_BYTES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the password is longer than {MAX_PASSWORD_BYTES} bytes")]
pub struct PasswordTooLong;

impl Password {
    /// Takes what was typed, byte for byte.
    pub fn new(text: impl Into<String>) -> Result<Self, PasswordTooLong> {
        let text = Zeroizing::new(text.into());
        if text.len() > MAX_PASSWORD_BYTES { Err(PasswordTooLong) } else { Ok(Self(text)) }
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

/// How much work one hash is: memory, passes, lanes (RFC 9106 3.1). Always within [`HashCost::new`]'s bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashCost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// More work than one sign-in may cause, or less than protects anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "argon2id parameters out of bounds: 8 KiB to 128 MiB for each lane, 1 to 16 passes, 1 to 16 lanes, memory x passes up to 512 MiB"
)]
pub struct CostOutOfBounds;

impl HashCost {
    /// OWASP's recommendation: 19 MiB, 2 passes, 1 lane.
    pub const DEFAULT: Self = Self { memory_kib: 19 * 1024, passes: 2, lanes: 1 };

    /// Checks the bounds. Stored hashes pass through here as well: an imported one must not cost a minute or a gigabyte.
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, CostOutOfBounds> {
        let cost = Self { memory_kib, passes, lanes };
        let bounded = (1..=16).contains(&lanes)
            && (1..=16).contains(&passes)
            && (8 * lanes..=128 * 1024).contains(&memory_kib)
            && cost.work() <= 512 * 1024;
        if bounded { Ok(cost) } else { Err(CostOutOfBounds) }
    }

    /// Memory times passes: what the time is proportional to.
    pub(crate) fn work(self) -> u64 {
        u64::from(self.memory_kib) * u64::from(self.passes)
    }
}

impl Default for HashCost {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// A stored hash, read and found to be affordable.
#[derive(Clone)]
pub struct StoredHash {
    cost: HashCost,
    salt: Vec<u8>,
    tag: Vec<u8>,
}

/// Why a stored text cannot be used to verify a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadHash {
    /// Not a PHC string of argon2id, version 1.3, with salt and hash.
    #[error("not an argon2id PHC string")]
    Malformed,
    /// See [`CostOutOfBounds`].
    #[error(transparent)]
    Cost(#[from] CostOutOfBounds),
}

impl StoredHash {
    /// Reads a PHC string.
    pub fn parse(text: &str) -> Result<Self, BadHash> {
        let phc = phc::PasswordHash::new(text).map_err(|_| BadHash::Malformed)?;
        let known = ["m", "t", "p"];
        let only_known = phc.params.iter().all(|(name, _)| known.contains(&name.as_str()));
        if phc.algorithm.as_str() != "argon2id" || phc.version != Some(0x13) || !only_known {
            return Err(BadHash::Malformed);
        }
        let [memory, passes, lanes] = known.map(|name| phc.params.get_decimal(name));
        let (Some(memory), Some(passes), Some(lanes)) = (memory, passes, lanes) else {
            return Err(BadHash::Malformed);
        };
        let cost = HashCost::new(memory, passes, lanes)?;
        match (phc.salt, phc.hash) {
            (Some(salt), Some(tag)) if salt.len() >= 8 && tag.len() >= 16 => {
                Ok(Self { cost, salt: salt.to_vec(), tag: tag.as_bytes().to_vec() })
            }
            (Some(_) | None, Some(_) | None) => Err(BadHash::Malformed),
        }
    }

    /// Whether the password should be hashed anew at the next sign-in, because the installation's cost has changed.
    pub fn needs_rehash(&self, wanted: HashCost) -> bool {
        self.cost != wanted
    }

    pub(crate) fn cost(&self) -> HashCost {
        self.cost
    }
}

/// Neither salt nor hash.
impl fmt::Debug for StoredHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredHash").field("cost", &self.cost).finish_non_exhaustive()
    }
}

/// The memory that argon2 works in. Kept between hashes: asking the system for 19 MiB each time costs a tenth of a hash.
#[derive(Default)]
pub(crate) struct Arena(Vec<Block>);

/// In blocks of 1 KiB. The system's allocator maps what is larger than 32 MiB by itself, always, and unmaps it when it is
/// freed; a smaller arena would stay with the process after a burst of sign-ins. What is not used is never touched.
const OWN_MAPPING: usize = 33 * 1024;

/// The crypto library refused; with costs within bounds that means there is no memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HashingFailed;

impl Arena {
    /// A new hash as a PHC string.
    pub(crate) fn hash(
        &mut self,
        password: &Password,
        salt: &[u8; 16],
        cost: HashCost,
    ) -> Result<String, HashingFailed> {
        let mut tag = Zeroizing::new([0; 32]);
        self.fill(password, salt, cost, tag.as_mut_slice())?;
        let failed = |_| HashingFailed;
        let parameters = format!("m={},t={},p={}", cost.memory_kib, cost.passes, cost.lanes);
        let phc = phc::PasswordHash {
            algorithm: phc::Ident::new("argon2id").map_err(failed)?,
            version: Some(0x13),
            params: parameters.parse().map_err(failed)?,
            salt: Some(phc::Salt::new(salt).map_err(failed)?),
            hash: Some(phc::Output::new(tag.as_slice()).map_err(failed)?),
        };
        Ok(phc.to_string())
    }

    /// Whether the password is the stored one.
    pub(crate) fn verify(&mut self, password: &Password, stored: &StoredHash) -> Result<bool, HashingFailed> {
        let mut tag = Zeroizing::new(vec![0; stored.tag.len()]);
        self.fill(password, &stored.salt, stored.cost, &mut tag)?;
        Ok(constant_time::verify_slices_are_equal(&tag, &stored.tag).is_ok())
    }

    /// The work of a verification when there is no such user: the answer must not come sooner.
    pub(crate) fn pretend(&mut self, password: &Password, cost: HashCost) -> Result<(), HashingFailed> {
        let mut tag = Zeroizing::new([0; 32]);
        self.fill(password, &[0x5a; 16], cost, tag.as_mut_slice())
    }

    /// Gives back what a single unusually large hash has needed.
    pub(crate) fn shrink_to(&mut self, cost: HashCost) {
        let blocks = usize::try_from(cost.memory_kib).unwrap_or(0);
        if self.0.len() > blocks {
            self.release();
        }
    }

    /// Gives all memory back to the system.
    pub(crate) fn release(&mut self) {
        self.0 = Vec::new();
    }

    pub(crate) fn bytes(&self) -> usize {
        self.0.len() * Block::SIZE
    }

    fn fill(
        &mut self,
        password: &Password,
        salt: &[u8],
        cost: HashCost,
        tag: &mut [u8],
    ) -> Result<(), HashingFailed> {
        let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(tag.len()))
            .map_err(|_| HashingFailed)?;
        let blocks = params.block_count();
        if self.0.len() < blocks {
            // Asked for at once and politely: a refusal fails one sign-in instead of the process.
            let mut fresh = Vec::new();
            fresh.try_reserve_exact(blocks.max(OWN_MAPPING)).map_err(|_| HashingFailed)?;
            fresh.resize(blocks, Block::new());
            self.0 = fresh;
        }
        let memory = self.0.get_mut(..blocks).ok_or(HashingFailed)?;
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into_with_memory(password.0.as_bytes(), salt, tag, memory)
            .map_err(|_| HashingFailed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    fn password(text: &str) -> Password {
        Password::new(text).unwrap()
    }

    fn small() -> HashCost {
        HashCost::new(64, 1, 1).unwrap()
    }

    #[test]
    fn a_hash_verifies_its_password_only() {
        let mut arena = Arena::default();
        for cost in [small(), HashCost::DEFAULT, HashCost::new(128, 3, 4).unwrap()] {
            let text = arena.hash(&password("correct horse"), &[1; 16], cost).unwrap();
            let stored = StoredHash::parse(&text).unwrap();
            assert!(arena.verify(&password("correct horse"), &stored).unwrap());
            for wrong in ["", "correct horse ", "Correct horse", "correct hors"] {
                assert!(!arena.verify(&password(wrong), &stored).unwrap());
            }
            assert!(!stored.needs_rehash(cost));
            assert!(stored.needs_rehash(HashCost::new(72, 1, 1).unwrap()));
        }
    }

    #[test]
    fn hashes_are_phc_strings_that_the_argon2_crate_reads() {
        use argon2::{PasswordVerifier, password_hash};
        let text = Arena::default().hash(&password("x"), &[1; 16], HashCost::DEFAULT).unwrap();
        assert!(text.starts_with("$argon2id$v=19$m=19456,t=2,p=1$AQEBAQEBAQEBAQEBAQEBAQ$"), "{text}");
        let parsed = password_hash::phc::PasswordHash::new(&text).unwrap();
        assert!(Argon2::default().verify_password(b"x", &parsed).is_ok());
        assert!(Argon2::default().verify_password(b"y", &parsed).is_err());
    }

    #[test]
    fn stored_hashes_that_cost_too_much_or_are_none_are_refused() {
        let with = |parameters: &str| {
            StoredHash::parse(&format!(
                "$argon2id$v=19${parameters}$AQEBAQEBAQEBAQEBAQEBAQ${}",
                "A".repeat(43)
            ))
            .map(|_| ())
        };
        assert_eq!(with("m=65536,t=3,p=4"), Ok(()));
        for parameters in [
            "m=4194304,t=1,p=1",
            "m=131072,t=16,p=1",
            "m=19456,t=4000000000,p=1",
            "m=19456,t=2,p=255",
            "m=8,t=1,p=4",
            "m=19456,t=0,p=1",
            "m=19456,t=2,p=0",
        ] {
            assert_eq!(with(parameters), Err(BadHash::Cost(CostOutOfBounds)), "{parameters}");
        }
        for parameters in ["m=19456,t=2", "m=19456,t=2,p=1,keyid=AAAA", "m=x,t=2,p=1"] {
            assert_eq!(with(parameters), Err(BadHash::Malformed), "{parameters}");
        }
        for text in [
            "",
            "password",
            "$2b$12$abcdefghijklmnopqrstuv",
            "$argon2i$v=19$m=64,t=1,p=1$AQEBAQEBAQEBAQEBAQEBAQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "$argon2id$v=16$m=64,t=1,p=1$AQEBAQEBAQEBAQEBAQEBAQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "$argon2id$v=19$m=64,t=1,p=1$AQEBAQEBAQEBAQEBAQEBAQ",
            "$argon2id$v=19$m=64,t=1,p=1",
        ] {
            assert_eq!(StoredHash::parse(text).unwrap_err(), BadHash::Malformed, "{text}");
        }
    }

    #[test]
    fn an_unknown_user_costs_as_much_as_a_known_one() {
        let mut arena = Arena::default();
        let text = arena.hash(&password("x"), &[1; 16], HashCost::DEFAULT).unwrap();
        let stored = StoredHash::parse(&text).unwrap();
        let mut time = |work: &mut dyn FnMut(&mut Arena)| {
            let start = Instant::now();
            work(&mut arena);
            start.elapsed()
        };
        // The shortest of a few rounds; a busy machine needs more of them.
        let (mut known, mut unknown) = (Duration::MAX, Duration::MAX);
        for _ in 0..50 {
            known = known.min(time(&mut |arena| assert!(!arena.verify(&password("y"), &stored).unwrap())));
            unknown =
                unknown.min(time(&mut |arena| arena.pretend(&password("y"), HashCost::DEFAULT).unwrap()));
            if unknown * 3 > known * 2 && known * 3 > unknown * 2 {
                return;
            }
        }
        panic!("{known:?} for a known user, {unknown:?} for an unknown one");
    }

    #[test]
    fn passwords_are_bounded_and_never_shown() {
        assert!(Password::new("a".repeat(MAX_PASSWORD_BYTES)).is_ok());
        assert!(Password::new("a".repeat(MAX_PASSWORD_BYTES + 1)).is_err());
        let text = Arena::default().hash(&password("hunter2"), &[1; 16], small()).unwrap();
        let shown = format!("{:?} {:?}", password("hunter2"), StoredHash::parse(&text).unwrap());
        assert!(!shown.contains("hunter2") && !shown.contains("AQEB") && !shown.contains("[1"), "{shown}");
    }

    #[test]
    fn the_arena_is_kept_for_usual_hashes_and_given_back_after_large_ones() {
        let mut arena = Arena::default();
        arena.pretend(&password("x"), small()).unwrap();
        assert_eq!(arena.bytes(), 64 * 1024);
        arena.shrink_to(small());
        assert_eq!(arena.bytes(), 64 * 1024);
        arena.pretend(&password("x"), HashCost::new(256, 1, 1).unwrap()).unwrap();
        arena.shrink_to(small());
        assert_eq!(arena.bytes(), 0);
    }
}
