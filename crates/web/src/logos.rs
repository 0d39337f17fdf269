//! Apps' logos, from our own origin: fetched once, looked at, kept, and shown to everybody under one address that says
//! nothing of who looks. Nobody's browser is sent to the app for a picture, so the app hears of nobody.

use crate::respond::plain;
use crate::{App, Req};
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use countersign_core::oauth::Logo;
use countersign_core::time;
use countersign_outbound::guard::{GuardError, Trust};
use countersign_store::oauth::logos::{Due, Fetched};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// How often it is looked whether one is due.
const BEAT: Duration = Duration::from_secs(20);
/// A copy is compared with what the app shows now so often.
const STALE: Duration = time::days(1);
/// An address that gave no picture is asked again after this.
const AGAIN: Duration = time::minutes(15);

/// Our path of a logo.
pub fn path(logo: &Logo) -> String {
    format!("/logo/{}", logo.name())
}

/// `GET /logo/{name}`. The name is the picture's digest, so a browser may keep it for ever. A picture is shown by `<img>`,
/// which runs nothing; who opens the address itself gets it in a sandbox, where an SVG neither runs nor loads anything.
pub async fn serve(State(app): State<Arc<App>>, Path(name): Path<String>, _req: Req) -> Response {
    let Some(logo) = app.directory.snapshot().logos.get(&name).cloned() else {
        return plain(StatusCode::NOT_FOUND, "not found");
    };
    let mut response = logo.bytes().to_vec().into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, logo.content_type()),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'; sandbox"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    response
}

/// Fetches what is due, for ever.
pub async fn tend(app: Arc<App>) {
    loop {
        fetch_due(&app).await;
        tokio::time::sleep(BEAT).await;
    }
}

/// One round: the addresses that apps name and that nobody asked of late.
pub async fn fetch_due(app: &App) {
    let now = app.clock.now();
    // One written in the configuration may be private, even if another app names the same.
    let mut named: BTreeMap<String, Trust> = BTreeMap::new();
    for entry in app.directory.snapshot().clients.values().filter(|it| !it.client.disabled) {
        if let Some(uri) = &entry.client.logo_uri {
            let trust = named.entry(uri.clone()).or_insert(entry.trust);
            if entry.trust == Trust::Operator {
                *trust = Trust::Operator;
            }
        }
    }
    if named.is_empty() {
        return;
    }
    let due = Due { uris: named.keys().cloned().collect(), now, stale: now - STALE, again: now - AGAIN };
    let due = match app.db.run(due).await {
        Ok(due) => due,
        Err(error) => return tracing::warn!(%error, "logos are fetched later"),
    };
    let due = due.into_iter().filter_map(|uri| named.get(&uri).map(|trust| (*trust, uri)));
    for (trust, uri) in due {
        match fetch(app, &uri, trust).await {
            Ok(logo) => {
                if let Err(error) = app.db.run(Fetched { uri, logo }).await {
                    tracing::warn!(%error, "a logo was fetched and not kept");
                }
            }
            // What is kept stays.
            Err(why) => tracing::warn!(uri, why, "a logo is not shown"),
        }
    }
}

async fn fetch(app: &App, uri: &str, trust: Trust) -> Result<Logo, String> {
    let address = Url::parse(uri).map_err(|e| e.to_string())?;
    let accept = [(header::ACCEPT, "image/png, image/svg+xml, image/webp, image/jpeg, image/gif")];
    let reply = app.pictures.send(axum::http::Method::GET, &address, trust, &accept, Vec::new()).await;
    let reply = reply.map_err(|error: GuardError| error.to_string())?;
    if reply.status != 200 {
        return Err(format!("answered with status {}", reply.status));
    }
    Logo::sniff(&reply.body).map_err(|bad| bad.to_string())
}
