//! DESIGN 5: the revocation stream, for who may introspect. Server-sent events (WHATWG HTML 9.2).

use super::Form;
use super::client_auth::{ApiFailure, Call, authenticate, named};
use crate::App;
use crate::error::Refusal;
use crate::peer::InUse;
use crate::revocations::{Next, Place, Revocations};
use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use countersign_core::Env;
use countersign_core::oauth::metadata::path;
use countersign_core::oauth::token::ClientRefused;
use countersign_core::oauth::{AuthenticatedClient, Params};
use countersign_core::session::revocations::{
    HEARTBEAT, Position, Start, StreamEvent, StreamRefused, Subscriber, subscribe,
};
use futures_util::stream::unfold;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// Commits told in one piece.
const AT_ONCE: usize = 100;
/// How soon a silent node sees that its database is back.
const AGAIN: Duration = Duration::from_millis(500);

/// `GET /revocations`, with the secret in the header: an address holds none.
pub async fn get(
    State(app): State<Arc<App>>,
    in_use: Option<Extension<InUse>>,
    headers: HeaderMap,
) -> Response {
    let params = Params::default();
    open(&app, "GET /revocations", &headers, &params, in_use).await
}

/// `POST /revocations`, for clients that prove themselves in the body.
pub async fn post(State(app): State<Arc<App>>, in_use: Option<Extension<InUse>>, form: Form) -> Response {
    let what = "POST /revocations";
    match form.params() {
        Ok(params) => open(&app, what, &form.headers, &params, in_use).await,
        Err(refusal) => {
            let env = app.env();
            let call = Call { app: &app, env: &env, what, headers: &form.headers, client: None, flow: None };
            ApiFailure::Refused(refusal).answer(&call)
        }
    }
}

async fn open(
    app: &Arc<App>,
    what: &'static str,
    headers: &HeaderMap,
    params: &Params<'_>,
    in_use: Option<Extension<InUse>>,
) -> Response {
    let env = app.env();
    let client = named(app, headers, params);
    let call = Call { app, env: &env, what, headers, client: client.as_deref(), flow: None };
    // 1. As at introspection: who asks must be known, and a public client has proved nothing.
    let caller = match authenticate(app, &env, headers, params, &app.site.url(path::REVOCATIONS)).await {
        Ok(caller) if caller.client().is_public() => {
            return ApiFailure::from(ClientRefused::OtherMethod).answer(&call);
        }
        Ok(caller) => caller,
        Err(failure) => return failure.answer(&call),
    };
    // 2. May it listen, and is there room?
    app.revocations.ready().await;
    match Reader::begin(app, caller, headers, &env, in_use) {
        Ok(reader) => reader.answer(),
        Err(refusal) => {
            let mut response = call.refuse(&refusal);
            if refusal.row().status != StatusCode::FORBIDDEN {
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
            }
            response
        }
    }
}

/// One stream: a place in what this node knows. It holds no connection of the database and no events of its own.
struct Reader {
    place: Place,
    subscriber: Subscriber,
    heard: Position,
    news: watch::Receiver<u64>,
    /// The last word.
    said: Instant,
    /// What comes first.
    first: Option<Bytes>,
    over: bool,
    /// The connection is at work as long as this is here.
    _in_use: Option<Extension<InUse>>,
}

impl Reader {
    fn begin(
        app: &Arc<App>,
        caller: AuthenticatedClient,
        headers: &HeaderMap,
        env: &Env,
        in_use: Option<Extension<InUse>>,
    ) -> Result<Self, StreamRefused> {
        let subscriber = subscribe(caller, app.directory.snapshot().resources.values().map(AsRef::as_ref))?;
        let place = Revocations::enter(app, subscriber.client())?;
        let ctx = env.ctx();
        let heard = headers.get("last-event-id").and_then(|it| it.to_str().ok());
        let heard = heard.and_then(|text| Position::open(text, subscriber.client(), &ctx));
        let news = app.revocations.news();
        let (heard, event) = match app.revocations.start(heard).ok_or(StreamRefused::NotNow)? {
            Start::Resumed(at) => (at, StreamEvent::Heartbeat),
            Start::Reset(at) => (at, StreamEvent::Reset(env.now)),
        };
        let mut first = "retry: 1000\n".to_owned();
        event.write(Some(&heard.sealed(subscriber.client(), &ctx)), &mut first);
        Ok(Self {
            place,
            subscriber,
            heard,
            news,
            said: Instant::now(),
            first: Some(Bytes::from(first)),
            over: false,
            _in_use: in_use,
        })
    }

    fn answer(self) -> Response {
        let body = unfold(self, async |mut reader| {
            let some = reader.next().await?;
            Some((Ok::<_, Infallible>(some), reader))
        });
        let mut response = Response::new(Body::from_stream(body));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        // nginx passes each event on at once.
        headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
        response
    }

    /// What is said next; `None`: the stream is over.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if self.over || !self.still() {
                return None;
            }
            if let Some(first) = self.first.take() {
                return Some(first);
            }
            self.news.mark_unchanged();
            let (text, full) = self.told()?;
            if !text.is_empty() {
                self.said = Instant::now();
                return Some(Bytes::from(text));
            }
            if full {
                continue;
            }
            let due = tokio::time::timeout_at(self.said + HEARTBEAT, self.news.changed()).await;
            if due.is_ok() {
                continue;
            }
            if self.place.app().revocations.fresh() {
                self.said = Instant::now();
                return Some(Bytes::from(self.heartbeat()));
            }
            // Silence, as long as this node cannot know.
            let _ = tokio::time::timeout(AGAIN, self.news.changed()).await;
        }
    }

    /// What has ended since, as far as it concerns this subscriber; and whether there may be more.
    fn told(&mut self) -> Option<(String, bool)> {
        let app = self.place.app();
        let (env, snapshot) = (app.env(), app.directory.snapshot());
        let ctx = env.ctx();
        let mut text = String::new();
        let newer = match app.revocations.after(self.heard, AT_ONCE) {
            Next::Tell(newer) => newer,
            Next::Lost(last) => {
                let id = last.sealed(self.subscriber.client(), &ctx);
                StreamEvent::Reset(env.now).write(Some(&id), &mut text);
                self.over = true;
                return Some((text, false));
            }
            Next::End => return None,
        };
        for ending in &newer {
            let mut ours =
                ending.ended.iter().filter(|it| self.subscriber.concerned(it, snapshot.as_ref())).peekable();
            while let Some(ended) = ours.next() {
                // Whoever breaks off in the middle of a commit gets all of it again.
                let last = ours.peek().is_none();
                let id = last.then(|| ending.position.sealed(self.subscriber.client(), &ctx));
                StreamEvent::of(ended, ending.at).write(id.as_deref(), &mut text);
            }
            self.heard = ending.position;
        }
        Some((text, newer.len() >= AT_ONCE))
    }

    /// With the place that was reached, so that what concerns others does not make it too old to go on from.
    fn heartbeat(&self) -> String {
        let mut text = String::new();
        let env = self.place.app().env();
        let id = self.heard.sealed(self.subscriber.client(), &env.ctx());
        StreamEvent::Heartbeat.write(Some(&id), &mut text);
        text
    }

    fn still(&self) -> bool {
        let snapshot = self.place.app().directory.snapshot();
        self.subscriber.still(snapshot.as_ref(), snapshot.resources.values().map(AsRef::as_ref))
    }
}
