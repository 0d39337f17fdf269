//! GitLab, Microsoft and Google: OpenID Connect, each with paths and claims of its own.

use super::people::Person;
use super::{CLIENT_ID, Grant, HOUR, Providers, Stub, answer, of_query, put};
use axum::extract::{Form, Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use countersign_core::secret::{base64url, sha256};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;

type All = State<Arc<Providers>>;
type Body = Form<HashMap<String, String>>;

/// The company whose people the Microsoft stub knows.
pub(super) const TENANT: &str = "8eaef023-2b34-4da1-9baa-8bc8c9d6a490";

pub(super) async fn keys(State(all): All) -> Response {
    let keys: Vec<_> = all.key().map(|it| json!(it.public_jwk())).into_iter().collect();
    answer(StatusCode::OK, &json!({ "keys": keys }))
}

// GitLab

pub(super) async fn gitlab_document(State(all): All) -> Response {
    let base = all.base(Stub::Gitlab);
    document(json!({
        "issuer": base, "authorization_endpoint": format!("{base}/oauth/authorize"),
        "token_endpoint": format!("{base}/oauth/token"), "userinfo_endpoint": format!("{base}/oauth/userinfo"),
        "jwks_uri": format!("{base}/oauth/discovery/keys"),
        "scopes_supported": ["api", "read_user", "openid", "profile", "email"],
        "subject_types_supported": ["public"], "code_challenge_methods_supported": ["plain", "S256"],
    }))
}

pub(super) async fn gitlab_authorize(State(all): All, query: RawQuery) -> Response {
    of_query(all, Stub::Gitlab, query).await
}

pub(super) async fn gitlab_token(State(all): All, Form(form): Body) -> Response {
    let Some(grant) = all.redeem(Stub::Gitlab, &form) else {
        let why = "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI \
                   used in the authorization request, or was issued to another client.";
        return answer(
            StatusCode::BAD_REQUEST,
            &json!({ "error": "invalid_grant", "error_description": why }),
        );
    };
    let mut claims = gitlab_claims(grant.person);
    put(&mut claims, "iss", all.base(Stub::Gitlab));
    let more = json!({ "token_type": "Bearer", "expires_in": 7_200, "scope": "openid profile email" });
    tokens(&all, &grant, "", claims, more)
}

pub(super) async fn gitlab_person(State(all): All, headers: HeaderMap) -> Response {
    match all.bearer(Stub::Gitlab, &headers) {
        Some(person) => answer(StatusCode::OK, &gitlab_claims(person)),
        None => unauthorized(),
    }
}

fn gitlab_claims(person: &Person) -> Value {
    let mut claims = json!({
        "sub": person.number.to_string(), "name": person.name, "nickname": person.login,
        "preferred_username": person.login, "groups_direct": [],
    });
    if let Some(email) = person.email {
        put(&mut claims, "email", email);
        put(&mut claims, "email_verified", person.verified);
    }
    claims
}

// Google

pub(super) async fn google_document(State(all): All) -> Response {
    let base = all.base(Stub::Google);
    document(json!({
        "issuer": base, "authorization_endpoint": format!("{base}/o/oauth2/v2/auth"),
        "token_endpoint": format!("{base}/token"), "userinfo_endpoint": format!("{base}/v1/userinfo"),
        "jwks_uri": format!("{base}/oauth2/v3/certs"), "scopes_supported": ["openid", "email", "profile"],
        "subject_types_supported": ["public"], "code_challenge_methods_supported": ["plain", "S256"],
    }))
}

pub(super) async fn google_authorize(State(all): All, query: RawQuery) -> Response {
    of_query(all, Stub::Google, query).await
}

pub(super) async fn google_token(State(all): All, Form(form): Body) -> Response {
    let Some(grant) = all.redeem(Stub::Google, &form) else {
        let body = json!({ "error": "invalid_grant", "error_description": "Malformed auth code." });
        return answer(StatusCode::BAD_REQUEST, &body);
    };
    let mut claims = google_claims(grant.person);
    put(&mut claims, "iss", all.base(Stub::Google));
    put(&mut claims, "azp", CLIENT_ID);
    let more = json!({ "expires_in": HOUR, "token_type": "Bearer", "scope": "openid profile email" });
    tokens(&all, &grant, "ya29.", claims, more)
}

pub(super) async fn google_person(State(all): All, headers: HeaderMap) -> Response {
    match all.bearer(Stub::Google, &headers) {
        Some(person) => answer(StatusCode::OK, &google_claims(person)),
        None => unauthorized(),
    }
}

fn google_claims(person: &Person) -> Value {
    let mut claims = json!({
        "sub": person.digits(), "name": person.name, "given_name": person.given, "family_name": person.family,
    });
    if let Some(email) = person.email {
        put(&mut claims, "email", email);
        put(&mut claims, "email_verified", person.verified);
    }
    claims
}

// Microsoft

/// Of many tenants, the issuer is a template; of one, its own.
pub(super) async fn microsoft_document(State(all): All, Path(tenant): Path<String>) -> Response {
    let base = all.base(Stub::Microsoft);
    let issuer = match tenant.as_str() {
        "common" | "organizations" => format!("{base}/{{tenantid}}/v2.0"),
        _ => format!("{base}/{TENANT}/v2.0"),
    };
    document(json!({
        "issuer": issuer, "authorization_endpoint": format!("{base}/{tenant}/oauth2/v2.0/authorize"),
        "token_endpoint": format!("{base}/{tenant}/oauth2/v2.0/token"),
        "userinfo_endpoint": format!("{base}/oidc/userinfo"),
        "jwks_uri": format!("{base}/{tenant}/discovery/v2.0/keys"),
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "subject_types_supported": ["pairwise"], "tenant_region_scope": null,
    }))
}

pub(super) async fn microsoft_authorize(State(all): All, query: RawQuery) -> Response {
    of_query(all, Stub::Microsoft, query).await
}

pub(super) async fn microsoft_token(State(all): All, Form(form): Body) -> Response {
    let Some(grant) = all.redeem(Stub::Microsoft, &form) else {
        let body = json!({
            "error": "invalid_grant", "error_codes": [70_008],
            "error_description": "AADSTS70008: The provided authorization code or refresh token has expired due to inactivity.",
        });
        return answer(StatusCode::BAD_REQUEST, &body);
    };
    let mut claims = microsoft_claims(grant.person);
    put(&mut claims, "iss", format!("{}/{TENANT}/v2.0", all.base(Stub::Microsoft)));
    put(&mut claims, "tid", TENANT);
    put(&mut claims, "ver", "2.0");
    put(&mut claims, "oid", format!("00000000-0000-0000-0000-{:012}", grant.person.number));
    put(&mut claims, "preferred_username", grant.person.email.unwrap_or(grant.person.login));
    // That the company owns the domain; without it the address is what an administrator wrote.
    if grant.person.verified {
        put(&mut claims, "xms_edov", true);
    }
    let more = json!({
        "token_type": "Bearer", "scope": "openid profile email", "expires_in": HOUR, "ext_expires_in": HOUR,
    });
    tokens(&all, &grant, "EwB", claims, more)
}

pub(super) async fn microsoft_person(State(all): All, headers: HeaderMap) -> Response {
    match all.bearer(Stub::Microsoft, &headers) {
        Some(person) => answer(StatusCode::OK, &microsoft_claims(person)),
        None => unauthorized(),
    }
}

/// Pairwise: another subject for each app, and no claim that says whether the address is proved.
fn microsoft_claims(person: &Person) -> Value {
    let subject = base64url(&sha256(format!("{CLIENT_ID} {}", person.number).as_bytes()));
    let mut claims = json!({ "sub": subject, "name": person.name });
    if let Some(email) = person.email {
        put(&mut claims, "email", email);
    }
    claims
}

// All three

fn document(mut members: Value) -> Response {
    put(&mut members, "response_types_supported", json!(["code"]));
    put(&mut members, "id_token_signing_alg_values_supported", json!(["RS256"]));
    put(
        &mut members,
        "token_endpoint_auth_methods_supported",
        json!(["client_secret_post", "client_secret_basic"]),
    );
    answer(StatusCode::OK, &members)
}

fn tokens(all: &Providers, grant: &Grant, prefix: &str, mut claims: Value, mut more: Value) -> Response {
    let now = all.now().seconds();
    put(&mut claims, "aud", CLIENT_ID);
    put(&mut claims, "iat", now);
    put(&mut claims, "exp", now + HOUR);
    if let Some(nonce) = &grant.nonce {
        put(&mut claims, "nonce", nonce.as_str());
    }
    let signed = all.key().and_then(|key| key.sign(Some("JWT"), claims.to_string().as_bytes()).ok());
    let Some(id_token) = signed else {
        return answer(StatusCode::INTERNAL_SERVER_ERROR, &json!({ "error": "server_error" }));
    };
    put(&mut more, "access_token", all.token_for(grant, prefix));
    put(&mut more, "id_token", id_token);
    answer(StatusCode::OK, &more)
}

fn unauthorized() -> Response {
    answer(StatusCode::UNAUTHORIZED, &json!({ "error": "invalid_token" }))
}
