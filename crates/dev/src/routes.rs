//! The routes under `/dev`, and the guard in front of everything that `countersign dev` serves.

use crate::flows;
use crate::inbox::{self, Inbox};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use countersign_web::csrf::{Provenance, provenance};
use countersign_web::respond::{Show, json, plain};
use countersign_web::view::pages::DevIndex;
use countersign_web::{App, Req};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// Everything under `/dev`.
pub fn routes(index: DevIndex, mails: Arc<Inbox>) -> Router<Arc<App>> {
    let root = index.clone();
    Router::new()
        .route(
            "/",
            get(async move |State(app): State<Arc<App>>, req: Req| app.page(&req, &root, Show::default())),
        )
        .route(
            "/dev",
            get(async move |State(app): State<Arc<App>>, req: Req| app.page(&req, &index, Show::default())),
        )
        .route("/dev/clock", post(clock))
        .merge(inbox::routes(mails))
        .merge(flows::routes())
        .merge(crate::screens::routes())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance: String,
}

#[derive(Serialize)]
struct Now {
    now: i64,
}

/// `POST /dev/clock {"advance":"11m"}`: the server and the demo app go forward together.
async fn clock(State(app): State<Arc<App>>, Json(wish): Json<Advance>) -> Response {
    match duration(&wish.advance) {
        Some(by) => {
            app.clock.advance(by);
            json(StatusCode::OK, &Now { now: app.clock.now().seconds() })
        }
        None => plain(StatusCode::BAD_REQUEST, "write `advance` as a number and s, m, h or d: \"11m\""),
    }
}

fn duration(text: &str) -> Option<Duration> {
    let unit = text.chars().last()?;
    let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return None,
    };
    Some(Duration::from_secs(number.checked_mul(seconds).filter(|s| *s <= 400 * 86_400)?))
}

/// DNS rebinding: a page elsewhere can point its own name at this machine, but then `Host` is that name.
/// And no other site may post here, except where the protocol is made for it (`/authorize`, `/token` ..).
pub async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let ours = app.site.origin().split_once("://").map(|(_, host)| host);
    if Some(host) != ours {
        return plain(
            StatusCode::MISDIRECTED_REQUEST,
            "this server answers only to the host name of its issuer",
        );
    }
    let dev = request.uri().path().starts_with("/dev");
    let posts = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if dev && posts && provenance(request.headers(), &app.site) == Provenance::Foreign {
        return plain(StatusCode::FORBIDDEN, "another site may not post here");
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_numbers_with_a_unit() {
        assert_eq!(duration("11m"), Some(Duration::from_secs(660)));
        assert_eq!(duration("2d"), Some(Duration::from_secs(172_800)));
        for bad in ["", "m", "11", "-1m", "1w", "1é", "99999999999999999999m", "401d"] {
            assert_eq!(duration(bad), None, "{bad}");
        }
    }
}
