//! Phones: which there are, one more, which one apps are told, one less.

use super::answer::Failure;
use super::caller::{Caller, answer};
use super::handlers::{Answered, NOTHING, parse};
use crate::login::link::digits;
use crate::{App, Req};
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use countersign_core::account::PhoneNumber;
use countersign_core::login::Flow;
use countersign_core::login::flow::{AccountPath, Sent, SentWhat, Target};
use countersign_core::secret::kind;
use countersign_store::account::phones::Phones;
use countersign_store::login::phone::{Act, AskPhone, OnPhones, ProvePhone, Who};
use serde_json::json;
use std::sync::Arc;

pub(super) async fn list(State(app): State<Arc<App>>, req: Req) -> Response {
    answer(app, req, async |caller| {
        let phones = caller.app.db.read(Phones(caller.here.user().id)).await?;
        let phones = phones.iter().map(|it| {
            json!({ "id": it.id.to_string(), "number": it.number.as_str(), "primary": it.primary, "verified": true })
        });
        Ok((StatusCode::OK, json!({ "phones": phones.collect::<Vec<_>>() })))
    })
    .await
}

/// Sends six digits; `verify` takes them, with the `verification` that names this asking.
pub(super) async fn add(State(app): State<Arc<App>>, req: Req, body: Bytes) -> Response {
    answer(app, req, async |caller| {
        const WRONG: &str = "The member number must be a phone number that begins with + and a country.";
        let all = caller.object(&body, &["number"])?;
        let number = PhoneNumber::parse(Caller::text(&all, "number", WRONG)?);
        let number = number.map_err(|_| Failure::Wrong(WRONG))?;
        let (env, who) = (caller.req.env.clone(), who(&caller));
        let unit = AskPhone { env, flow: flow(&caller), who, number };
        let decided = caller.app.db.run(unit).await?;
        caller.app.trace.record(decided.trace);
        let flow = decided.result?;
        let handle = flow.sent.map(|it| it.handle).unwrap_or_default();
        Ok((StatusCode::ACCEPTED, json!({ "verification": format!("{}.{handle}", flow.id) })))
    })
    .await
}

pub(super) async fn verify(State(app): State<Arc<App>>, req: Req, body: Bytes) -> Response {
    answer(app, req, async |caller| {
        let all = caller.object(&body, &["verification", "code"])?;
        let named = Caller::text(&all, "verification", "The member verification must be text.")?;
        let code = Caller::text(&all, "code", "The member code must be six digits.")?;
        let digits = digits::<kind::PhoneCode>(code);
        let digits = digits.ok_or(Failure::Wrong("The member code must be six digits."))?;
        // Nothing secret and nothing trusted: the row that the digits find names its person and its asking.
        let (asking, handle) = named.split_once('.').ok_or(Failure::CodeWrong)?;
        let mut flow = flow(&caller);
        flow.id = asking.parse().map_err(|_| Failure::CodeWrong)?;
        flow.sent = Some(Sent { what: SentWhat::Phone, handle: handle.to_owned(), at: caller.req.env.now });
        let unit = ProvePhone { env: caller.req.env.clone(), flow, who: who(&caller), digits };
        let decided = caller.app.db.run(unit).await?;
        caller.app.trace.record(decided.trace);
        decided.result?;
        NOTHING
    })
    .await
}

pub(super) async fn choose(State(app): State<Arc<App>>, Path(phone): Path<String>, req: Req) -> Response {
    answer(app, req, async |caller| act(&caller, Act::Choose(parse(&phone)?)).await).await
}

pub(super) async fn remove(State(app): State<Arc<App>>, Path(phone): Path<String>, req: Req) -> Response {
    answer(app, req, async |caller| act(&caller, Act::Remove(parse(&phone)?)).await).await
}

async fn act(caller: &Caller, act: Act) -> Answered {
    let unit = OnPhones { env: caller.req.env.clone(), who: who(caller), act };
    let decided = caller.app.db.run(unit).await?;
    caller.app.trace.record(decided.trace);
    decided.result?;
    NOTHING
}

fn who(caller: &Caller) -> Who {
    Who { by: caller.by, asker: caller.asker(), source: caller.req.ip.0 }
}

/// As if the page of phones had been opened: of no app, so that the first phone too wants a fresh sign-in.
fn flow(caller: &Caller) -> Flow {
    let ctx = caller.req.env.ctx();
    Flow::begin(&ctx, caller.asker().browser, Target::Account(AccountPath::Phones))
}
