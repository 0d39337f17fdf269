//! Signatures, verifications and password hashes per CPU-second, on one thread.

use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, ParsedPublicKey,
    RSA_PKCS1_SHA256, RsaKeyPair,
};
use serde_json::{Value, json};

pub(crate) fn measure() -> Value {
    let random = SystemRandom::new();
    let message = [7u8; 420];
    let ecdsa = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
    let signature = ecdsa.sign(&random, &message).expect("signing");
    let public =
        ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, ecdsa.public_key().as_ref()).expect("its public half");
    let rsa = RsaKeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).expect("a key");
    let mut space = vec![0; rsa.public_modulus_len()];

    let params = Params::new(19_456, 2, 1, Some(32)).expect("parameters");
    let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    // The memory is taken once, as a pool does.
    let mut memory = vec![Block::default(); params.block_count()];
    let mut tag = [0; 32];

    json!({
        "es256_sign": rate(|| { std::hint::black_box(ecdsa.sign(&random, &message).expect("signing")); }),
        "es256_verify": rate(|| public.verify_sig(&message, signature.as_ref()).expect("verifying")),
        "rs256_sign": rate(|| rsa.sign(&RSA_PKCS1_SHA256, &random, &message, &mut space).expect("signing")),
        "argon2id": rate(|| {
            hasher
                .hash_password_into_with_memory(b"four calm otters hum", &[3; 16], &mut tag, &mut memory)
                .expect("hashing");
        }),
    })
}

/// Runs for a second of wall time and divides by the CPU time of this process.
fn rate(mut once: impl FnMut()) -> u64 {
    once();
    let (start, before, mut count) = (Instant::now(), cpu_seconds(), 0u64);
    while start.elapsed() < Duration::from_millis(1_500) {
        (0..4).for_each(|_| once());
        count += 4;
    }
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let rate = (count as f64 / (cpu_seconds() - before).max(0.01)).round() as u64;
    rate
}

/// User and system time of this process; `/proc` counts in hundredths.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("/proc");
    let fields: Vec<f64> =
        stat.rsplit(") ").next().unwrap_or_default().split(' ').filter_map(|it| it.parse().ok()).collect();
    // The state letter does not parse: utime and stime are then the 11th and 12th number.
    fields.iter().skip(10).take(2).sum::<f64>() / 100.0
}
