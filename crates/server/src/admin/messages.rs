//! What was sent to a person, as operators see it.

use std::fmt::Write as _;

use countersign_store::messages::{Message, Messages};
use countersign_web::App;
use serde_json::json;

use super::Reply;
use super::sessions::{named, nobody};
use crate::failure::Failure;

/// Longer lists are for nobody's eyes.
const MOST: u32 = 1_000;

/// The mails and text messages of a person, the newest first.
pub(super) async fn list(app: &App, user: &str) -> Result<Reply, Failure> {
    let unit = Messages { whom: named(user)?, most: MOST, now: app.clock.now() };
    let all = app.db.read(unit).await?.ok_or_else(nobody)?;
    let mut text =
        format!("{:<12} {:<5} {:<18} {:<36} {:<8} by, or why not", "queued", "", "about", "to", "is");
    for it in &all {
        let Message { channel, template, address, standing, .. } = it;
        let detail = it.transport.as_deref().or(it.reason.as_deref()).unwrap_or_default();
        let (at, standing) = (it.queued_at.seconds(), standing.as_str());
        let _ = write!(text, "\n{at:<12} {channel:<5} {template:<18} {address:<36} {standing:<8} {detail}");
    }
    let json = all.iter().map(|it| {
        json!({
            "id": it.id.to_string(), "channel": it.channel, "about": it.template, "to": it.address,
            "client": it.client.as_ref().map(|it| it.as_str()), "state": it.standing.as_str(),
            "attempts": it.attempts, "transport": it.transport, "reason": it.reason,
            "queued_at": it.queued_at.seconds(), "changed_at": it.changed_at.seconds(),
        })
    });
    Ok(Reply { json: json!({ "messages": json.collect::<Vec<_>>() }), text })
}
