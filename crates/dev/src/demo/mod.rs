//! The demo app: a real OpenID client on its own origin, with a protected endpoint of its own.

mod begun;
pub mod relying_party;

use crate::flows;
use axum::Router;
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use begun::Begun;
use countersign_core::secret::base64url;
use countersign_web::App;
use countersign_web::respond::{json, plain};
use countersign_web::view::diagram;
use countersign_web::view::pages::{self, Claim, DevLink};
use countersign_web::view::{Locale, Page, RenderCtx};
use relying_party::{Metadata, Pending, RelyingParty, RpError, Tokens};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Sessions kept; a demo needs no more.
const MOST: usize = 1_000;
/// Who is signed in.
const SESSION: &str = "countersign-demo";
/// Which browser began a sign-in: beside the session, so that a sign-in that is begun and left signs nobody out.
const BROWSER: &str = "countersign-demo-browser";
const NAME: &str = "Demo app";

/// The demo app. It shares the page templates, the clock and, for the drawing of its own sign-in, the
/// trace with the server; everything else it does over HTTP like any app.
pub struct Demo {
    /// Its OpenID client.
    pub rp: RelyingParty,
    /// Its own origin, `http://127.0.0.1:8081`.
    pub origin: String,
    /// The server in the same process: templates, clock, trace.
    pub app: Arc<App>,
    state: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    pending: Begun<Pending>,
    signed_in: HashMap<String, SignedIn>,
    error: Option<String>,
}

#[derive(Clone)]
struct SignedIn {
    tokens: Tokens,
    id_claims: Map<String, Value>,
    refreshed: u32,
}

impl Demo {
    /// The app, not yet listening.
    pub fn new(rp: RelyingParty, origin: String, app: Arc<App>) -> Arc<Self> {
        Arc::new(Self { rp, origin, app, state: Mutex::default() })
    }

    /// Its routes.
    pub fn router(self: Arc<Self>) -> Router {
        Router::new()
            .route("/", get(home))
            .route("/sign-in", get(sign_in))
            .route("/callback", get(callback).post(callback_form))
            .route("/session", post(act))
            .route("/signed-out", get(signed_out))
            .route("/api/me", get(me))
            .route("/assets/{file}", get(asset))
            .route("/logo.svg", get(logo))
            .route("/privacy", get(async || plain(StatusCode::OK, PRIVACY)))
            .route("/terms", get(async || plain(StatusCode::OK, TERMS)))
            .with_state(self)
    }

    fn memory(&self) -> std::sync::MutexGuard<'_, Memory> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn random(&self) -> String {
        let mut bytes = [0u8; 24];
        self.app.rng.fill(&mut bytes);
        base64url(&bytes)
    }

    fn page<P: Page>(&self, page: &P) -> Response {
        let ctx = RenderCtx {
            locale: Locale::En,
            nonce: self.random(),
            base: "",
            app: None,
            flow_id: None,
            dev: false,
        };
        let Ok(html) = self.app.view.render(page, &ctx) else {
            return plain(StatusCode::INTERNAL_SERVER_ERROR, "the page could not be drawn");
        };
        let mut response = html.into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }

    fn fail(&self, error: &RpError) -> Response {
        self.memory().error = Some(error.to_string().trim_end_matches('.').to_owned());
        go("/")
    }
}

/// What the provider fetches once, and shows from its own origin.
pub(crate) const LOGO: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48"><rect width="48" height="48" rx="11" fill="#0b6e4f"/><path fill="none" stroke="#fff" stroke-width="4" stroke-linecap="round" stroke-linejoin="round" d="M14 25l7 7 14-16"/></svg>"##;
const PRIVACY: &str = "The demo app keeps who signed in to it in memory, and forgets it when it ends.";
const TERMS: &str = "The demo app promises nothing and asks for nothing.";

async fn logo() -> Response {
    ([(header::CONTENT_TYPE, "image/svg+xml")], LOGO).into_response()
}

fn go(location: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(value) = HeaderValue::from_str(location) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    response
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let line = headers.get(header::COOKIE)?.to_str().ok()?;
    line.split(';')
        .filter_map(|p| p.trim().split_once('='))
        .find(|(n, _)| *n == name)
        .map(|(_, v)| v.to_owned())
}

fn set_cookie(mut response: Response, name: &str, value: &str) -> Response {
    let age = if value.is_empty() { "; Max-Age=0" } else { "" };
    let line = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{age}");
    if let Ok(line) = HeaderValue::from_str(&line) {
        response.headers_mut().append(header::SET_COOKIE, line);
    }
    response
}

async fn home(State(demo): State<Arc<Demo>>, headers: HeaderMap) -> Response {
    let key = cookie(&headers, SESSION);
    let signed_in = key.as_ref().and_then(|k| demo.memory().signed_in.get(k).cloned());
    if let Some(session) = signed_in {
        return show(&demo, session).await;
    }
    let error = demo.memory().error.take();
    let variant = |query: &str, label: &str, note: &str| DevLink {
        href: format!("/sign-in?{query}"),
        label: label.to_owned(),
        note: note.to_owned(),
    };
    demo.page(&pages::DemoHome {
        name: NAME.to_owned(),
        sign_in: "/sign-in".to_owned(),
        issuer: demo.app.site.issuer().to_owned(),
        variants: vec![
            variant("prompt=login", "prompt=login", "Prove who you are once more"),
            variant("prompt=consent", "prompt=consent", "Be asked what the app may see"),
            variant("prompt=none", "prompt=none", "Only if already signed in, without a page"),
            variant("max_age=60", "max_age=60", "Signed in within the last minute"),
            variant("response_mode=form_post", "response_mode=form_post", "The answer comes as a form"),
            variant("ui_locales=de", "ui_locales=de", "The pages in German"),
        ],
        error,
    })
}

async fn show(demo: &Arc<Demo>, session: SignedIn) -> Response {
    let place = format!("{}/api/me", demo.origin);
    let call = demo.rp.call(Method::GET, &place, &session.tokens.access_token).await;
    let endpoint = call.ok().map(|(status, body)| pages::EndpointCall {
        request: format!("GET {place}"),
        status,
        body: pretty(&body),
    });
    let userinfo = match demo.rp.metadata().await {
        Ok(metadata) => demo.rp.userinfo(&metadata, &session.tokens.access_token).await.unwrap_or_default(),
        Err(_) => Map::new(),
    };
    let text = |claims: &Map<String, Value>, name: &str| {
        claims.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let sid = text(&session.id_claims, "sid");
    let flow = flows::of_session(&demo.app.db, &sid, &demo.rp.client_id).await;
    let steps = match flow {
        Some(flow) => {
            demo.app.trace.written().await;
            flows::load(&demo.app.db, flow).await.unwrap_or_default()
        }
        None => Vec::new(),
    };
    let person = [text(&userinfo, "name"), text(&userinfo, "email"), text(&session.id_claims, "sub")];
    let checks = vec![
        "The signature is the provider's, by its published key".to_owned(),
        format!("Issuer: {}", text(&session.id_claims, "iss")),
        format!("Audience: {}", demo.rp.client_id),
        "The nonce is this sign-in's".to_owned(),
        format!("Access token for {}, refreshed {} times", demo.rp.resource, session.refreshed),
    ];
    demo.page(&pages::DemoSignedIn {
        name: NAME.to_owned(),
        person: person.into_iter().find(|p| !p.is_empty()).unwrap_or_default(),
        checks,
        id_token: claims(&session.id_claims),
        userinfo: claims(&userinfo),
        endpoint,
        form: pages::Form::of_account("/session", ""),
        can_refresh: session.tokens.refresh_token.is_some(),
        flow_href: flow.map(|f| demo.app.site.url(&format!("/dev/flows/{f}"))),
        flow_svg: (!steps.is_empty())
            .then(|| diagram::svg(&steps.iter().map(flows::drawn).collect::<Vec<_>>())),
    })
}

fn pretty(json: &[u8]) -> String {
    let value: Value = serde_json::from_slice(json).unwrap_or_default();
    serde_json::to_string_pretty(&value).unwrap_or_default()
}

fn claims(map: &Map<String, Value>) -> Vec<Claim> {
    let text = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
    map.iter().map(|(name, v)| Claim { name: name.clone(), value: text(v) }).collect()
}

async fn sign_in(
    State(demo): State<Arc<Demo>>,
    headers: HeaderMap,
    Query(extra): Query<HashMap<String, String>>,
) -> Response {
    let extra: Vec<_> = extra.into_iter().collect();
    let started = match demo.rp.metadata().await {
        Ok(metadata) => demo.rp.start(&metadata, &extra),
        Err(error) => Err(error),
    };
    match started {
        Ok((url, state, pending)) => {
            let known = cookie(&headers, BROWSER).filter(|it| it.len() == 32);
            let browser = known.unwrap_or_else(|| demo.random());
            demo.memory().pending.begin(&browser, state, pending);
            set_cookie(go(url.as_str()), BROWSER, &browser)
        }
        Err(error) => demo.fail(&error),
    }
}

#[derive(Deserialize)]
struct Answer {
    code: Option<String>,
    state: Option<String>,
    iss: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

async fn callback(
    State(demo): State<Arc<Demo>>,
    headers: HeaderMap,
    Query(answer): Query<Answer>,
) -> Response {
    match finish(&demo, &headers, answer).await {
        Ok(session) => {
            let key = demo.random();
            let mut memory = demo.memory();
            if memory.signed_in.len() >= MOST {
                memory.signed_in.clear();
            }
            memory.signed_in.insert(key.clone(), session);
            set_cookie(go("/"), SESSION, &key)
        }
        Err(error) => demo.fail(&error),
    }
}

/// Form Post Response Mode: this post comes from another site, so our Lax cookie is not with it. The
/// browser is sent to ourselves once, and then it is.
async fn callback_form(Form(answer): Form<Vec<(String, String)>>) -> Response {
    go(&format!(
        "/callback?{}",
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(answer).finish()
    ))
}

async fn finish(demo: &Demo, headers: &HeaderMap, answer: Answer) -> Result<SignedIn, RpError> {
    let refused = |why: &str| RpError::Refused(why.to_owned());
    let state = answer.state.ok_or_else(|| refused("the answer has no state"))?;
    let pending = cookie(headers, BROWSER).and_then(|it| demo.memory().pending.take(&it, &state));
    let pending =
        pending.ok_or_else(|| refused("this sign-in was begun in another browser, or finished before"))?;
    // RFC 9207 2.4: the answer names its issuer, so that one provider's code is never sent to another.
    if answer.iss.as_deref() != Some(demo.app.site.issuer()) {
        return Err(refused("the answer comes from another provider"));
    }
    if let Some(error) = answer.error {
        return Err(RpError::Refused(format!("{error}: {}", answer.error_description.unwrap_or_default())));
    }
    let code = answer.code.ok_or_else(|| refused("the answer has no code"))?;
    let metadata: Metadata = demo.rp.metadata().await?;
    let (tokens, id_claims) = demo.rp.finish(&metadata, &pending, &code, demo.app.clock.now()).await?;
    Ok(SignedIn { tokens, id_claims, refreshed: 0 })
}

#[derive(Deserialize)]
struct Act {
    #[serde(rename = "do")]
    what: String,
}

async fn act(State(demo): State<Arc<Demo>>, headers: HeaderMap, Form(act): Form<Act>) -> Response {
    let Some((key, session)) = cookie(&headers, SESSION).and_then(|k| {
        let found = demo.memory().signed_in.get(&k).cloned();
        found.map(|s| (k, s))
    }) else {
        return go("/");
    };
    let metadata = match demo.rp.metadata().await {
        Ok(metadata) => metadata,
        Err(error) => return demo.fail(&error),
    };
    if act.what == "sign-out" {
        demo.memory().signed_in.remove(&key);
        let Ok(mut url) = url::Url::parse(&metadata.end_session_endpoint) else { return go("/") };
        url.query_pairs_mut()
            .append_pair("id_token_hint", session.tokens.id_token.as_deref().unwrap_or_default())
            .append_pair("post_logout_redirect_uri", &format!("{}/signed-out", demo.origin));
        return set_cookie(go(url.as_str()), SESSION, "");
    }
    let Some(refresh_token) = session.tokens.refresh_token.as_deref() else { return go("/") };
    match demo.rp.refresh(&metadata, refresh_token).await {
        Ok(tokens) => {
            // An ID token need not come with a refresh; the first one stays the hint for signing out.
            let id_token = tokens.id_token.clone().or(session.tokens.id_token);
            let tokens = Tokens { id_token, ..tokens };
            let refreshed = session.refreshed + 1;
            demo.memory().signed_in.insert(key, SignedIn { tokens, refreshed, ..session });
            go("/")
        }
        Err(error) => {
            demo.memory().signed_in.remove(&key);
            demo.fail(&error)
        }
    }
}

async fn signed_out() -> Response {
    go("/")
}

/// The protected endpoint: RFC 6750 3 in its shortest form.
async fn me(State(demo): State<Arc<Demo>>, headers: HeaderMap) -> Response {
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.strip_prefix("Bearer "));
    let checked = match bearer {
        Some(token) => demo.rp.check_access_token(token, demo.app.clock.now()).await.ok(),
        None => None,
    };
    match checked {
        Some(claims) => json(
            StatusCode::OK,
            &serde_json::json!({ "hello": claims.get("sub"), "scope": claims.get("scope") }),
        ),
        None => {
            let mut response =
                json(StatusCode::UNAUTHORIZED, &serde_json::json!({ "error": "invalid_token" }));
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer error=\"invalid_token\""));
            response
        }
    }
}

async fn asset(
    State(demo): State<Arc<Demo>>,
    axum::extract::Path(file): axum::extract::Path<String>,
) -> Response {
    match demo.app.view.asset(&format!("/assets/{file}")) {
        Some(asset) => ([(header::CONTENT_TYPE, asset.content_type)], asset.bytes.clone()).into_response(),
        None => plain(StatusCode::NOT_FOUND, "not found"),
    }
}
