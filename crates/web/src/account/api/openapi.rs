//! The OpenAPI description of the account API: `docs/account-api.json` is made from it, and a test compares them.

use serde_json::{Map, Value, json};

/// Method, path, what it does, members of the body (`?` marks one that may be absent), status of success, members of the
/// answer, wants a fresh sign-in.
type Operation = (
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static str,
    &'static [&'static str],
    bool,
);

/// Every operation.
pub(super) const OPERATIONS: &[Operation] = &[
    (
        "get",
        "/api/v1/me",
        "The account and its profile.",
        &[],
        "200",
        &["sub", "email", "email_verified", "created_at", "updated_at", "profile"],
        false,
    ),
    (
        "patch",
        "/api/v1/me",
        "Changes the profile (RFC 7396: null takes a member away).",
        &["profile"],
        "204",
        &[],
        false,
    ),
    (
        "get",
        "/api/v1/me/emails",
        "The e-mail addresses, and the one that waits for its code.",
        &[],
        "200",
        &["emails", "waiting"],
        false,
    ),
    (
        "post",
        "/api/v1/me/emails",
        "Mails six digits to an address that is to be added or proved.",
        &["address"],
        "202",
        &[],
        true,
    ),
    (
        "post",
        "/api/v1/me/emails/verify",
        "Takes the digits: the address is the person's.",
        &["code"],
        "204",
        &[],
        false,
    ),
    ("delete", "/api/v1/me/emails/{id}", "Takes an address away.", &[], "204", &[], true),
    (
        "post",
        "/api/v1/me/emails/{id}/primary",
        "Makes a proved address the primary one.",
        &[],
        "204",
        &[],
        true,
    ),
    ("get", "/api/v1/me/phones", "The phones.", &[], "200", &["phones"], false),
    (
        "post",
        "/api/v1/me/phones",
        "Sends six digits to a number that is to be added, and names this asking.",
        &["number"],
        "202",
        &["verification"],
        true,
    ),
    (
        "post",
        "/api/v1/me/phones/verify",
        "Takes the digits: the phone is the person's.",
        &["verification", "code"],
        "204",
        &[],
        false,
    ),
    ("delete", "/api/v1/me/phones/{id}", "Takes a phone away.", &[], "204", &[], true),
    (
        "post",
        "/api/v1/me/phones/{id}/primary",
        "Makes a phone the one that apps are told.",
        &[],
        "204",
        &[],
        true,
    ),
    (
        "post",
        "/api/v1/me/password",
        "Sets a new password. The present one is shown, unless there is none. Every other session ends with its grants.",
        &["current_password?", "new_password"],
        "204",
        &[],
        true,
    ),
    (
        "get",
        "/api/v1/me/identities",
        "Linked accounts, and whether there is a password.",
        &[],
        "200",
        &["identities", "password"],
        false,
    ),
    ("delete", "/api/v1/me/identities/{id}", "Unlinks an account.", &[], "204", &[], true),
    ("get", "/api/v1/me/sessions", "Where the person is signed in.", &[], "200", &["sessions"], false),
    (
        "delete",
        "/api/v1/me/sessions",
        "Ends every session but the one of this token.",
        &[],
        "204",
        &[],
        false,
    ),
    ("delete", "/api/v1/me/sessions/{id}", "Ends a session.", &[], "204", &[], false),
    ("get", "/api/v1/me/apps", "Apps with access.", &[], "200", &["apps"], false),
    ("delete", "/api/v1/me/apps/{id}", "Takes an app's access away.", &[], "204", &[], false),
    (
        "get",
        "/api/v1/me/activity",
        "What happened, the newest first (`before`, `limit`).",
        &[],
        "200",
        &["activity", "before"],
        false,
    ),
    (
        "get",
        "/api/v1/me/export",
        "Everything that is kept about the person, as a download.",
        &[],
        "200",
        &["format", "account", "profile"],
        true,
    ),
    (
        "post",
        "/api/v1/me/deletion",
        "Asks for the deletion of the account.",
        &["confirm"],
        "202",
        &["final_at"],
        true,
    ),
];

/// The document.
#[allow(clippy::indexing_slicing, reason = "made of constants, and no request makes it")]
pub fn document() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for (method, path, what, takes, status, gives, fresh) in OPERATIONS {
        let entry = paths.entry(*path).or_insert_with(|| json!({}));
        let Value::Object(entry) = entry else { continue };
        let members = |names: &[&str]| -> Value {
            // What is not said here is said in docs/account.md.
            let properties: Map<String, Value> =
                names.iter().map(|it| (it.trim_end_matches('?').to_owned(), json!({}))).collect();
            let required: Vec<&str> = names.iter().copied().filter(|it| !it.ends_with('?')).collect();
            json!({ "type": "object", "properties": properties, "required": required })
        };
        let error = |text: &str| json!({ "description": text, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } } });
        let unauthorized = match fresh {
            true => {
                "invalid_token, or insufficient_user_authentication (RFC 9470) if the sign-in is older than ten minutes"
            }
            false => "invalid_token",
        };
        let mut operation = json!({
            "summary": what,
            "responses": {
                *status: { "description": "Done." },
                "401": error(unauthorized),
                "403": error("insufficient_scope: the token has no scope account"),
                "404": error("not_found: no such thing of this person"),
                "409": error("conflict: a rule of the account forbids it"),
                "429": error("temporarily_unavailable, with Retry-After"),
            },
        });
        if !gives.is_empty() {
            operation["responses"][*status]["content"]["application/json"]["schema"] = members(gives);
        }
        if !takes.is_empty() {
            let kind = if *method == "patch" { "application/merge-patch+json" } else { "application/json" };
            let mut schema = members(takes);
            schema["additionalProperties"] = false.into();
            operation["requestBody"] = json!({ "required": true, "content": { kind: { "schema": schema } } });
            operation["responses"]["400"] =
                error("invalid_request: no JSON object, or members that are not known");
            operation["responses"]["422"] = error("invalid_request: a member cannot be kept as it is");
        }
        if path.contains("{id}") {
            operation["parameters"] =
                json!([{ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } }]);
        }
        entry.insert((*method).to_owned(), operation);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Countersign account API",
            "version": "1",
            "description": "What the account pages do, for the person's own access token: scope `account`, audience the issuer.",
        },
        "security": [{ "bearer": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "at+jwt" } },
            "schemas": { "Error": {
                "type": "object",
                "required": ["error", "error_description"],
                "properties": {
                    "error": { "type": "string" },
                    "error_description": { "type": "string" },
                    "fields": { "type": "array", "items": { "type": "object", "properties": {
                        "name": { "type": "string" }, "reason": { "type": "string" },
                    } } },
                },
            } },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::disallowed_methods, reason = "tests have no configuration file")]
    fn the_description_in_docs_is_this_one() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/account-api.json");
        let text = serde_json::to_string_pretty(&document()).unwrap() + "\n";
        if std::env::var_os("INSTA_UPDATE").is_some_and(|it| it == "always") {
            std::fs::write(path, &text).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path).unwrap(), text, "INSTA_UPDATE=always writes it anew");
    }
}
