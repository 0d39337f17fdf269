//! Countersign: OAuth 2.1 and OpenID Connect, with login pages, in one program.

fn main() {
    print!("{}", countersign_server::config::reference::markdown());
}
