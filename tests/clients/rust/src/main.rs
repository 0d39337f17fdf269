//! The `openidconnect` crate as a judge, with its default checks. Speaks the protocol of `tests/lib/walker.mjs`:
//! one JSON line in, `{"open": URL}` out whenever a browser is wanted, `{"done": ..}` or `{"failed": ..}` at the end.

use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreIdToken, CoreProviderMetadata, CoreTokenResponse,
    CoreUserInfoClaims,
};
use openidconnect::{
    AccessTokenHash, AuthType, AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest,
    HttpResponse, IntrospectionUrl, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, RedirectUrl,
    RefreshToken, RevocationUrl, Scope, TokenIntrospectionResponse, TokenResponse, http,
};
use serde_json::{Value, json};
use std::io::BufRead;

type Failure = Box<dyn std::error::Error>;

fn main() {
    let said = match walk() {
        Ok(done) => json!({ "done": done }),
        Err(error) => json!({ "failed": causes(error.as_ref()) }),
    };
    println!("{said}");
}

fn walk() -> Result<Value, Failure> {
    let asked = line()?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let issuer = text(&asked["issuer"]);
    let client_id = text(&asked["client"]["client_id"]);
    let secret = asked["client"]["client_secret"].as_str().map(|secret| ClientSecret::new(secret.to_owned()));

    let metadata = CoreProviderMetadata::discover(&IssuerUrl::new(issuer.clone())?, &fetch)?;
    // Endpoints that OpenID Connect Discovery does not know by type.
    let document: Value = {
        let request =
            http::Request::get(format!("{issuer}/.well-known/openid-configuration")).body(Vec::new())?;
        serde_json::from_slice(fetch(request)?.body())?
    };
    // The crate revokes over https only, rightly. On loopback `fetch` undoes this.
    let revocation =
        RevocationUrl::new(text(&document["revocation_endpoint"]).replacen("http://", LOOPBACK_TLS, 1))?;
    let introspection = IntrospectionUrl::new(text(&document["introspection_endpoint"]))?;

    let auth_type = match asked["client"]["token_endpoint_auth_method"].as_str() {
        Some("client_secret_post") => AuthType::RequestBody,
        _ => AuthType::BasicAuth,
    };
    let confidential = secret.is_some();
    let client = CoreClient::from_provider_metadata(metadata, ClientId::new(client_id), secret)
        .set_auth_type(auth_type)
        .set_redirect_uri(RedirectUrl::new(text(&asked["redirect_uri"]))?)
        .set_revocation_url(revocation)
        .set_introspection_url(introspection);

    // Sign-in.
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let mut request = client
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
        .set_pkce_challenge(challenge);
    for scope in ["email", "profile", "offline_access"] {
        request = request.add_scope(Scope::new(scope.to_owned()));
    }
    let (url, state, nonce) = request.url();
    println!("{}", json!({ "open": url }));
    let answer = url::Url::parse(&text(&line()?["answer"]))?;
    let parameter =
        |name: &str| answer.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    expect(parameter("state").as_deref() == Some(state.secret()), "state came back")?;
    expect(parameter("iss").as_deref() == Some(&issuer), "iss names the issuer")?;
    let code = parameter("code").ok_or("no code")?;
    let tokens: CoreTokenResponse =
        client.exchange_code(AuthorizationCode::new(code))?.set_pkce_verifier(verifier).request(&fetch)?;

    // ID token: signature, issuer, audience, expiry, nonce, at_hash.
    let id_token: &CoreIdToken = tokens.id_token().ok_or("no id_token")?;
    let checks = client.id_token_verifier();
    let claims = id_token.claims(&checks, &nonce)?;
    if let Some(expected) = claims.access_token_hash() {
        let actual = AccessTokenHash::from_token(
            tokens.access_token(),
            id_token.signing_alg()?,
            id_token.signing_key(&checks)?,
        )?;
        expect(actual == *expected, "at_hash belongs to the access token")?;
    }

    // Userinfo of the same subject.
    let info: CoreUserInfoClaims =
        client.user_info(tokens.access_token().clone(), Some(claims.subject().clone()))?.request(&fetch)?;
    let email = info.email().map(|email| email.to_string());

    // Refresh.
    let refresh = tokens.refresh_token().ok_or("no refresh token")?;
    let renewed: CoreTokenResponse = client.exchange_refresh_token(refresh)?.request(&fetch)?;
    expect(renewed.access_token().secret() != tokens.access_token().secret(), "a new access token")?;
    let successor = RefreshToken::new(renewed.refresh_token().unwrap_or(refresh).secret().clone());

    // Introspection, revocation, and what is left after it.
    if confidential {
        let found = client.introspect(renewed.access_token()).request(&fetch)?;
        expect(found.active(), "introspection knows its own token")?;
    }
    client.revoke_token(successor.clone().into())?.request(&fetch)?;
    let dead = client.exchange_refresh_token(&successor)?.request(&fetch);
    expect(dead.is_err(), "a revoked refresh token is refused")?;
    let gone: Result<CoreUserInfoClaims, _> =
        client.user_info(renewed.access_token().clone(), Some(claims.subject().clone()))?.request(&fetch);
    expect(gone.is_err(), "its access token is refused")?;

    Ok(json!({ "email": email, "sub": claims.subject().as_str() }))
}

/// Stands for plain http to this very machine.
const LOOPBACK_TLS: &str = "https://plain.";

/// The HTTP that the crate asks for: no redirects, errors of the server are answers.
fn fetch(request: HttpRequest) -> Result<HttpResponse, ureq::Error> {
    let agent: ureq::Agent =
        ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into();
    let (mut parts, body) = request.into_parts();
    if let Some(rest) = parts.uri.to_string().strip_prefix(LOOPBACK_TLS) {
        parts.uri = format!("http://{rest}").parse().map_err(http::Error::from)?;
    }
    let mut response = agent.run(http::Request::from_parts(parts, body))?;
    let body = response.body_mut().read_to_vec()?;
    let mut answer = HttpResponse::new(body);
    *answer.status_mut() = response.status();
    *answer.headers_mut() = response.headers().clone();
    Ok(answer)
}

fn expect(holds: bool, what: &str) -> Result<(), Failure> {
    if holds { Ok(()) } else { Err(format!("expected: {what}").into()) }
}

fn line() -> Result<Value, Failure> {
    let mut text = String::new();
    std::io::stdin().lock().read_line(&mut text)?;
    Ok(serde_json::from_str(&text)?)
}

fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}
