//! One request of a person's browser: who it is, what it remembers, and how pages are answered to it.

use super::screen::Screen;
use crate::cookies::Cookie;
use crate::posted::{Fields, Holder, ours, token};
use crate::respond::{Show, origin_of, see_other};
use crate::view::pages::{ErrorKind, ErrorPage, Form, WayOn};
use crate::view::{Locale, Page};
use crate::{App, Req};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use countersign_core::account::EmailAddress;
use countersign_core::limits::{self, CounterKey};
use countersign_core::login::asker::KNOWN_LIFE;
use countersign_core::login::flow::Presented;
use countersign_core::login::{Arrival, Asker, Flow, FlowRefused, Known, Sealed, Target};
use countersign_core::oauth::Client;
use countersign_core::oauth::device::VERIFY;
use countersign_core::secret::{from_base64url, kind};
use countersign_core::session::{Departing, SignedIn};
use countersign_core::{Ctx, Digest, Id, Party, Plain, TraceStep, id};
use countersign_keys::HashError;
use countersign_store::DbError;
use countersign_store::login::Entrance;
use countersign_store::login::mailed::{Keep, Look};
use countersign_store::login::sessions::{FindSession, Touch};
use std::sync::Arc;
use std::time::Duration;

/// An answer that ends a handler early.
#[derive(Debug)]
pub struct Stop(Box<Response>);

impl IntoResponse for Stop {
    fn into_response(self) -> Response {
        *self.0
    }
}
impl From<Response> for Stop {
    fn from(response: Response) -> Self {
        Self(Box::new(response))
    }
}

/// What a handler answers with.
pub type Handled = Result<Response, Stop>;

/// One request of a browser.
pub struct Visit {
    /// The server.
    pub app: Arc<App>,
    /// The request.
    pub req: Req,
    /// The browser.
    pub asker: Asker,
    /// Digest of the session cookie that it holds.
    pub cookie: Option<Digest<kind::Session>>,
    /// Who is signed in here.
    pub here: Option<SignedIn>,
    /// Who signed in to an account that is on its way out: that is all they may hear of.
    pub leaving: Option<Departing>,
    /// Cookies to set with the answer.
    set: Vec<HeaderValue>,
    /// It had our browser cookie before this request.
    bound: bool,
    /// When it came, for [`Visit::even`]; nothing is decided by it.
    came: tokio::time::Instant,
}

/// What depends on whether an address is known answers at whole steps of this.
const STEP: Duration = Duration::from_millis(10);

impl Visit {
    /// Reads the cookies, and the session behind them.
    pub async fn begin(app: Arc<App>, req: Req) -> Result<Self, Stop> {
        let came = tokio::time::Instant::now();
        let env = req.env.clone();
        let ctx = env.ctx();
        let read = |cookie| app.cookies.read(&req.headers, cookie);
        let presented =
            read(Cookie::Browser).filter(|v| v.len() == 43).map(Plain::<kind::Browser>::presented);
        let bound = presented.is_some();
        let browser = presented.unwrap_or_else(|| Plain::mint(&ctx));
        let known = Known::open(&ctx, read(Cookie::Known));
        let cookie = read(Cookie::Session).map(|v| Plain::<kind::Session>::presented(v).digest(&ctx));
        let asker = Asker {
            browser: browser.digest(&ctx),
            agent: crate::agent::agent(req.header(header::USER_AGENT.as_str())),
            network: req.ip.network(),
            locale: req.locale.tag().to_owned(),
            known,
        };
        let mut set = Vec::new();
        if !bound {
            set.extend(app.cookies.set(Cookie::Browser, browser.expose(), None));
        }
        let mut visit = Self { app, req, asker, cookie, here: None, leaving: None, set, bound, came };
        visit.look_up().await?;
        Ok(visit)
    }

    /// Reads the session of the cookie that the browser holds now.
    pub async fn look_up(&mut self) -> Result<(), Stop> {
        let Some(cookie) = self.cookie else { return Ok(()) };
        let found = self.app.db.read(FindSession(cookie)).await.map_err(|e| self.db_error(&e))?;
        let env = self.req.env.clone();
        self.leaving = found.clone().and_then(|it| it.departing(&env.ctx()));
        self.here = found.and_then(|f| {
            f.live(&env.ctx()).map_err(|why| tracing::debug!(%why, "a session cookie does not count")).ok()
        });
        if let Some(here) = self.here.as_ref().filter(|h| h.stale) {
            let (db, touch) = (self.app.db.clone(), Touch(here.session().id, env.now));
            tokio::spawn(async move {
                if let Err(error) = db.run(touch).await {
                    tracing::debug!(%error, "the last use of a session was not written down");
                }
            });
        }
        Ok(())
    }

    /// Reads it again: what was written changed what is known of the person.
    pub async fn look_again(&mut self) -> Result<(), Stop> {
        self.look_up().await
    }

    /// Waits for the next whole step since the request came: the few microseconds by which a known address
    /// differs from an unknown one (a row that is read, an index that is written) show in one answer of a thousand
    /// and not in all of them.
    pub async fn even(&self) {
        let steps = self.came.elapsed().as_micros() / STEP.as_micros() + 1;
        tokio::time::sleep_until(self.came + STEP * u32::try_from(steps).unwrap_or(1)).await;
    }

    /// Time and chance.
    pub fn ctx(&self) -> Ctx<'_> {
        self.req.env.ctx()
    }

    /// Where somebody arrives in this flow.
    pub fn entrance(&self, flow: &Flow) -> Entrance {
        Entrance {
            flow: flow.id,
            client: flow.client().cloned(),
            asker: self.asker.clone(),
            cookie: self.cookie,
        }
    }

    /// Somebody arrived: the new cookie is set, the browser remembers them, the flow has its proof.
    pub async fn arrive(&mut self, arrival: &Arrival, flow: Option<&mut Flow>) -> Result<(), Stop> {
        let env = self.req.env.clone();
        let ctx = env.ctx();
        let lives = env.policy.lifetimes.session_absolute;
        self.set.extend(self.app.cookies.set(Cookie::Session, arrival.cookie.expose(), Some(lives)));
        self.asker.known = self.asker.known.clone().remember(
            &ctx,
            (arrival.proof.user, arrival.proof.epoch),
            arrival.identifier.clone(),
            arrival.factor,
        );
        self.asker.known = self.asker.known.clone().by_provider(arrival.provider.clone());
        self.set.extend(self.app.cookies.set(Cookie::Known, &self.asker.known.seal(&ctx), Some(KNOWN_LIFE)));
        if let Some(flow) = flow {
            flow.proof = Some(arrival.proof);
            flow.sent = None;
            flow.wish = None;
        }
        self.cookie = Some(arrival.cookie.digest(&ctx));
        self.look_up().await
    }

    /// The session cookie goes.
    pub fn forget_session(&mut self) {
        self.set.extend(self.app.cookies.clear(Cookie::Session));
        self.cookie = None;
        self.here = None;
        self.leaving = None;
    }

    /// Cookies to set with the answer, whatever it is.
    pub fn keep_cookies(&mut self, cookies: impl IntoIterator<Item = HeaderValue>) {
        self.set.extend(cookies);
    }

    /// Cookies to set, for an answer that is no page.
    pub fn take_cookies(&mut self) -> Vec<HeaderValue> {
        std::mem::take(&mut self.set)
    }

    /// The counters for mails to an address. A browser that signed in with it before counts apart: strangers who use up
    /// a day's mails lock nobody out of it.
    pub fn mail_counters(&self, key: &str) -> Vec<CounterKey> {
        let ctx = self.ctx();
        let email = EmailAddress::parse(key).ok();
        let device = email.as_ref().and_then(|it| self.asker.known.device_of(it));
        vec![
            limits::MAIL_RECIPIENT.whom(&ctx, key, device),
            limits::MAIL_RECIPIENT_DAY.whom(&ctx, key, device),
            limits::MAIL_SOURCE.source(&ctx, self.req.ip.0),
        ]
    }

    /// A form of ours that was posted here: its fields and its flow, or the page that says why not.
    pub async fn posted(&mut self, body: &[u8]) -> Result<(Fields, Flow), Stop> {
        let Some(fields) = Fields::read(&self.req, body) else {
            return Err(self.refuse(ErrorKind::BadRequest { app: None }, StatusCode::BAD_REQUEST, None));
        };
        let presented = fields.get("flow").map(str::to_owned);
        let flow = self.flow(presented.as_deref()).await?;
        self.check_token(&fields, Holder::Browser(self.asker.browser.as_bytes()), Some(&flow))?;
        Ok((fields, flow))
    }

    /// 403 unless the form came from our own page in this browser.
    pub fn check_token(&self, fields: &Fields, holder: Holder<'_>, flow: Option<&Flow>) -> Result<(), Stop> {
        if ours(&self.app, &self.req, holder, fields.get("csrf")) {
            return Ok(());
        }
        Err(self.refuse(ErrorKind::FormRefused, StatusCode::FORBIDDEN, flow))
    }

    /// The flow that a page carried, opened for this browser.
    pub async fn flow(&mut self, presented: Option<&str>) -> Result<Flow, Stop> {
        let env = self.req.env.clone();
        let ctx = env.ctx();
        let sealed = match presented.and_then(|text| Flow::presented(&ctx, text)) {
            None => None,
            Some(Presented::Page(bytes)) => Some(bytes),
            Some(Presented::Row(digest)) => {
                let found = self.app.db.read(Look(digest)).await.map_err(|e| self.db_error(&e))?;
                found.and_then(|f| from_base64url(f.row.payload.as_str()?))
            }
        };
        let opened = match sealed {
            None => Err(FlowRefused::Unreadable),
            Some(sealed) => Flow::open(&ctx, self.bound.then_some(&self.asker.browser), &sealed),
        };
        let (kind, status, flow) = match opened {
            Ok(flow) => {
                self.speak(&flow);
                return Ok(flow);
            }
            Err(FlowRefused::Unreadable) => (ErrorKind::ExpiredFlow, StatusCode::BAD_REQUEST, None),
            Err(FlowRefused::Expired(flow)) => (ErrorKind::ExpiredFlow, StatusCode::BAD_REQUEST, Some(flow)),
            Err(FlowRefused::OtherBrowser(flow)) if self.bound => {
                (ErrorKind::OtherBrowser, StatusCode::FORBIDDEN, Some(flow))
            }
            Err(FlowRefused::OtherBrowser(flow)) => {
                (ErrorKind::CookiesOff, StatusCode::FORBIDDEN, Some(flow))
            }
        };
        Err(self.refuse(kind, status, flow.as_deref()))
    }

    /// OpenID Connect Core 3.1.2.1: `ui_locales` before the browser's languages.
    pub fn speak(&mut self, flow: &Flow) {
        let asked = flow.request().map(|r| r.ui_locales.join(" ")).filter(|l| !l.is_empty());
        if let Some(asked) = asked {
            let accepted = self.req.header(header::ACCEPT_LANGUAGE.as_str());
            self.req.locale = Locale::negotiate(Some(&asked), accepted);
            self.asker.locale = self.req.locale.tag().to_owned();
        }
    }

    /// A post is answered with a redirect to the page it leads to, so that the back button finds pages and never a
    /// post; `None` for a GET, which draws the page.
    pub async fn turn(&mut self, flow: &Flow, screen: &Screen) -> Result<Option<Response>, Stop> {
        if self.req.method != Method::POST {
            return Ok(None);
        }
        let mut flow = flow.clone();
        flow.screen = serde_json::to_value(screen).ok();
        let sealed = self.keep(flow.seal_for_address(&self.ctx())).await?;
        let to = format!("{}?flow={sealed}", self.app.site.path("/login"));
        Ok(Some(see_other(&to, self.take_cookies())))
    }

    /// The flow for the next page.
    pub async fn seal(&self, flow: &Flow) -> Result<String, Stop> {
        self.keep(flow.seal(&self.ctx())).await
    }

    async fn keep(&self, sealed: Sealed) -> Result<String, Stop> {
        match sealed {
            Sealed::Page(text) => Ok(text),
            Sealed::Row(text, row) => {
                let counters = vec![limits::ROWS_KEPT.source(&self.ctx(), self.req.ip.0)];
                let keep = Keep { row: *row, counters, now: self.req.env.now };
                match self.app.db.run(keep).await.map_err(|e| self.db_error(&e))? {
                    Ok(()) => Ok(text),
                    Err(wait) => {
                        let kind = ErrorKind::TooManyTries { wait };
                        Err(self.refuse(kind, StatusCode::TOO_MANY_REQUESTS, None))
                    }
                }
            }
        }
    }

    /// A form that posts to `action` and carries this flow.
    pub async fn form(&self, action: &str, flow: &Flow) -> Result<Form, Stop> {
        Ok(Form::of_flow(action, &self.seal(flow).await?, &self.flow_token()))
    }

    /// The form token of sign-in pages.
    pub fn flow_token(&self) -> String {
        token(&self.req.env, Holder::Browser(self.asker.browser.as_bytes()))
    }

    /// The app of a flow, if it is registered and on.
    pub fn client(&self, flow: &Flow) -> Option<Arc<Client>> {
        self.app.directory.client(flow.client()?).map(|entry| entry.client.clone())
    }

    /// A page of this flow.
    pub fn page<P: Page>(&mut self, page: &P, flow: Option<&Flow>, status: StatusCode) -> Response {
        let client = flow.and_then(|f| self.client(f));
        // Browsers check form-action against redirects too: a step of this page may end at the app.
        let ends_at = flow.and_then(Flow::request).and_then(|r| origin_of(r.return_to.redirect_uri()));
        let show = Show {
            status,
            client: client.as_deref(),
            flow: flow.map(|f| f.id),
            form_action: ends_at.into_iter().collect(),
            cookies: self.take_cookies(),
        };
        self.app.page(&self.req, page, show)
    }

    /// The page for what went wrong, with the one way on.
    pub fn refuse(&self, kind: ErrorKind, status: StatusCode, flow: Option<&Flow>) -> Stop {
        let id = self.trace_refusal(&kind, flow);
        self.refuse_as(kind, status, flow, id)
    }

    /// The same where a line under this id says more than the page's name.
    pub fn refuse_as(
        &self,
        kind: ErrorKind,
        status: StatusCode,
        flow: Option<&Flow>,
        id: Id<id::Flow>,
    ) -> Stop {
        let client = flow.and_then(|f| self.client(f));
        let page = ErrorPage::new(kind, way_on(flow, client.as_deref()));
        self.refused(&page, status, client.as_deref(), id)
    }

    /// Outside a flow, with a way on of the caller's.
    pub fn refuse_on(&self, page: &ErrorPage, status: StatusCode) -> Stop {
        self.refused(page, status, None, self.trace_refusal(&page.kind, None))
    }

    fn refused(
        &self,
        page: &ErrorPage,
        status: StatusCode,
        client: Option<&Client>,
        id: Id<id::Flow>,
    ) -> Stop {
        let kind = &page.kind;
        tracing::info!(?kind, status = status.as_u16(), flow = %id, "a sign-in page refused");
        let show = Show { status, client, flow: Some(id), cookies: self.set.clone(), ..Show::default() };
        let mut response = self.app.page(&self.req, page, show);
        if let ErrorKind::TooManyTries { wait } | ErrorKind::ServerBusy { wait } = kind {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(*wait));
        }
        response.into()
    }

    /// DESIGN 6: the id on an error page leads to what refused; without a flow, to a line of its own.
    fn trace_refusal(&self, kind: &ErrorKind, flow: Option<&Flow>) -> Id<id::Flow> {
        let id = flow.map_or_else(|| Id::new(&self.ctx()), |flow| flow.id);
        let label = format!("{}: an error page", self.req.method);
        let step = TraceStep::new(id, self.req.env.now, Party::Countersign, Party::Browser, label);
        let step = match flow.and_then(Flow::request) {
            Some(request) => step.client(request.return_to.client()),
            None => step,
        };
        let step = step.refused(kind.id(), "the person was shown the page of this name");
        match flow {
            Some(_) => self.app.trace.record(vec![step]),
            None => self.app.trace.alone(step),
        }
        id
    }

    /// The database did not answer as it should.
    pub fn db_error(&self, error: &DbError) -> Stop {
        if error.is_temporary() {
            tracing::warn!(%error, "the database is busy");
            return self.refuse(ErrorKind::ServerBusy { wait: 2 }, StatusCode::SERVICE_UNAVAILABLE, None);
        }
        tracing::error!(%error, "the database failed");
        self.refuse(ErrorKind::SomethingWrong, StatusCode::INTERNAL_SERVER_ERROR, None)
    }

    /// No hash to be had.
    pub fn hash_error(&self, error: HashError, flow: Option<&Flow>) -> Stop {
        let wait = match error {
            HashError::Overloaded { retry_after } => u32::try_from(retry_after.as_secs()).unwrap_or(1).max(1),
            HashError::Failed | HashError::Stopped => 5,
        };
        self.refuse(ErrorKind::ServerBusy { wait }, StatusCode::SERVICE_UNAVAILABLE, flow)
    }
}

/// Back into the app where it says where sign-in begins, else to our own pages.
pub fn way_on(flow: Option<&Flow>, client: Option<&Client>) -> WayOn {
    let to_app = client.and_then(|c| Some((c, c.initiate_login_uri.as_ref().or(c.client_uri.as_ref())?)));
    match (to_app, flow.map(|f| &f.target)) {
        (Some((client, home)), _) => WayOn::app(&client.name, home),
        (None, Some(Target::Device(_))) => WayOn::again(VERIFY),
        (None, Some(Target::Account(path))) => WayOn::again(path.as_str()),
        (None, Some(Target::App(_)) | None) => WayOn::account("/account"),
    }
}
