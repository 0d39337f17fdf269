//! What every handler needs of the request: time and chance, who asks, the reader's language, a nonce.

use crate::App;
use crate::peer::{ClientIp, PeerAddr, client_ip};
use crate::view::{AppBrand, Locale, RenderCtx};
use axum::extract::FromRequestParts;
use axum::http::{HeaderMap, Method, header, request::Parts};
use countersign_core::{Env, Id, id, oauth::Client, secret::base64url};
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// One request, parsed once.
#[derive(Clone)]
pub struct Req {
    /// Time, chance and policy, the same for the whole request.
    pub env: Env,
    /// Who asks.
    pub ip: ClientIp,
    /// How.
    pub method: Method,
    /// All headers.
    pub headers: HeaderMap,
    /// The reader's language, by Accept-Language; a flow with `ui_locales` overrides it.
    pub locale: Locale,
    /// Did the request itself ask for that language?
    pub asked: bool,
    /// This answer's CSP nonce.
    pub nonce: String,
}

impl FromRequestParts<Arc<App>> for Req {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        let env = app.env();
        // No peer address: a test called the router directly.
        let peer = parts.extensions.get::<PeerAddr>().map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |p| p.0.ip());
        let ip = client_ip(peer, &parts.headers, &app.proxies.load());
        let accept = parts.headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok());
        let mut random = [0u8; 16];
        env.rng.fill(&mut random);
        Ok(Self {
            ip,
            method: parts.method.clone(),
            headers: parts.headers.clone(),
            locale: Locale::negotiate(None, accept),
            asked: false,
            nonce: base64url(&random),
            env,
        })
    }
}

impl Req {
    /// What a page needs from this request; `client` is the app shown on top.
    pub fn render_ctx<'a>(
        &self,
        app: &'a App,
        client: Option<&Client>,
        flow: Option<Id<id::Flow>>,
    ) -> RenderCtx<'a> {
        RenderCtx {
            locale: self.locale,
            nonce: self.nonce.clone(),
            base: app.site.base(),
            app: client.map(|client| brand(app, client, self.locale)),
            flow_id: flow.map(|f| f.to_string()),
            dev: app.dev,
        }
    }

    /// OpenID Connect Core 3.1.2.1, RP-Initiated Logout 2: `ui_locales` before the browser's languages. What cannot be
    /// read otherwise may still say in which language to say so.
    pub fn speak(&mut self, encoded: &[u8]) {
        let asked = url::form_urlencoded::parse(encoded).find(|(name, _)| name == "ui_locales");
        if let Some((_, asked)) = asked {
            let accepted = self.header(header::ACCEPT_LANGUAGE.as_str());
            self.locale = Locale::negotiate(Some(&asked), accepted);
            self.asked = true;
        }
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|v| v.to_str().ok())
    }
}

/// Does somebody look at the answer, rather than a program?
pub fn wants_html(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|it| it.to_str().ok());
    accept.is_some_and(|it| it.contains("text/html"))
}

/// How a client shows on pages.
pub fn brand(app: &App, client: &Client, locale: Locale) -> AppBrand {
    let entry = app.directory.client(&client.id);
    let some = |uri: Option<&str>| uri.map(str::to_owned);
    AppBrand {
        name: client.name_in(locale.tag()).to_owned(),
        logo: entry.and_then(|it| it.logo.as_deref().map(crate::logos::path)),
        policy: some(client.policy_in(locale.tag())),
        terms: some(client.terms_in(locale.tag())),
        colour: client.colour.clone(),
        home: client.initiate_login_uri.clone().or_else(|| client.client_uri.clone()),
    }
}
