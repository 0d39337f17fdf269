//! Which apps hear that a session has ended.

use countersign_core::oauth::Client;
use countersign_core::oauth::backchannel_logout::LogoutNotice;
use countersign_core::{ClientId, Event, Id, Timestamp, id};

use crate::{DbError, Row, Tx, params};

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
            events.extend(notice(&row, *session)?.map(|it| it.event(at)));
        }
    }
    Ok(events)
}

/// One event for each app that was put out of a session which goes on without it: its last grant there was taken away, and
/// not by itself. OpenID Connect Back-Channel Logout 2: the token ends the session that the app has for this `sid`.
pub(crate) async fn parted(
    tx: &mut Tx<'_>,
    parted: &[(Id<id::Session>, ClientId)],
    at: Timestamp,
) -> Result<Vec<Event>, DbError> {
    let mut events = Vec::new();
    for (session, client) in parted {
        let found = tx.one(&PARTED, params![*session, client]).await?;
        let notice = found.map(|row| notice(&row, *session)).transpose()?.flatten();
        events.extend(notice.map(|it| it.event(at)));
    }
    Ok(events)
}

/// `None`: the app does not want to hear, or is switched off.
fn notice(row: &Row, session: Id<id::Session>) -> Result<Option<LogoutNotice>, DbError> {
    let client: Client =
        serde_json::from_str(row.text(4)?).map_err(|e| DbError::BadRow(format!("metadata: {e}")))?;
    if client.backchannel_logout_uri.is_none() || client.disabled {
        return Ok(None);
    }
    let (client, flow) = (row.get(0)?, row.get(1)?);
    Ok(Some(LogoutNotice { client, session, flow, user: row.get(2)?, subject: row.get(3)? }))
}

crate::queries! {
    // Grants that have ended count too: whoever gave its tokens back may still hold a session of its own. Not those after
    // whose end the app was told.
    SIGNED_IN_TO = "SELECT f.client_id, MAX(f.flow_id), u.id, u.subject, c.metadata FROM families f \
                    JOIN users u ON u.id = f.user_id JOIN clients c ON c.id = f.client_id \
                    WHERE f.session_id = $1 AND c.deleted_at IS NULL AND (f.end_reason IS NULL \
                    OR f.end_reason NOT IN ('consent_withdrawn', 'refresh_reused', 'code_reused', 'membership_lost')) \
                    GROUP BY f.client_id, u.id, u.subject, c.metadata ORDER BY f.client_id";
    PARTED = "SELECT f.client_id, MAX(f.flow_id), u.id, u.subject, c.metadata FROM families f \
              JOIN sessions s ON s.id = f.session_id \
              JOIN users u ON u.id = f.user_id JOIN clients c ON c.id = f.client_id \
              WHERE f.session_id = $1 AND f.client_id = $2 AND c.deleted_at IS NULL AND s.ended_at IS NULL \
              AND NOT EXISTS (SELECT 1 FROM families o WHERE o.session_id = f.session_id \
                              AND o.client_id = f.client_id AND o.ended_at IS NULL) \
              GROUP BY f.client_id, u.id, u.subject, c.metadata";
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_core::session::EndReason;

    /// Whoever was told of being put out is not told again: the statement names the same reasons as the rule.
    #[test]
    fn the_reasons_in_the_statement_are_those_of_the_rule() {
        let (_, list) = SIGNED_IN_TO.text().split_once("NOT IN (").unwrap();
        let (list, _) = list.split_once(')').unwrap();
        let mut named: Vec<_> = list.split(", ").map(|it| it.trim_matches('\'')).collect();
        let mut ruled: Vec<_> =
            EndReason::ALL.iter().filter(|it| it.puts_out()).map(|it| it.as_str()).collect();
        named.sort_unstable();
        ruled.sort_unstable();
        assert_eq!(named, ruled);
    }
}
