//! Which apps hear that a session has ended.

use countersign_core::oauth::Client;
use countersign_core::oauth::backchannel_logout::LogoutNotice;
use countersign_core::{Event, Id, Timestamp, id};

use crate::{DbError, Tx, params};

/// One event for each app that was signed in to in one of these sessions and wants to hear. In the commit of the end
/// itself, so that no end goes untold.
pub(crate) async fn of(
    tx: &mut Tx<'_>,
    ended: &[Id<id::Session>],
    at: Timestamp,
) -> Result<Vec<Event>, DbError> {
    let mut events = Vec::new();
    for session in ended {
        for row in tx.rows(&SIGNED_IN_TO, params![*session]).await? {
            let client: Client =
                serde_json::from_str(row.text(4)?).map_err(|e| DbError::BadRow(format!("metadata: {e}")))?;
            if client.backchannel_logout_uri.is_none() || client.disabled {
                continue;
            }
            let notice = LogoutNotice {
                client: row.get(0)?,
                session: *session,
                flow: row.get(1)?,
                user: row.get(2)?,
                subject: row.get(3)?,
            };
            events.push(notice.event(at));
        }
    }
    Ok(events)
}

crate::queries! {
    // Grants that have ended count too: whoever gave its tokens back may still hold a session of its own.
    SIGNED_IN_TO = "SELECT f.client_id, MAX(f.flow_id), u.id, u.subject, c.metadata FROM families f \
                    JOIN users u ON u.id = f.user_id JOIN clients c ON c.id = f.client_id \
                    WHERE f.session_id = $1 AND c.deleted_at IS NULL \
                    GROUP BY f.client_id, u.id, u.subject, c.metadata ORDER BY f.client_id";
}
