use aws_lc_rs::rand;
use countersign_core::Rng;

/// The operating system's randomness, by way of the crypto library's generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRng;

impl Rng for SystemRng {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that asks for randomness, and no place to go on without"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        // The library documents no failure once the process runs; going on with predictable bytes is no choice.
        if rand::fill(bytes).is_err() {
            std::process::abort();
        }
    }
}
