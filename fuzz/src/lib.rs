//! One function per parser that meets bytes from outside. Each states what must hold for every input, beyond "it does not
//! panic": what is accepted round-trips, what is refused changes nothing, what is matched was registered.
//!
//! `scripts/fuzz` runs them under libFuzzer; `cargo test` runs them on stable over the committed corpus, cut and mutated.

mod http;
mod jose;
mod oauth;
mod operator;
mod people;
mod provider;

pub use http::{accept, cookie, framing, proxy_headers};
pub use jose::{jwk, jws};
pub use oauth::{
    authorize, claims, client_metadata, form_body, redirect, refresh_token, scope, sealed_flow,
    token_request, user_code,
};
pub use operator::{breached_list, colour, config, issuer, logo, org_handle};
pub use people::{email, mail_address, phone, profile_patch};
pub use provider::provider_answer;

/// Every target by name: the binaries, the corpus folders and the test below follow it.
pub const TARGETS: &[(&str, fn(&[u8]))] = &[
    ("redirect", redirect),
    ("authorize", authorize),
    ("form_body", form_body),
    ("token_request", token_request),
    ("accept", accept),
    ("jws", jws),
    ("jwk", jwk),
    ("cookie", cookie),
    ("email", email),
    ("scope", scope),
    ("claims", claims),
    ("config", config),
    ("sealed_flow", sealed_flow),
    ("refresh_token", refresh_token),
    ("proxy_headers", proxy_headers),
    ("mail_address", mail_address),
    ("client_metadata", client_metadata),
    ("issuer", issuer),
    ("framing", framing),
    ("user_code", user_code),
    ("org_handle", org_handle),
    ("provider_answer", provider_answer),
    ("breached_list", breached_list),
    ("phone", phone),
    ("profile_patch", profile_patch),
    ("logo", logo),
    ("colour", colour),
];

fn text(data: &[u8]) -> Option<&str> {
    std::str::from_utf8(data).ok()
}

#[cfg(test)]
mod tests;
