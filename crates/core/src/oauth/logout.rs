//! OpenID Connect RP-Initiated Logout 1.0: who may end a session without being asked, and where it may lead.

use super::answer::with_query;
use super::authorize::MAX_STATE;
use super::{Client, IdTokenHint, Params};
use crate::session::{EndReason, SignedIn};
use crate::{Ctx, Event, EventKind, Id, Outcome, Party, TraceStep, Write, id};
use serde::{Deserialize, Serialize};

/// RP-Initiated Logout 2: what the app says, with its hint verified or not.
#[derive(Debug, Clone)]
pub struct LogoutRequest {
    hint: Hint,
    client_named: bool,
    then: Option<Then>,
}

/// What is known of the person who is to be signed out.
#[derive(Debug, Clone)]
enum Hint {
    /// None was sent.
    Absent,
    /// One was sent that is not ours, was changed, or belongs to another client than the one named.
    Bad,
    /// An ID token of ours; expired ones count.
    Good(IdTokenHint),
}

/// Where the browser goes when the person is signed out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    /// Our own page.
    SignedOut,
    /// A registered address of the app, with the app's `state`.
    App(String),
}

/// What happens next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Logout {
    /// The app has shown that it means the one who is signed in here.
    End(Id<id::Session>, Then),
    /// The person is asked first: anybody could have sent the browser here.
    Confirm(Id<id::Session>, Then),
    /// Nobody is signed in here.
    Over(Then),
}

/// What is wrong with a request that signs nobody out unasked, for the operator: the person is asked, or sees our
/// own page, and nobody else is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// RP-Initiated Logout 2: the hint.
    #[error("id_token_hint is no ID token of this server for this client")]
    BadHint,
    /// RP-Initiated Logout 2: the hint names another person than the one signed in.
    #[error("id_token_hint names somebody else than the person who is signed in here")]
    OtherPerson,
    /// compared byte for byte.
    #[error("post_logout_redirect_uri is not registered for the client, or no client is named")]
    AddressNotRegistered,
}

impl Doubt {
    /// The stable name of the check.
    pub const fn check(self) -> &'static str {
        match self {
            Self::BadHint => "logout_hint",
            Self::OtherPerson => "logout_person",
            Self::AddressNotRegistered => "post_logout_redirect_uri",
        }
    }
}

/// The client that a sign-out is about: the hint's, or the one named. The caller looks it up.
pub fn client_of(params: &Params<'_>, hint: Option<&IdTokenHint>) -> Option<crate::ClientId> {
    let named = params.one("client_id").and_then(|id| crate::ClientId::parse(id).ok());
    named.or_else(|| hint.and_then(IdTokenHint::client))
}

impl LogoutRequest {
    /// `hint` is the verified `id_token_hint`, `client` the one of [`client_of`], as registered now.
    pub fn new(params: &Params<'_>, hint: Option<IdTokenHint>, client: Option<&Client>) -> Self {
        let client = client.filter(|it| !it.disabled);
        let hint = match (params.one("id_token_hint"), hint) {
            (None, _) => Hint::Absent,
            // RP-Initiated Logout 2: a client_id beside the hint must be the one it was issued to.
            (Some(_), Some(hint)) if client.is_some_and(|client| hint.is_for(&client.id)) => Hint::Good(hint),
            (Some(_), Some(_) | None) => Hint::Bad,
        };
        Self { hint, client_named: params.one("client_id").is_some(), then: then(params, client) }
    }

    /// What is wrong with it, if anything.
    pub fn doubt(&self, here: Option<&SignedIn>) -> Option<Doubt> {
        match (&self.hint, here) {
            (Hint::Bad, _) => Some(Doubt::BadHint),
            (Hint::Good(hint), Some(here)) if !means(hint, here) => Some(Doubt::OtherPerson),
            (Hint::Good(_) | Hint::Absent, _) => self.then.is_none().then_some(Doubt::AddressNotRegistered),
        }
    }

    /// The session that a good hint names.
    pub fn hinted_session(&self) -> Option<Id<id::Session>> {
        match &self.hint {
            Hint::Good(hint) => hint.session(),
            Hint::Bad | Hint::Absent => None,
        }
    }

    /// Is the person asked, and where does it lead? An address is followed if the hint proves the app, or if
    /// the person confirms for the app that was named.
    pub fn decide(self, here: Option<&SignedIn>) -> Logout {
        let Some(here) = here else {
            return Logout::Over(match self.hint {
                Hint::Good(_) => self.then.unwrap_or(Then::SignedOut),
                Hint::Bad | Hint::Absent => Then::SignedOut,
            });
        };
        let session = here.session().id;
        match (self.hint, self.then) {
            (Hint::Good(hint), Some(then)) if means(&hint, here) => Logout::End(session, then),
            (Hint::Absent, Some(then)) if self.client_named => Logout::Confirm(session, then),
            // A bad hint, an address that is not registered, or somebody else is signed in here now.
            (Hint::Good(_) | Hint::Bad | Hint::Absent, _) => Logout::Confirm(session, Then::SignedOut),
        }
    }
}

/// Does the hint speak of the one who is signed in here?
fn means(hint: &IdTokenHint, here: &SignedIn) -> bool {
    hint.session() == Some(here.session().id) || *hint.subject() == here.user().subject
}

/// byte for byte one of the registered ones, or our own page. `None`: an address that is not registered.
fn then(params: &Params<'_>, client: Option<&Client>) -> Option<Then> {
    let Some(uri) = params.one("post_logout_redirect_uri") else { return Some(Then::SignedOut) };
    if !client?.post_logout_redirect_uris.iter().any(|known| known == uri) {
        return None;
    }
    let state = params.one("state").filter(|state| state.len() <= MAX_STATE);
    Some(Then::App(with_query(uri, state.map(|state| ("state", state)).into_iter())))
}

/// What the confirmation page carries, sealed: for this session only, and where it leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// Which session the person was asked about.
    pub session: Id<id::Session>,
    /// Where it leads.
    pub then: Then,
    /// The flow that the sign-out belongs to.
    pub flow: Id<id::Flow>,
}

const PURPOSE: &str = "logout";

impl Ticket {
    /// For the page.
    pub fn seal(&self, ctx: &Ctx<'_>) -> String {
        // Serializes always: text and an id.
        let plain = serde_json::to_vec(self).unwrap_or_default();
        crate::secret::base64url(&ctx.vault.seal(PURPOSE, b"", &plain))
    }
    /// What came back, if it is ours and `here` is the session that the page was shown to.
    pub fn open(text: &str, here: &SignedIn, ctx: &Ctx<'_>) -> Option<Self> {
        let sealed = crate::secret::from_base64url(text)?;
        let plain = ctx.vault.open(PURPOSE, b"", &sealed)?;
        let ticket: Self = serde_json::from_slice(&plain).ok()?;
        (ticket.session == here.session().id).then_some(ticket)
    }
}

/// DESIGN 5: the session ends with its grants; those with `offline_access` survive. `flow` is the one that it
/// belongs to.
pub fn end(here: &SignedIn, flow: Id<id::Flow>, ctx: &Ctx<'_>) -> Outcome<(), std::convert::Infallible> {
    let (session, user) = (here.session().id, here.user().id);
    let reason = EndReason::SignedOut;
    let step = TraceStep::new(flow, ctx.now, Party::Countersign, Party::Store, "session ended")
        .detail("its codes and grants end; grants with offline_access stay")
        .user(user);
    Outcome::reply(())
        .write(Write::EndSession(session, reason, ctx.now))
        .write(Write::EndFamiliesOfSession { session, offline: false, reason, at: ctx.now })
        .event(
            Event::new(EventKind::SessionEnded, ctx.now)
                .user(user)
                .session(session)
                .data("reason", reason.as_str()),
        )
        .trace(step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Subject;
    use crate::ctx::fixed::Fixed;
    use crate::oauth::authorize::tests::spa;
    use crate::session::live::tests::found;
    use serde_json::json;

    const BACK: &str = "https://app.example/bye";

    fn client() -> Client {
        Client { post_logout_redirect_uris: vec![BACK.to_owned()], ..spa() }
    }
    fn hint(subject: &Subject, aud: &str) -> IdTokenHint {
        let claims = json!({"iss": "https://id.example", "aud": aud, "sub": subject});
        IdTokenHint::from_verified(claims.as_object().unwrap(), "https://id.example").unwrap()
    }
    fn decide(query: &str, hint: Option<IdTokenHint>, here: Option<&SignedIn>) -> Logout {
        let params = Params::parse(query.as_bytes()).unwrap();
        let client = client();
        let named = client_of(&params, hint.as_ref());
        let client = named.filter(|id| *id == client.id).map(|_| &client);
        LogoutRequest::new(&params, hint, client).decide(here)
    }
    fn app(query: &str) -> Then {
        Then::App(format!("{BACK}{query}"))
    }

    /// and the modules of the RP-initiated logout plan.
    #[test]
    fn a_session_ends_unasked_only_for_a_good_hint() {
        let fixed = Fixed::new();
        let here = found(&fixed.ctx()).live(&fixed.ctx()).unwrap();
        let (me, session) = (here.user().subject.clone(), here.session().id);
        let other = Subject::parse("u_other").unwrap();
        let mine = || Some(hint(&me, "planner"));
        let back = format!("id_token_hint=t&post_logout_redirect_uri={BACK}");
        let ask = Logout::Confirm(session, Then::SignedOut);
        let rows = [
            // oidcc-rp-initiated-logout, -no-state
            (format!("{back}&state=x%26y"), mine(), Logout::End(session, app("?state=x%26y"))),
            (back.clone(), mine(), Logout::End(session, app(""))),
            // -bad-post-logout-redirect-uri, -query-added
            (format!("{back}/evil"), mine(), ask.clone()),
            (format!("{back}?foo=bar"), mine(), ask.clone()),
            ("id_token_hint=t".to_owned(), mine(), Logout::End(session, Then::SignedOut)),
            // -modified-id-token-hint, -bad-id-token-hint
            (back.clone(), None, ask.clone()),
            (format!("{back}&client_id=planner"), None, ask.clone()),
            // -no-id-token-hint, -no-params, -only-state
            (format!("post_logout_redirect_uri={BACK}"), None, ask.clone()),
            (String::new(), None, ask.clone()),
            ("state=x".to_owned(), None, ask.clone()),
            // A named app, once the person says yes.
            (
                format!("client_id=planner&post_logout_redirect_uri={BACK}"),
                None,
                Logout::Confirm(session, app("")),
            ),
            // Somebody else's hint, another client's hint, a hint beside another client_id.
            (back.clone(), Some(hint(&other, "planner")), ask.clone()),
            (back.clone(), Some(hint(&me, "stranger")), ask.clone()),
            (format!("{back}&client_id=stranger"), mine(), ask.clone()),
        ];
        for (query, hint, expected) in rows {
            assert_eq!(decide(&query, hint, Some(&here)), expected, "{query}");
        }
    }

    #[test]
    fn with_nobody_signed_in_only_a_good_hint_leads_back() {
        let me = Subject::parse("u_me").unwrap();
        let query = format!("id_token_hint=t&post_logout_redirect_uri={BACK}");
        assert_eq!(decide(&query, Some(hint(&me, "planner")), None), Logout::Over(app("")));
        assert_eq!(decide(&query, None, None), Logout::Over(Then::SignedOut));
        let named = format!("client_id=planner&post_logout_redirect_uri={BACK}");
        assert_eq!(decide(&named, None, None), Logout::Over(Then::SignedOut));
    }

    #[test]
    fn a_ticket_counts_for_its_own_session() {
        let fixed = Fixed::new();
        let ctx = fixed.ctx();
        let here = found(&ctx).live(&ctx).unwrap();
        let other = found(&ctx).live(&ctx).unwrap();
        let ticket = Ticket { session: here.session().id, then: app(""), flow: Id::new(&ctx) };
        let sealed = ticket.seal(&ctx);
        assert_eq!(Ticket::open(&sealed, &here, &ctx), Some(ticket));
        assert_eq!(Ticket::open(&sealed, &other, &ctx), None);
        assert_eq!(Ticket::open("nonsense", &here, &ctx), None);
    }

    #[test]
    fn offline_grants_survive_a_sign_out() {
        let fixed = Fixed::new();
        let ctx = fixed.ctx();
        let here = found(&ctx).live(&ctx).unwrap();
        let outcome = end(&here, Id::new(&ctx), &ctx);
        assert!(matches!(
            outcome.writes.as_slice(),
            [Write::EndSession(..), Write::EndFamiliesOfSession { offline: false, .. }]
        ));
        assert_eq!(outcome.events.len(), 1);
    }
}
