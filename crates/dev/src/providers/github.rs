//! GitHub: a form unless JSON was asked for, errors with status 200, a number for a subject, a list of addresses.

use super::{Providers, Stub, answer, of_query};
use axum::extract::{Form, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use url::form_urlencoded::Serializer;

const STUB: Stub = Stub::Github;

pub(super) async fn authorize(State(all): State<Arc<Providers>>, query: RawQuery) -> Response {
    of_query(all, STUB, query).await
}

pub(super) async fn token(
    State(all): State<Arc<Providers>>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    let pairs: Vec<(&str, String)> = match all.redeem(STUB, &form) {
        Some(grant) => vec![
            ("access_token", all.token_for(&grant, "gho_")),
            ("scope", "read:user,user:email".to_owned()),
            ("token_type", "bearer".to_owned()),
        ],
        None => vec![
            ("error", "bad_verification_code".to_owned()),
            ("error_description", "The code passed is incorrect or expired.".to_owned()),
        ],
    };
    let accept = headers.get(header::ACCEPT).and_then(|it| it.to_str().ok()).unwrap_or_default();
    if accept.contains("application/json") {
        let body: serde_json::Map<String, Value> =
            pairs.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
        return answer(StatusCode::OK, &Value::Object(body));
    }
    let body = Serializer::new(String::new()).extend_pairs(pairs).finish();
    let mut response = body.into_response();
    let kind = HeaderValue::from_static("application/x-www-form-urlencoded; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

pub(super) async fn user(State(all): State<Arc<Providers>>, headers: HeaderMap) -> Response {
    let Some(person) = all.bearer(STUB, &headers) else { return bad() };
    // What is shown to the world is no proved address.
    let body = json!({
        "login": person.login, "id": person.number, "node_id": "MDQ6VXNlcg==", "type": "User", "site_admin": false,
        "name": person.name, "company": null, "email": null, "two_factor_authentication": true,
    });
    answer(StatusCode::OK, &body)
}

pub(super) async fn emails(State(all): State<Arc<Providers>>, headers: HeaderMap) -> Response {
    let Some(person) = all.bearer(STUB, &headers) else { return bad() };
    let hidden = format!("{}+{}@users.noreply.github.com", person.number, person.login);
    let mut list = vec![json!({ "email": hidden, "primary": false, "verified": true, "visibility": null })];
    if let Some(email) = person.email {
        list.push(json!({
            "email": email, "primary": true, "verified": person.verified, "visibility": "private",
        }));
    }
    answer(StatusCode::OK, &Value::Array(list))
}

fn bad() -> Response {
    answer(StatusCode::UNAUTHORIZED, &json!({ "message": "Bad credentials", "status": "401" }))
}
