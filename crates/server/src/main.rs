//! Countersign: OAuth 2.1 and OpenID Connect, with login pages, in one program.

/// Gives memory back after a burst of sign-ins: each password hash takes 19 MiB for a moment, and the system's
/// allocator keeps such blocks.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    countersign_server::cli::main()
}
