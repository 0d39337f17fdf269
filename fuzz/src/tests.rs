use super::TARGETS;
use std::path::Path;

/// A small generator with a fixed seed: the run is the same everywhere.
struct Dice(u64);
impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % sides.max(1)
    }
}

const ODD: &[u8] = b"\0\n\r/\\%&=;@#\"{}[].:~\xff\xc3";

/// The seed as it is, every prefix, and some thousand mutants: a byte changed, cut out, doubled, two seeds spliced.
fn exercise(name: &str) {
    let (_, body) = TARGETS.iter().find(|(it, _)| *it == name).expect("a target");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
    let seeds: Vec<Vec<u8>> = std::fs::read_dir(&folder)
        .expect("a corpus folder")
        .map(|entry| std::fs::read(entry.expect("an entry").path()).expect("a seed"))
        .collect();
    assert!(!seeds.is_empty(), "{name} has no seeds");
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for seed in &seeds {
        body(seed);
        (0..seed.len().min(200)).for_each(|end| body(&seed[..end]));
    }
    for _ in 0..5_000 {
        let mut mutant = seeds[dice.roll(seeds.len())].clone();
        for _ in 0..=dice.roll(4) {
            let at = dice.roll(mutant.len());
            match dice.roll(5) {
                0 if !mutant.is_empty() => mutant[at] = dice.roll(256) as u8,
                1 if !mutant.is_empty() => drop(mutant.drain(at..(at + 1 + dice.roll(8)).min(mutant.len()))),
                2 => mutant.insert(at, ODD[dice.roll(ODD.len())]),
                3 => {
                    let other = &seeds[dice.roll(seeds.len())];
                    mutant.truncate(at);
                    mutant.extend_from_slice(&other[dice.roll(other.len() + 1)..]);
                }
                _ => mutant.extend_from_within(..mutant.len().min(dice.roll(64))),
            }
        }
        body(&mutant);
    }
}

macro_rules! bodies {
    ($($name:ident)*) => { $(#[test] fn $name() { exercise(stringify!($name)); })*
        #[test]
        fn every_target_is_exercised() {
            assert_eq!(TARGETS.len(), [$(stringify!($name)),*].len());
        }
    };
}
bodies! {
    redirect authorize form_body token_request accept jws jwk cookie email scope claims config sealed_flow refresh_token proxy_headers
    mail_address client_metadata issuer framing user_code org_handle provider_answer breached_list phone profile_patch logo colour
}
