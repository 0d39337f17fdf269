//! Countersign: OAuth 2.1 and OpenID Connect, with login pages, in one program.

fn main() -> std::process::ExitCode {
    countersign_server::cli::main()
}
