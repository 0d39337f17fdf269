//! The session behind a cookie, its person and their address: one question.

use countersign_core::account::EmailRow;
use countersign_core::login::AtApp;
use countersign_core::oauth::Scope;
use countersign_core::organization::OrgHandle;
use countersign_core::secret::kind;
use countersign_core::session::{Authentication, FoundSession, Session, SessionState};
use countersign_core::{ClientId, Digest, Id, Timestamp, id};

use super::candidates::user;
use crate::account::phones;
use crate::{BoxFuture, DbError, Row, Tx, Unit, organization, params};

/// The session of a cookie, live or not.
pub async fn find(tx: &mut Tx<'_>, cookie: &Digest<kind::Session>) -> Result<Option<FoundSession>, DbError> {
    tx.one(&FIND, params![cookie]).await?.as_ref().map(read).transpose()
}

/// The session of this id, live or not.
pub(crate) async fn by_id(
    tx: &mut Tx<'_>,
    session: Id<id::Session>,
) -> Result<Option<FoundSession>, DbError> {
    tx.one(&BY_ID, params![session]).await?.as_ref().map(read).transpose()
}

/// Reads the session of a cookie.
#[derive(Debug, Clone)]
pub struct FindSession(pub Digest<kind::Session>);

impl Unit for FindSession {
    type Out = Option<FoundSession>;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(find(tx, &self.0))
    }
}

/// What a person allowed a client so far.
pub async fn consent(
    tx: &mut Tx<'_>,
    user: Id<id::User>,
    client: &ClientId,
) -> Result<Option<Scope>, DbError> {
    let row = tx.one(&CONSENT, params![user, client]).await?;
    row.map(|row| Scope::parse(row.text(0)?).map_err(|_| DbError::bad_row(0, "a scope", "something else")))
        .transpose()
}

/// What the dispatcher has to know of a person at an app.
#[derive(Debug, Clone)]
pub struct FindAtApp {
    /// Who.
    pub user: Id<id::User>,
    /// To read what they allowed it so far.
    pub consent: Option<ClientId>,
    /// To read whether they are a member.
    pub organization: Option<OrgHandle>,
}

impl Unit for FindAtApp {
    type Out = AtApp;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let consent = match &self.consent {
                Some(client) => consent(tx, self.user, client).await?,
                None => None,
            };
            let member = match &self.organization {
                Some(handle) => organization::has(tx, handle, self.user).await?,
                None => false,
            };
            Ok(AtApp { consent, member })
        })
    }
}

/// Writes down that a session was used; at most every five minutes, off the request path.
#[derive(Debug, Clone)]
pub struct Touch(pub Id<id::Session>, pub Timestamp);

impl Unit for Touch {
    type Out = ();
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<(), DbError>> {
        Box::pin(async move { tx.exec(&TOUCH, params![self.1, self.0]).await.map(drop) })
    }
}

/// A session with its person, the primary address and the primary phone, in the order of [`read`].
macro_rules! found_session {
    ($which:literal) => {
        concat!(
            "SELECT s.id, s.epoch, s.auth_time, s.factors, s.created_at, s.seen_at, s.expires_at, s.ended_at, \
             s.agent, s.network, \
             u.id, u.subject, u.epoch, u.admin, u.claims, u.disabled_at, u.created_at, u.updated_at, u.erase_at, \
             e.id, e.address, e.key, e.verified_at, \
             (SELECT p.number FROM phones p WHERE p.user_id = u.id AND p.is_primary = 1) \
             FROM sessions s JOIN users u ON u.id = s.user_id \
             LEFT JOIN emails e ON e.user_id = u.id AND e.is_primary = 1 WHERE ",
            $which,
            " AND u.deleted_at IS NULL"
        )
    };
}

crate::queries! {
    FIND = found_session!("s.cookie = $1");
    BY_ID = found_session!("s.id = $1");
    CONSENT = "SELECT scope FROM consents WHERE user_id = $1 AND client_id = $2";
    TOUCH = "UPDATE sessions SET seen_at = $1 WHERE id = $2 AND seen_at < $1 AND ended_at IS NULL";
}

fn read(row: &Row) -> Result<FoundSession, DbError> {
    let user = user(row, 10)?;
    let ended: Option<Timestamp> = row.get(7)?;
    let factors = serde_json::from_str(row.text(3)?)
        .map_err(|_| DbError::bad_row(3, "a list of factors", "something else"))?;
    let session = Session {
        id: row.get(0)?,
        user: user.id,
        epoch: row.i64(1)?,
        authentication: Authentication { auth_time: row.get(2)?, factors },
        created_at: row.get(4)?,
        seen_at: row.get(5)?,
        expires_at: row.get(6)?,
        state: ended.map_or(SessionState::Live, SessionState::Ended),
        agent: row.get(8)?,
        network: row.get(9)?,
    };
    let email = match row.get::<Option<Id<id::Email>>>(19)? {
        Some(id) => Some(EmailRow {
            id,
            user: user.id,
            address: row.get(20)?,
            key: row.get(21)?,
            verified_at: row.get(22)?,
            primary: true,
        }),
        None => None,
    };
    Ok(FoundSession { session, user, email, phone: phones::number(row, 23)? })
}
