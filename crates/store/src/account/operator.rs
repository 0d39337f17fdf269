//! What operators look up and order: people by id or address, and their sessions.

use countersign_core::account::operator::{Account, Order, OrderRefused, obey};
use countersign_core::account::{EmailAddress, UserState};
use countersign_core::{ClientId, Env, Id, Timestamp, id};

use crate::apply::{Decided, settle};
use crate::{BoxFuture, DbError, Row, Tx, Unit, params};

/// Whom an operator means.
#[derive(Debug, Clone)]
pub enum Whom {
    /// The person.
    User(Id<id::User>),
    /// Whoever proved this address; if nobody did, the only one who has it.
    Address(EmailAddress),
    /// The person of a session.
    Session(Id<id::Session>),
}

/// Carries out an order, and says for whom.
pub struct Obey {
    /// Time and chance.
    pub env: Env,
    /// For whom.
    pub whom: Whom,
    /// What.
    pub order: Order,
}

impl Unit for Obey {
    type Out = Decided<Id<id::User>, OrderRefused>;

    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let found = find(tx, &self.whom).await?;
            let user = found.map(|it| it.user);
            let outcome = obey(&self.env.ctx(), self.order, found);
            // A refusal has no account to name.
            let named = outcome.map(|()| user.unwrap_or(Id::from_bytes([0; 16])));
            settle(tx, &self.env, named).await
        })
    }
}

/// One session, as an operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)] // as their columns
pub struct OpenSession {
    pub id: Id<id::Session>,
    pub user: Id<id::User>,
    pub agent: String,
    pub network: String,
    pub created_at: Timestamp,
    pub seen_at: Timestamp,
    /// Apps that hold a living grant of it.
    pub apps: Vec<ClientId>,
}

/// The sessions that are live now, the last used first: of one person, or of all.
pub struct OpenSessions {
    /// Time and policy.
    pub env: Env,
    /// Whose; `None`: everybody's.
    pub whom: Option<Whom>,
    /// At most so many.
    pub most: u32,
}

impl Unit for OpenSessions {
    /// `None`: there is no such person.
    type Out = Option<Vec<OpenSession>>;

    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let user = match &self.whom {
                None => None,
                Some(whom) => match find(tx, whom).await? {
                    Some(account) => Some(account.user),
                    None => return Ok(None),
                },
            };
            let idle = self.env.now - self.env.policy.lifetimes.session_idle;
            // No person has the empty id: it stands for all.
            let whose = user.map(|user| user.to_string()).unwrap_or_default();
            let rows = tx.rows(&OPEN, params![self.env.now, idle, whose, self.most]).await?;
            let mut open = Vec::with_capacity(rows.len());
            for row in &rows {
                let id: Id<id::Session> = row.get(0)?;
                let apps = tx.rows(&APPS, params![id, self.env.now]).await?;
                open.push(OpenSession {
                    id,
                    user: row.get(1)?,
                    agent: row.get(2)?,
                    network: row.get(3)?,
                    created_at: row.get(4)?,
                    seen_at: row.get(5)?,
                    apps: apps.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?,
                });
            }
            Ok(Some(open))
        })
    }
}

/// The account that is meant.
pub(crate) async fn find(tx: &mut Tx<'_>, whom: &Whom) -> Result<Option<Account>, DbError> {
    let rows = match whom {
        Whom::User(user) => tx.rows(&BY_ID, params![*user]).await?,
        Whom::Session(session) => tx.rows(&BY_SESSION, params![*session]).await?,
        Whom::Address(address) => tx.rows(&BY_ADDRESS, params![address.key()]).await?,
    };
    match rows.as_slice() {
        [one] => account(one).map(Some),
        // The first has proved the address; of several who have not, none is meant more than another.
        [first, ..] if first.get::<Option<Timestamp>>(4)?.is_some() => account(first).map(Some),
        [] | [_, ..] => Ok(None),
    }
}

fn account(row: &Row) -> Result<Account, DbError> {
    let (disabled, deleted): (Option<Timestamp>, Option<Timestamp>) = (row.get(1)?, row.get(2)?);
    let state = match (deleted, row.get(3)?, disabled) {
        (Some(at), ..) => UserState::Deleted(at),
        (None, Some(erase_at), _) => UserState::Leaving(erase_at),
        (None, None, Some(at)) => UserState::Disabled(at),
        (None, None, None) => UserState::Active,
    };
    Ok(Account { user: row.get(0)?, state })
}

crate::queries! {
    BY_ID = "SELECT id, disabled_at, deleted_at, erase_at FROM users WHERE id = $1";
    BY_SESSION = "SELECT u.id, u.disabled_at, u.deleted_at, u.erase_at FROM sessions s JOIN users u ON u.id = s.user_id \
                  WHERE s.id = $1 AND s.ended_at IS NULL";
    BY_ADDRESS = "SELECT u.id, u.disabled_at, u.deleted_at, u.erase_at, e.verified_at FROM emails e JOIN users u ON u.id = e.user_id \
                  WHERE e.key = $1 AND u.deleted_at IS NULL ORDER BY (e.verified_at IS NULL), e.id LIMIT 2";
    OPEN = "SELECT s.id, s.user_id, s.agent, s.network, s.created_at, s.seen_at FROM sessions s \
            JOIN users u ON u.id = s.user_id WHERE s.ended_at IS NULL AND s.expires_at > $1 AND s.seen_at > $2 \
            AND s.epoch = u.epoch AND u.disabled_at IS NULL AND u.deleted_at IS NULL AND (s.user_id = $3 OR $3 = '') \
            ORDER BY s.seen_at DESC LIMIT $4";
    APPS = "SELECT DISTINCT client_id FROM families WHERE session_id = $1 AND ended_at IS NULL AND expires_at > $2 \
            ORDER BY client_id";
}
