//! The account API, operation by operation. Each hands a decision of the pages what the body says.

use super::answer::Failure;
use super::caller::{Caller, answer, answer_as};
use crate::account::activity::about;
use crate::account::data::download;
use crate::login::link::six_digits;
use crate::posted::Fields;
use crate::view::activity::sentence;
use crate::{App, Req};
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use countersign_core::account::EmailAddress;
use countersign_core::account::profile::{BadPatch, ProfileEdit};
use countersign_core::{ClientId, Id, id, limits};
use countersign_store::account::activity::Activity;
use countersign_store::account::emails::{self, Emails, OnEmails};
use countersign_store::account::export::{self, event};
use countersign_store::account::leaving::Leave;
use countersign_store::login::account::{Act, Apps, OnAccount, Sessions, UpdateProfile};
use countersign_store::login::provider::{Linked, Unlink};
use serde_json::{Map, Value, json};
use std::sync::Arc;

pub(super) type Answered = Result<(StatusCode, Value), Failure>;
pub(super) const NOTHING: Answered = Ok((StatusCode::NO_CONTENT, Value::Null));

pub(super) async fn me(State(app): State<Arc<App>>, req: Req) -> Response {
    answer(app, req, async |caller| {
        let user = caller.here.user();
        let mut profile = match serde_json::to_value(&user.claims) {
            Ok(Value::Object(all)) => all,
            Ok(_) | Err(_) => Map::new(),
        };
        // Phones have a list of their own.
        profile.retain(|name, _| !name.starts_with("phone_number"));
        let email = caller.here.email();
        let body = json!({
            "sub": user.subject.as_str(),
            "email": email.map(|it| it.address.as_str()),
            "email_verified": email.is_some_and(|it| it.verified_at.is_some()),
            "created_at": user.created_at.rfc3339(),
            "updated_at": user.updated_at.rfc3339(),
            "profile": profile,
        });
        Ok((StatusCode::OK, body))
    })
    .await
}

/// RFC 7396: a member that is null goes, one that is absent stays.
pub(super) async fn change(State(app): State<Arc<App>>, req: Req, body: Bytes) -> Response {
    answer(app, req, async |caller| {
        let edit = edit(caller.object(&body, &["profile"])?)?;
        let unit = UpdateProfile { env: caller.req.env.clone(), by: caller.by, edit };
        let decided = caller.app.db.run(unit).await?;
        caller.app.trace.record(decided.trace);
        decided.result?;
        NOTHING
    })
    .await
}

fn edit(mut all: Map<String, Value>) -> Result<ProfileEdit, Failure> {
    let Some(Value::Object(profile)) = all.remove("profile") else {
        return Err(Failure::Wrong("The member profile must be an object."));
    };
    ProfileEdit::of_patch(&profile).map_err(|bad| match bad {
        BadPatch::Unknown(names) => Failure::Unknown(names),
        BadPatch::NotText => Failure::Wrong("Every member of the profile is text or null."),
        BadPatch::AddressNotObject => Failure::Wrong("The member address must be an object."),
    })
}

pub(super) async fn emails(State(app): State<Arc<App>>, req: Req) -> Response {
    answer(app, req, async |caller| {
        let unit = Emails { env: caller.req.env.clone(), here: caller.here.clone() };
        let (emails, waiting) = caller.app.db.read(unit).await?;
        let emails = emails.iter().map(|it| {
            json!({
                "id": it.id.to_string(), "address": it.address, "primary": it.primary,
                "verified": it.verified_at.is_some(),
            })
        });
        let waiting = waiting.map(|it| it.email.typed().to_owned());
        Ok((StatusCode::OK, json!({ "emails": emails.collect::<Vec<_>>(), "waiting": waiting })))
    })
    .await
}

/// Mails six digits; `verify` takes them.
pub(super) async fn add_email(State(app): State<Arc<App>>, req: Req, body: Bytes) -> Response {
    answer(app, req, async |caller| {
        const WRONG: &str = "The member address must be an e-mail address.";
        let all = caller.object(&body, &["address"])?;
        let address = EmailAddress::parse(Caller::text(&all, "address", WRONG)?);
        let address = address.map_err(|_| Failure::Wrong(WRONG))?;
        let counters = caller.mail_counters(address.key());
        on_emails(&caller, emails::Act::Begin(address), counters).await?;
        Ok((StatusCode::ACCEPTED, json!({})))
    })
    .await
}

pub(super) async fn verify_email(State(app): State<Arc<App>>, req: Req, body: Bytes) -> Response {
    answer(app, req, async |caller| {
        const WRONG: &str = "The member code must be six digits.";
        let all = caller.object(&body, &["code"])?;
        let code = six_digits(Caller::text(&all, "code", WRONG)?).ok_or(Failure::Wrong(WRONG))?;
        let counters = vec![limits::CODE_SOURCE.source(&caller.req.env.ctx(), caller.req.ip.0)];
        on_emails(&caller, emails::Act::Prove(code), counters).await?;
        NOTHING
    })
    .await
}

pub(super) async fn put_email_in_front(
    State(app): State<Arc<App>>,
    Path(email): Path<String>,
    req: Req,
) -> Response {
    answer(app, req, async |caller| {
        on_emails(&caller, emails::Act::PutInFront(parse(&email)?), vec![]).await?;
        NOTHING
    })
    .await
}

pub(super) async fn remove_email(
    State(app): State<Arc<App>>,
    Path(email): Path<String>,
    req: Req,
) -> Response {
    answer(app, req, async |caller| {
        on_emails(&caller, emails::Act::Remove(parse(&email)?), vec![]).await?;
        NOTHING
    })
    .await
}

async fn on_emails(
    caller: &Caller,
    act: emails::Act,
    counters: Vec<limits::CounterKey>,
) -> Result<(), Failure> {
    let (env, asker) = (caller.req.env.clone(), caller.asker());
    let unit = OnEmails { env, by: caller.by, asker, act, counters };
    let decided = caller.app.db.run(unit).await?;
    caller.app.trace.record(decided.trace);
    Ok(decided.result?)
}

pub(super) async fn identities(State(app): State<Arc<App>>, req: Req) -> Response {
    answer(app, req, async |caller| {
        let ways = caller.app.db.read(Linked(caller.here.user().id)).await?;
        let all = ways.identities.iter().map(|it| {
            json!({
                "id": it.id.to_string(), "provider": it.key.provider, "subject": it.key.subject,
                "shown": it.shown, "linked_at": it.linked_at.rfc3339(), "last_used_at": it.used_at.rfc3339(),
            })
        });
        let body = json!({ "identities": all.collect::<Vec<_>>(), "password": ways.password });
        Ok((StatusCode::OK, body))
    })
    .await
}

pub(super) async fn unlink(State(app): State<Arc<App>>, Path(identity): Path<String>, req: Req) -> Response {
    answer(app, req, async |caller| {
        let identity = parse(&identity)?;
        let ways = caller.app.db.read(Linked(caller.here.user().id)).await?;
        let named = ways.identities.iter().find(|it| it.id == identity).map(|it| it.key.provider.clone());
        let (all, named) = (caller.app.providers.load_full(), named.unwrap_or_default());
        let unit = Unlink {
            env: caller.req.env.clone(),
            by: caller.by,
            identity,
            providers: all.iter().filter(|it| !it.disabled).map(|it| it.name.clone()).collect(),
            label: all.find(&named).map_or_else(|| named.clone(), |it| it.label.clone()),
            asker: caller.asker(),
        };
        let decided = caller.app.db.run(unit).await?;
        caller.app.trace.record(decided.trace);
        decided.result?;
        NOTHING
    })
    .await
}

pub(super) async fn sessions(State(app): State<Arc<App>>, req: Req) -> Response {
    answer(app, req, async |caller| {
        let unit = Sessions { env: caller.req.env.clone(), here: caller.here.clone() };
        let lines = caller.app.db.read(unit).await?;
        let own = caller.here.session().id;
        let all = lines.iter().map(|it| {
            json!({
                "sid": it.id.to_string(), "current": it.id == own, "browser": it.agent, "network": it.network,
                "created_at": it.created_at.rfc3339(), "last_seen_at": it.seen_at.rfc3339(),
                "apps": it.apps.iter().map(ClientId::as_str).collect::<Vec<_>>(),
            })
        });
        Ok((StatusCode::OK, json!({ "sessions": all.collect::<Vec<_>>() })))
    })
    .await
}

/// Every session but the one that the token was given in.
pub(super) async fn end_other_sessions(State(app): State<Arc<App>>, req: Req) -> Response {
    answer(app, req, async |caller| act(&caller, Act::EndOthers).await).await
}

pub(super) async fn end_session(
    State(app): State<Arc<App>>,
    Path(session): Path<String>,
    req: Req,
) -> Response {
    answer(app, req, async |caller| act(&caller, Act::EndSession(parse(&session)?)).await).await
}

pub(super) async fn apps(State(app): State<Arc<App>>, req: Req) -> Response {
    answer(app, req, async |caller| {
        let unit = Apps { env: caller.req.env.clone(), user: caller.here.user().id };
        let lines = caller.app.db.read(unit).await?;
        let all = lines.iter().map(|it| {
            let known = caller.app.directory.client(&it.client);
            json!({
                "client_id": it.client.as_str(), "name": known.map(|it| it.client.name.clone()),
                "scope": it.scope.to_string(), "since": it.since.rfc3339(),
                "last_used_at": it.used.map(countersign_core::Timestamp::rfc3339),
            })
        });
        Ok((StatusCode::OK, json!({ "apps": all.collect::<Vec<_>>() })))
    })
    .await
}

pub(super) async fn remove_app(
    State(app): State<Arc<App>>,
    Path(client): Path<String>,
    req: Req,
) -> Response {
    answer(app, req, async |caller| {
        let client = ClientId::parse(&client).map_err(|_| Failure::NotFound)?;
        act(&caller, Act::RemoveApp(client)).await
    })
    .await
}

async fn act(caller: &Caller, act: Act) -> Answered {
    let unit = OnAccount { env: caller.req.env.clone(), by: caller.by, act };
    let decided = caller.app.db.run(unit).await?;
    caller.app.trace.record(decided.trace);
    decided.result?;
    NOTHING
}

/// `?before=ID` and `?limit=N`, the newest first; each with its sentence in the language that is accepted.
pub(super) async fn activity(State(app): State<Arc<App>>, RawQuery(query): RawQuery, req: Req) -> Response {
    answer(app, req, async |caller| {
        const WRONG: &str = "The query takes before (an id) and limit (1 to 100).";
        let fields = Fields::parse(query.unwrap_or_default().as_bytes()).ok_or(Failure::Wrong(WRONG))?;
        let before: Option<Id<id::OutboxEvent>> = match fields.get("before").map(str::parse) {
            None => None,
            Some(Ok(id)) => Some(id),
            Some(Err(_)) => return Err(Failure::Wrong(WRONG)),
        };
        let limit: u32 = match fields.get("limit").map(str::parse) {
            None => 25,
            Some(Ok(limit @ 1..=100)) => limit,
            Some(Ok(_) | Err(_)) => return Err(Failure::Wrong(WRONG)),
        };
        let unit = Activity { user: caller.here.user().id, before, most: limit };
        let lines = caller.app.db.read(unit).await?;
        let more = u32::try_from(lines.len()).is_ok_and(|it| it >= limit);
        let next = lines.last().filter(|_| more).map(|it| it.id.to_string());
        let locale = caller.req.locale;
        let said = lines.iter().map(|line| {
            let mut line_json = event(line);
            let text = sentence(line.kind, &about(&caller.app, line));
            if let (Value::Object(line_json), Some(text)) = (&mut line_json, text) {
                line_json.insert("text".to_owned(), caller.app.view.say(locale, &text).into());
            }
            line_json
        });
        Ok((StatusCode::OK, json!({ "activity": said.collect::<Vec<_>>(), "before": next })))
    })
    .await
}

pub(super) async fn export(State(app): State<Arc<App>>, req: Req) -> Response {
    answer_as(app, req, async |caller| {
        let decided = export::own(&caller.app.db, &caller.req.env, caller.by).await?;
        caller.app.trace.record(decided.trace);
        Ok(download(&decided.result?))
    })
    .await
}

/// The person types the primary address, as on the page.
pub(super) async fn leave(State(app): State<Arc<App>>, req: Req, body: Bytes) -> Response {
    answer(app, req, async |caller| {
        let all = caller.object(&body, &["confirm"])?;
        let sure = Caller::text(&all, "confirm", "The member confirm must be the person's primary address.")?;
        let (env, asker) = (caller.req.env.clone(), caller.asker());
        let unit = Leave { env, by: caller.by, sure: sure.to_owned(), asker };
        let decided = caller.app.db.run(unit).await?;
        caller.app.trace.record(decided.trace);
        let until = decided.result?;
        Ok((StatusCode::ACCEPTED, json!({ "final_at": until.rfc3339() })))
    })
    .await
}

/// What is no id is nothing of this person.
pub(super) fn parse<T>(text: &str) -> Result<Id<T>, Failure>
where
    Id<T>: std::str::FromStr,
{
    text.parse().map_err(|_| Failure::NotFound)
}
