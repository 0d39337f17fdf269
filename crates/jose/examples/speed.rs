//! Prints how many tokens one core signs and verifies in a second: `cargo run --release -p countersign-jose --example speed`.
//!
//! CPU time of this process (Linux), not wall time, so that a busy machine changes little.

use std::error::Error;
use std::hint::black_box;
use std::time::Duration;

use countersign_jose::{Alg, SigningKey, TypRule, verify};

fn main() -> Result<(), Box<dyn Error>> {
    let claims = serde_json::json!({
        "iss": "https://id.example.com", "sub": "u_4kq1v7m2c9x8", "aud": "https://api.example.com",
        "client_id": "c_2m9x8k1q7v4c", "jti": "t_9x8c2m4kq1v7m2c9x8k1", "iat": 1_800_000_000, "exp": 1_800_000_600,
        "scope": "openid profile email orders:read", "sid": "s_7m2c9x8k1q4v", "auth_time": 1_799_999_990,
    });
    println!(
        "{:<6} {:>12} {:>12}   one token, {} bytes of claims",
        "alg",
        "sign/s",
        "verify/s",
        claims.to_string().len()
    );
    for alg in [Alg::Es256, Alg::Es384, Alg::EdDsa, Alg::Rs256, Alg::Ps256] {
        let key = SigningKey::generate(alg)?;
        let keys = [key.public_key()?];
        let token = key.sign(Some("at+jwt"), &serde_json::to_vec(&claims)?)?;
        let sign = rate(|| {
            let payload = serde_json::to_vec(black_box(&claims))?;
            black_box(key.sign(Some("at+jwt"), &payload)?);
            Ok(())
        })?;
        let check = rate(|| {
            let verified = verify(black_box(&token), &keys, &[alg], TypRule::OneOf(&["at+jwt"]))?;
            black_box(verified.claims()?);
            Ok(())
        })?;
        println!("{:<6} {sign:>12.0} {check:>12.0}", alg.as_str());
    }
    Ok(())
}

/// Best of five rounds of a third of a CPU-second.
fn rate(mut once: impl FnMut() -> Result<(), Box<dyn Error>>) -> Result<f64, Box<dyn Error>> {
    let mut best = 0.0_f64;
    for _ in 0..5 {
        let (start, mut count) = (cpu_time()?, 0_u32);
        let spent = loop {
            for _ in 0..200 {
                once()?;
            }
            count += 200;
            let spent = cpu_time()?.saturating_sub(start);
            if spent >= Duration::from_millis(330) {
                break spent;
            }
        };
        best = best.max(f64::from(count) / spent.as_secs_f64());
    }
    Ok(best)
}

/// Fields 14 and 15 of /proc/self/stat are too coarse; the scheduler's own count is in nanoseconds.
fn cpu_time() -> Result<Duration, Box<dyn Error>> {
    let line = std::fs::read_to_string("/proc/self/schedstat")?;
    let nanos = line.split_whitespace().next().ok_or("empty schedstat")?.parse()?;
    Ok(Duration::from_nanos(nanos))
}
