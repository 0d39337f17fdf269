//! OpenID Connect Back-Channel Logout 1.0: an app hears from us that a session has ended, or its own part in it.

use crate::time::days;
use crate::{ClientId, Ctx, Event, EventKind, Id, Party, Subject, Timestamp, TraceStep, id, time};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// One app that is to hear of the end of one session, or that it was put out of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutNotice {
    /// Who hears.
    pub client: ClientId,
    /// Which session.
    pub session: Id<id::Session>,
    /// Whose it was.
    pub user: Id<id::User>,
    /// As the app knows them.
    pub subject: Subject,
    /// The flow in which the app got its last grant of the session, for the trace.
    pub flow: Id<id::Flow>,
}

/// An app that hears nothing for a day has ended its own session, or never will.
pub const GIVEN_UP: Duration = days(1);

impl LogoutNotice {
    /// As it stands in the outbox.
    pub fn event(&self, at: Timestamp) -> Event {
        Event::new(EventKind::LogoutRequested, at)
            .user(self.user)
            .client(&self.client)
            .session(self.session)
            .flow(self.flow)
            .data("sub", self.subject.as_str())
    }

    /// As the worker reads it; `None` for any other event.
    pub fn of_event(event: &Event) -> Option<Self> {
        if event.kind != EventKind::LogoutRequested {
            return None;
        }
        Some(Self {
            client: event.client.clone()?,
            session: event.session?,
            user: event.user?,
            subject: Subject::parse(event.data.get("sub")?.as_str()?).ok()?,
            flow: event.flow?,
        })
    }

    /// What is signed. `jti` is another one in each attempt: an app that broke down over the first one takes the second.
    pub fn token(&self, delivery: &str, attempt: i64, ctx: &Ctx<'_>) -> LogoutToken {
        LogoutToken {
            iss: ctx.policy.issuer.clone(),
            sub: self.subject.clone(),
            aud: self.client.clone(),
            iat: ctx.now.seconds(),
            exp: (ctx.now + LIFE).seconds(),
            jti: format!("{delivery}.{attempt}"),
            sid: self.session,
            events: BTreeMap::from([(EVENT, Nothing {})]),
        }
    }

    /// The line in the flow: what the app said.
    pub fn step(&self, heard: &Heard, at: Timestamp) -> TraceStep {
        let step =
            TraceStep::new(self.flow, at, Party::Countersign, Party::App, "POST backchannel_logout_uri")
                .client(&self.client)
                .user(self.user);
        match heard {
            Heard::Done => step.detail("the app has ended its own session"),
            Heard::Refused => step.refused("backchannel_logout", "the app refused the logout token (400)"),
            Heard::Again(why) => step.refused("backchannel_logout", format!("it will be tried again: {why}")),
        }
    }
}

/// Back-Channel Logout 2.4: the claims. Never a `nonce`, so that no logout token passes for an ID token.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs)] // named by the standard
pub struct LogoutToken {
    pub iss: String,
    pub sub: Subject,
    pub aud: ClientId,
    pub iat: i64,
    pub exp: i64,
    pub jti: String,
    pub sid: Id<id::Session>,
    pub events: BTreeMap<&'static str, Nothing>,
}

/// An empty object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Nothing {}

impl LogoutToken {
    /// The payload.
    pub fn to_json(&self) -> Vec<u8> {
        // A struct of texts and numbers has no way to fail.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// Back-Channel Logout 2.4: the one member of `events`.
pub const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// Back-Channel Logout 2.4: the `typ` of the header.
pub const TYP: &str = "logout+jwt";
/// Back-Channel Logout 2.4: short.
const LIFE: Duration = time::minutes(2);

/// What became of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// Back-Channel Logout 2.8: 200, or 204 as some frameworks say it.
    Done,
    /// Back-Channel Logout 2.8: 400, the app has read it and will not. Another try would end the same way.
    Refused,
    /// Anything else, for a reason that names no address.
    Again(String),
}

impl Heard {
    /// What a status means.
    pub fn of_status(status: u16) -> Self {
        match status {
            200..=299 => Self::Done,
            400 => Self::Refused,
            other => Self::Again(format!("it answered {other}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctx::fixed::Fixed;

    fn notice(ctx: &Ctx<'_>) -> LogoutNotice {
        LogoutNotice {
            client: ClientId::parse("planner").unwrap(),
            session: Id::new(ctx),
            user: Id::new(ctx),
            subject: Subject::parse("u_anna").unwrap(),
            flow: Id::new(ctx),
        }
    }

    /// Back-Channel Logout 2.4 and 2.6.
    #[test]
    fn the_token_says_what_the_standard_wants_and_no_more() {
        let fixed = Fixed::new();
        let ctx = fixed.ctx();
        let notice = notice(&ctx);
        let token: serde_json::Value =
            serde_json::from_slice(&notice.token("evt", 1, &ctx).to_json()).unwrap();
        let mut names: Vec<_> = token.as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["aud", "events", "exp", "iat", "iss", "jti", "sid", "sub"], "no nonce");
        assert_eq!(token["events"], serde_json::json!({ EVENT: {} }));
        assert_eq!((&token["aud"], &token["sub"]), (&"planner".into(), &"u_anna".into()));
        assert_eq!(token["sid"], notice.session.to_string());
        assert_eq!(token["exp"].as_i64().unwrap() - token["iat"].as_i64().unwrap(), 120);
        assert_ne!(notice.token("evt", 2, &ctx).jti, token["jti"], "each attempt has its own");
    }

    #[test]
    fn a_notice_survives_the_outbox_and_nothing_else_is_one() {
        let fixed = Fixed::new();
        let ctx = fixed.ctx();
        let notice = notice(&ctx);
        assert_eq!(LogoutNotice::of_event(&notice.event(ctx.now)), Some(notice.clone()));
        let other = Event { kind: EventKind::SessionEnded, ..notice.event(ctx.now) };
        assert_eq!(LogoutNotice::of_event(&other), None);
    }

    #[test]
    fn only_an_app_that_has_read_the_token_is_not_asked_again() {
        for (status, again) in [
            (200, false),
            (204, false),
            (400, false),
            (302, true),
            (401, true),
            (404, true),
            (429, true),
            (500, true),
            (504, true),
        ] {
            assert_eq!(matches!(Heard::of_status(status), Heard::Again(_)), again, "{status}");
        }
        assert_eq!(Heard::of_status(400), Heard::Refused);
    }
}
