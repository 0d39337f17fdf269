//! `/dev/screens`: every page in every state and language, in light and dark, on a phone and on a desk, and every mail.

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use countersign_web::respond::{Show, plain};
use countersign_web::view::pages::{Choice, DevScreens, Screen};
use countersign_web::view::{AppBrand, Locale, RenderCtx, every_mail, every_state, in_scheme, one_page};
use countersign_web::{App, Req};
use serde::Deserialize;
use std::fmt;
use std::sync::Arc;

/// The gallery, and what its frames show.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/dev/screens", get(gallery))
        .route("/dev/screens/page", get(page))
        .route("/dev/screens/mail", get(mail))
        .route("/dev/screens/app.css", get(stylesheet))
        .route("/dev/screens/logo.svg", get(logo))
}

/// How the screens are looked at.
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
struct Look {
    lang: String,
    scheme: String,
    size: String,
    app: String,
    template: String,
    state: String,
    frame: bool,
}

impl Default for Look {
    fn default() -> Self {
        let text = str::to_owned;
        Self {
            lang: text("en"),
            scheme: text("light"),
            size: text("phone"),
            app: text("plain"),
            template: String::new(),
            state: String::new(),
            frame: false,
        }
    }
}

impl fmt::Display for Look {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let pairs =
            [("lang", &self.lang), ("scheme", &self.scheme), ("size", &self.size), ("app", &self.app)];
        query.extend_pairs(pairs);
        query.extend_pairs(
            [("template", &self.template), ("state", &self.state)].iter().filter(|(_, v)| !v.is_empty()),
        );
        f.write_str(&query.finish())
    }
}

impl Look {
    fn locale(&self) -> Locale {
        Locale::from_any_tag(&self.lang).unwrap_or_default()
    }

    fn is_dark(&self) -> bool {
        self.scheme == "dark"
    }

    fn ctx<'a>(&self, app: &'a App, req: &Req) -> RenderCtx<'a> {
        let text = |it: &str| Some(it.to_owned());
        let brand = match self.app.as_str() {
            "none" => None,
            "brand" => Some(AppBrand {
                name: "Northwind Reports".to_owned(),
                logo: text("/dev/screens/logo.svg"),
                policy: text("https://northwind.example/privacy"),
                terms: text("https://northwind.example/terms"),
                colour: text("#0b6e4f"),
                home: text("https://northwind.example/"),
            }),
            _ => Some(AppBrand {
                name: "Planner".to_owned(),
                home: text("https://planner.example/"),
                ..AppBrand::default()
            }),
        };
        RenderCtx {
            locale: self.locale(),
            nonce: req.nonce.clone(),
            base: app.site.base(),
            app: brand,
            flow_id: text("01k9zq4m7c"),
            dev: false,
        }
    }
}

async fn gallery(State(app): State<Arc<App>>, req: Req, Query(look): Query<Look>) -> Response {
    let choices = |name: &'static str, values: &[(&str, &str)], set: fn(&mut Look, &str)| {
        let all = values.iter().map(|(value, label)| {
            let mut other = look.clone();
            set(&mut other, value);
            Choice {
                label: (*label).to_owned(),
                current: other.to_string() == look.to_string(),
                href: format!("/dev/screens?{other}"),
            }
        });
        (name, all.collect())
    };
    let languages: Vec<_> = Locale::EVERY.iter().map(|it| (it.tag(), it.tag())).collect();
    let choices = vec![
        choices("Language", &languages, |it, v| it.lang = v.to_owned()),
        choices("Colours", &[("light", "light"), ("dark", "dark")], |it, v| it.scheme = v.to_owned()),
        choices("Window", &[("phone", "phone"), ("desk", "desk")], |it, v| it.size = v.to_owned()),
        choices("App", &[("plain", "plain"), ("brand", "its own look"), ("none", "none")], |it, v| {
            it.app = v.to_owned();
        }),
    ];
    let english = look.locale() == Locale::En;
    let mut screens: Vec<Screen> = every_state()
        .into_iter()
        .filter(|state| english || !state.english_only)
        .map(|state| {
            let one =
                Look { template: state.template.to_owned(), state: state.name.to_owned(), ..look.clone() };
            Screen {
                name: format!("{}, {}", state.template.trim_end_matches(".html"), state.name),
                href: format!("/dev/screens/page?{one}"),
            }
        })
        .collect();
    for (kind, _) in every_mail(&app.view, look.locale()).unwrap_or_default() {
        let one = Look { state: kind.to_owned(), ..look.clone() };
        screens.push(Screen { name: format!("mail, {kind}"), href: format!("/dev/screens/mail?{one}") });
    }
    let page = DevScreens { choices, screens, size: if look.size == "desk" { "desk" } else { "phone" } };
    let mut response = app.page(&req, &page, Show::default());
    add_policy(&mut response, "; frame-src 'self'");
    response
}

async fn page(State(app): State<Arc<App>>, req: Req, Query(look): Query<Look>) -> Response {
    let ctx = look.ctx(&app, &req);
    match one_page(&app.view, &ctx, &look.template, &look.state) {
        Ok(Some(html)) => {
            let css = app.view.stylesheet();
            let ours = format!("{}{}", app.site.base(), css.path);
            let other = app.site.path(&format!("/dev/screens/app.css?scheme={}", look.scheme));
            let mut html = in_scheme(&html.replace(&ours, &other), look.is_dark());
            if look.frame {
                // A hundred frames would each ask for the focus, and complain of the script they may not run.
                html = html.replace(" autofocus", "");
                while let Some((before, rest)) = html.split_once("<script") {
                    let after = rest.split_once("</script>").map_or("", |(_, after)| after);
                    html = format!("{before}{after}");
                }
            }
            framed(
                html,
                &format!(
                    "default-src 'none'; style-src 'self' 'nonce-{0}'; script-src 'self' 'nonce-{0}'; img-src 'self'; form-action 'none'; \
                     frame-ancestors 'self'; base-uri 'none'",
                    ctx.nonce
                ),
            )
        }
        Ok(None) => plain(StatusCode::NOT_FOUND, "no such screen"),
        Err(error) => {
            tracing::error!(%error, "a screen could not be drawn");
            plain(StatusCode::INTERNAL_SERVER_ERROR, "the screen could not be drawn; the log says why")
        }
    }
}

async fn mail(State(app): State<Arc<App>>, Query(look): Query<Look>) -> Response {
    let mails = every_mail(&app.view, look.locale()).unwrap_or_default();
    match mails.into_iter().find(|(kind, _)| *kind == look.state) {
        Some((_, mail)) => framed(
            mail.html,
            "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; frame-ancestors 'self'; base-uri 'none'",
        ),
        None => plain(StatusCode::NOT_FOUND, "no such mail"),
    }
}

/// Our stylesheet as it is in light or in dark, whatever the browser prefers.
async fn stylesheet(State(app): State<Arc<App>>, Query(look): Query<Look>) -> Response {
    let css = app.view.stylesheet();
    let text = in_scheme(std::str::from_utf8(&css.bytes).unwrap_or_default(), look.is_dark());
    ([(header::CONTENT_TYPE, css.content_type)], text).into_response()
}

async fn logo() -> Response {
    ([(header::CONTENT_TYPE, "image/svg+xml")], crate::demo::LOGO).into_response()
}

/// A page that only our gallery may frame.
fn framed(html: String, policy: &str) -> Response {
    let mut response = html.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    if let Ok(policy) = HeaderValue::from_str(policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn add_policy(response: &mut Response, more: &str) {
    let headers = response.headers_mut();
    let policy = headers.get(header::CONTENT_SECURITY_POLICY).and_then(|it| it.to_str().ok());
    let policy = policy.map(|it| format!("{it}{more}")).and_then(|it| HeaderValue::from_str(&it).ok());
    if let Some(policy) = policy {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
}
