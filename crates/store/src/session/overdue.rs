//! Sessions that are over by themselves: nobody asks for them any more, so somebody has to look.

use countersign_core::session::live::expire;
use countersign_core::{Env, Id, Timestamp, id};

use crate::apply::settle;
use crate::{BoxFuture, DbError, Tx, Unit, params};

/// Ends up to so many sessions that are idle for too long or past their absolute end, and says how many.
pub struct EndOverdue {
    /// Time and policy.
    pub env: Env,
    /// Few enough that no request waits for it noticeably.
    pub most: u32,
}

/// Are there any? A read, so that an idle server writes nothing.
pub struct AnyOverdue {
    /// Time and policy.
    pub env: Env,
}

impl Unit for AnyOverdue {
    type Out = bool;

    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<bool, DbError>> {
        Box::pin(async move { Ok(!overdue(tx, &self.env, 1).await?.is_empty()) })
    }
}

impl Unit for EndOverdue {
    type Out = usize;

    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<usize, DbError>> {
        Box::pin(async move {
            let mut over = Vec::new();
            for (session, user) in overdue(tx, &self.env, self.most).await? {
                // On PostgreSQL the person may come back meanwhile: the row is held before the decision.
                let idle = idle_since(&self.env);
                if tx.one(&HOLD, params![self.env.now, idle, session]).await?.is_some() {
                    over.push((session, user));
                }
            }
            settle(tx, &self.env, expire(&self.env.ctx(), &over)).await?;
            Ok(over.len())
        })
    }
}

fn idle_since(env: &Env) -> Timestamp {
    env.now - env.policy.lifetimes.session_idle
}

async fn overdue(
    tx: &mut Tx<'_>,
    env: &Env,
    most: u32,
) -> Result<Vec<(Id<id::Session>, Id<id::User>)>, DbError> {
    let mut rows = tx.rows(&IDLE, params![idle_since(env), most]).await?;
    if rows.is_empty() {
        rows = tx.rows(&OVER, params![env.now, most]).await?;
    }
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

crate::queries! {
    IDLE = "SELECT id, user_id FROM sessions WHERE ended_at IS NULL AND seen_at <= $1 ORDER BY seen_at LIMIT $2";
    OVER = "SELECT id, user_id FROM sessions WHERE ended_at IS NULL AND expires_at <= $1 ORDER BY expires_at LIMIT $2";
    HOLD = "UPDATE sessions SET seen_at = seen_at WHERE (expires_at <= $1 OR seen_at <= $2) AND id = $3 \
            AND ended_at IS NULL RETURNING id";
}
