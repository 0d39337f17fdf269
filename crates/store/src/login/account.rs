//! Consent, and the account page: everything acts for the session behind the cookie.

use countersign_core::account::page::{self, PageRefused, Shown};
use countersign_core::account::profile::{self, ProfileEdit, ProfileRefused};
use countersign_core::limits::CounterKey;
use countersign_core::login::consent::{self, ConsentRefused};
use countersign_core::login::password::Matched;
use countersign_core::login::{Arrival, Asker, Flow};
use countersign_core::oauth::{Client, Scope};
use countersign_core::secret::kind;
use countersign_core::session::SignedIn;
use countersign_core::{ClientId, Digest, Env, Id, Outcome, Timestamp, id};
use std::sync::Arc;

use super::acting::{By, signed_in};
use super::{candidates, counters, sessions};
use crate::{BoxFuture, DbError, Decided, Tx, Unit, params, settle};

/// The answer on the consent page. `None`: nobody is signed in any more.
pub struct AnswerConsent {
    /// Time and chance.
    pub env: Env,
    /// The flow, with what was asked.
    pub flow: Flow,
    /// The session cookie.
    pub cookie: Digest<kind::Session>,
    /// The app.
    pub client: Arc<Client>,
    /// Which button.
    pub allow: bool,
}

impl Unit for AnswerConsent {
    type Out = Option<Decided<Flow, ConsentRefused>>;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let ctx = self.env.ctx();
            let found = sessions::find(tx, &self.cookie).await?;
            let Some(here) = found.and_then(|f| f.live(&ctx).ok()) else { return Ok(None) };
            let earlier = sessions::consent(tx, here.user().id, &self.client.id).await?;
            let outcome =
                consent::resume(&ctx, &self.flow, &here, &self.client, earlier.as_ref(), self.allow);
            Ok(Some(settle(tx, &self.env, outcome).await?))
        })
    }
}

/// What a person does on the account page.
#[derive(Debug, Clone)]
pub enum Act {
    /// End one session.
    EndSession(Id<id::Session>),
    /// End all but this one.
    EndOthers,
    /// Sign out here.
    SignOut,
    /// Sign out everywhere.
    SignOutEverywhere,
    /// Take an app's access away.
    RemoveApp(ClientId),
}

/// Does it.
pub struct OnAccount {
    /// Time and chance.
    pub env: Env,
    /// By what the person acts.
    pub by: By,
    /// What.
    pub act: Act,
}

impl Unit for OnAccount {
    type Out = Decided<(), PageRefused>;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let ctx = self.env.ctx();
            let outcome = match signed_in(tx, &self.env, &self.by).await? {
                None => Outcome::refuse(PageRefused::SignedOut),
                Some(here) => match &self.act {
                    Act::EndSession(id) => {
                        let owner = tx.one(&OWNER, params![*id]).await?.map(|r| r.get(0)).transpose()?;
                        page::end_session(&ctx, &here, *id, owner)
                    }
                    Act::EndOthers => page::end_others(&ctx, &here),
                    Act::SignOut => page::sign_out(&ctx, &here),
                    Act::SignOutEverywhere => page::sign_out_everywhere(&ctx, &here),
                    Act::RemoveApp(client) => {
                        let user = here.user().id;
                        let found = tx.one(&HAS_APP, params![user, client]).await?.is_some();
                        page::remove_app(&ctx, &here, client, found)
                    }
                },
            };
            settle(tx, &self.env, outcome).await
        })
    }
}

/// Changes what a person says of themselves.
pub struct UpdateProfile {
    /// Time and chance.
    pub env: Env,
    /// By what the person acts.
    pub by: By,
    /// What is to change.
    pub edit: ProfileEdit,
}

impl Unit for UpdateProfile {
    type Out = Decided<(), ProfileRefused>;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let ctx = self.env.ctx();
            let outcome = match signed_in(tx, &self.env, &self.by).await? {
                None => Outcome::refuse(ProfileRefused::SignedOut),
                Some(here) => profile::update(&ctx, &here, &self.edit),
            };
            settle(tx, &self.env, outcome).await
        })
    }
}

/// Sets a new password from the account page; both hashes were made outside.
pub struct ChangePassword {
    /// Time and chance.
    pub env: Env,
    /// The session cookie.
    pub cookie: Digest<kind::Session>,
    /// What the hash pool found for the present one.
    pub matched: Option<Matched>,
    /// The new one's PHC string; `None` where it is the present one again.
    pub phc: Option<String>,
    /// Who asks.
    pub asker: Asker,
    /// Whom a failure counts against.
    pub counters: Vec<CounterKey>,
}

impl Unit for ChangePassword {
    type Out = Decided<Arrival, PageRefused>;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let ctx = self.env.ctx();
            let counted = counters::add(tx, &self.counters, self.env.now).await?;
            let found = sessions::find(tx, &self.cookie).await?;
            let outcome = match found.and_then(|f| f.live(&ctx).ok()) {
                None => Outcome::refuse(PageRefused::SignedOut),
                Some(here) => {
                    let shown = shown(tx, &here, self.matched.clone()).await?;
                    page::change_password(&ctx, &here, &shown, self.phc.as_deref(), &self.asker, &counted)
                }
            };
            settle(tx, &self.env, outcome).await
        })
    }
}

/// The same by an app that acts for the person.
pub struct ChangePasswordByApp {
    /// The grant.
    pub family: Id<id::Family>,
    /// Time and chance.
    pub env: Env,
    /// What the hash pool found for the present one.
    pub matched: Option<Matched>,
    /// The new one's PHC string; `None` where it is the present one again.
    pub phc: Option<String>,
    /// Who asks.
    pub asker: Asker,
    /// Whom a failure counts against.
    pub counters: Vec<CounterKey>,
}

impl Unit for ChangePasswordByApp {
    type Out = Decided<(), PageRefused>;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let ctx = self.env.ctx();
            let outcome = match signed_in(tx, &self.env, &By::Grant(self.family)).await? {
                None => Outcome::refuse(PageRefused::SignedOut),
                Some(here) => {
                    let counted = counters::add(tx, &self.counters, self.env.now).await?;
                    let shown = shown(tx, &here, self.matched.clone()).await?;
                    page::change_password_by_app(
                        &ctx,
                        &here,
                        &shown,
                        self.phc.as_deref(),
                        &self.asker,
                        &counted,
                    )
                }
            };
            settle(tx, &self.env, outcome).await
        })
    }
}

/// What stands for the person: the password, if there is one.
async fn shown(tx: &mut Tx<'_>, here: &SignedIn, matched: Option<Matched>) -> Result<Shown, DbError> {
    let stored = candidates::by_user(tx, here.user().id).await?.and_then(|c| c.phc);
    Ok(match stored {
        Some(phc) => Shown::Current(matched, Some(phc)),
        None => Shown::FreshSignIn,
    })
}

/// One session, as its person sees it.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct SessionLine {
    pub id: Id<id::Session>,
    pub agent: String,
    pub network: String,
    pub created_at: Timestamp,
    pub seen_at: Timestamp,
    /// Apps used in it.
    pub apps: Vec<ClientId>,
}

/// One app with access.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct AppLine {
    pub client: ClientId,
    pub scope: Scope,
    pub since: Timestamp,
    pub used: Option<Timestamp>,
}

/// The live sessions of a person.
pub struct Sessions {
    /// Time and policy.
    pub env: Env,
    /// Who, as of this session.
    pub here: SignedIn,
}

impl Unit for Sessions {
    type Out = Vec<SessionLine>;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let user = self.here.user();
            let idle = self.env.now - self.env.policy.lifetimes.session_idle;
            let params = params![user.id, user.epoch, self.env.now, idle];
            let mut lines: Vec<SessionLine> = Vec::new();
            for row in tx.rows(&SESSIONS, params).await? {
                lines.push(SessionLine {
                    id: row.get(0)?,
                    agent: row.get(1)?,
                    network: row.get(2)?,
                    created_at: row.get(3)?,
                    seen_at: row.get(4)?,
                    apps: Vec::new(),
                });
            }
            for row in tx.rows(&SESSION_APPS, params![user.id, self.env.now]).await? {
                let session: Id<id::Session> = row.get(0)?;
                if let Some(line) = lines.iter_mut().find(|l| l.id == session) {
                    line.apps.push(row.get(1)?);
                }
            }
            Ok(lines)
        })
    }
}

/// The apps that a person gave access to: by consent, or (our own apps) by signing in to them.
pub struct Apps {
    /// Time.
    pub env: Env,
    /// Who.
    pub user: Id<id::User>,
}

impl Unit for Apps {
    type Out = Vec<AppLine>;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let scope =
                |text: &str| Scope::parse(text).map_err(|_| DbError::bad_row(1, "a scope", "something else"));
            let mut lines: Vec<AppLine> = Vec::new();
            for row in tx.rows(&CONSENTS, params![self.user]).await? {
                lines.push(AppLine {
                    client: row.get(0)?,
                    scope: scope(row.text(1)?)?,
                    since: row.get(2)?,
                    used: None,
                });
            }
            for row in tx.rows(&GRANTS, params![self.user, self.env.now]).await? {
                let (client, granted): (ClientId, Scope) = (row.get(0)?, scope(row.text(1)?)?);
                let (since, used): (Timestamp, Timestamp) = (row.get(2)?, row.get(3)?);
                match lines.iter_mut().find(|l| l.client == client) {
                    Some(line) => {
                        line.scope = line.scope.union(&granted);
                        line.since = line.since.min(since);
                        line.used = line.used.max(Some(used));
                    }
                    None => lines.push(AppLine { client, scope: granted, since, used: Some(used) }),
                }
            }
            lines.sort_by_key(|line| std::cmp::Reverse(line.used));
            Ok(lines)
        })
    }
}

/// When the password of a person was set; `None`: they have none.
pub struct PasswordSet(pub Id<id::User>);

impl Unit for PasswordSet {
    type Out = Option<(String, Timestamp)>;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let row = tx.one(&PASSWORD_SET, params![self.0]).await?;
            row.map(|r| Ok((r.get(0)?, r.get(1)?))).transpose()
        })
    }
}

crate::queries! {
    OWNER = "SELECT user_id FROM sessions WHERE id = $1";
    HAS_APP = "SELECT 1 FROM users WHERE id = $1 AND (\
               EXISTS (SELECT 1 FROM consents c WHERE c.user_id = users.id AND c.client_id = $2) OR \
               EXISTS (SELECT 1 FROM families f WHERE f.user_id = users.id AND f.client_id = $2 AND f.ended_at IS NULL))";
    SESSIONS = "SELECT id, agent, network, created_at, seen_at FROM sessions WHERE user_id = $1 AND epoch = $2 \
                AND ended_at IS NULL AND expires_at > $3 AND seen_at > $4 ORDER BY seen_at DESC LIMIT 100";
    SESSION_APPS = "SELECT DISTINCT session_id, client_id FROM families WHERE user_id = $1 AND ended_at IS NULL \
                    AND expires_at > $2 ORDER BY session_id, client_id LIMIT 500";
    CONSENTS = "SELECT client_id, scope, given_at FROM consents WHERE user_id = $1 ORDER BY client_id LIMIT 200";
    GRANTS = "SELECT client_id, scope, created_at, used_at FROM families WHERE user_id = $1 AND ended_at IS NULL \
              AND expires_at > $2 ORDER BY used_at DESC LIMIT 500";
    PASSWORD_SET = "SELECT phc, changed_at FROM passwords WHERE user_id = $1";
}
