//! How an authorization request is answered: back to the app, or on a page of ours.

use crate::error::{Refusal, refuse_as};
use crate::login::visit::way_on;
use crate::respond::{Show, origin_of, see_other};
use crate::view::pages::{ErrorKind, ErrorPage, FormPost};
use crate::{App, Req};
use axum::http::HeaderValue;
use axum::response::Response;
use countersign_core::oauth::{
    Answer, AuthorizeRefused, Client, PageRefusal, RequestRefusal, ReturnTo, answer,
};
use countersign_core::{Id, Party, TraceStep, id};

impl App {
    /// RFC 6749 4.1.2, Form Post Response Mode: an answer on its way through the browser.
    pub fn answer(
        &self,
        req: &Req,
        client: Option<&Client>,
        answer: Answer,
        cookies: Vec<HeaderValue>,
    ) -> Response {
        match answer {
            Answer::Redirect(location) => see_other(&location, cookies),
            Answer::FormPost { action, inputs } => {
                // CSP: this page's form ends at the app and nowhere else.
                let form_action = origin_of(&action).into_iter().collect();
                let page = FormPost { action, inputs };
                self.page(req, &page, Show { client, form_action, cookies, ..Show::default() })
            }
        }
    }

    /// The app is told; RFC 6749 4.1.2.1.
    pub fn tell_app(
        &self,
        req: &Req,
        to: &ReturnTo,
        refusal: RequestRefusal,
        cookies: Vec<HeaderValue>,
    ) -> Response {
        tracing::info!(check = refusal.check(), code = refusal.code(), client = %to.client(), "refused");
        let client = self.directory.client(to.client());
        let answer = answer::refusal(to, refusal, self.site.issuer());
        self.answer(req, client.as_ref().map(|entry| entry.client.as_ref()), answer, cookies)
    }

    /// A refused authorization request, with its line in the trace: in the flow that a push began, or alone.
    pub fn refuse_authorize(
        &self,
        req: &Req,
        refused: &AuthorizeRefused,
        pushed: Option<Id<id::Flow>>,
    ) -> Response {
        let flow = pushed.unwrap_or_else(|| Id::new(&req.env.ctx()));
        let record = |step| match pushed {
            Some(_) => self.trace.record(vec![step]),
            None => self.trace.alone(step),
        };
        let label = format!("{} /authorize", req.method);
        let step = TraceStep::new(flow, req.env.now, Party::App, Party::Countersign, label);
        let step = step.refused(refused.check(), refused.description());
        match refused {
            AuthorizeRefused::App(to, refusal) => {
                record(step.client(to.client()));
                self.tell_app(req, to, *refusal, Vec::new())
            }
            AuthorizeRefused::Page(page) => {
                let step = match page.client() {
                    Some(client) => step.client(client),
                    None => step,
                };
                record(step);
                self.refuse_on_page(req, page, flow)
            }
        }
    }

    /// RFC 6749 4.1.2.1: the person is told, and the browser stays here. Programs get JSON.
    pub fn refuse_on_page(&self, req: &Req, refusal: &PageRefusal, flow: Id<id::Flow>) -> Response {
        let row = refusal.row();
        let (status, check) = (row.status, refusal.check());
        if req.header("accept").is_some_and(|it| it.contains("application/json") && !it.contains("text/html"))
        {
            return refuse_as(refusal, flow);
        }
        tracing::info!(check, status = status.as_u16(), code = row.code, cause = ?refusal, %flow, "refused");
        let client = refusal.client().and_then(|id| self.directory.client(id));
        let client = client.as_ref().map(|entry| entry.client.as_ref());
        let page = ErrorPage::new(kind(refusal, client), way_on(None, client))
            .with_code(&format!("{} ({check})", row.code));
        self.page(req, &page, Show { status, client, flow: Some(flow), ..Show::default() })
    }
}

fn kind(refusal: &PageRefusal, client: Option<&Client>) -> ErrorKind {
    let app = client.map(|client| client.name.clone());
    match (refusal, app) {
        (PageRefusal::ClientUnknown, _) => ErrorKind::UnknownApp,
        (PageRefusal::RedirectNotRegistered(_) | PageRefusal::RedirectMissing(_), Some(app)) => {
            ErrorKind::RedirectNotRegistered { app }
        }
        (PageRefusal::PushedExpired(_) | PageRefusal::PostedStale, _) => ErrorKind::ExpiredFlow,
        (PageRefusal::PushedUsed(_), _) => ErrorKind::AlreadyFinished,
        (
            PageRefusal::Parameters(_)
            | PageRefusal::ClientMissing
            | PageRefusal::ClientSignsNobodyIn(_)
            | PageRefusal::RedirectMissing(_)
            | PageRefusal::RedirectNotRegistered(_)
            | PageRefusal::StateTooLong(_)
            | PageRefusal::PushedUnknown
            | PageRefusal::PushedForeign(_)
            | PageRefusal::RequestUriInPush
            | PageRefusal::PushForOther(_),
            app,
        ) => ErrorKind::BadRequest { app },
    }
}
