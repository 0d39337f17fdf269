//! What was sent to a person, as operators see it.

use countersign_store::messages::{Message, Messages};
use countersign_web::App;
use serde_json::json;

use super::Reply;
use super::sessions::{named, nobody};
use super::table::{Table, moment};
use crate::failure::Failure;

/// Longer lists are for nobody's eyes.
const MOST: u32 = 1_000;

/// The mails and text messages of a person, the newest first.
pub(super) async fn list(app: &App, user: &str) -> Result<Reply, Failure> {
    let unit = Messages { whom: named(user)?, most: MOST, now: app.clock.now() };
    let all = app.db.read(unit).await?.ok_or_else(nobody)?;
    let mut table = Table::new(["queued", "channel", "about", "to", "is", "sent by, or why not"]);
    for it in &all {
        let Message { channel, template, address, standing, .. } = it;
        let detail = it.transport.as_deref().or(it.reason.as_deref()).unwrap_or_default();
        let [channel, template, address, standing, detail] =
            [channel, template, address, standing.as_str(), detail].map(str::to_owned);
        table.row([moment(it.queued_at), channel, template, address, standing, detail]);
    }
    let json = all.iter().map(|it| {
        json!({
            "id": it.id.to_string(), "channel": it.channel, "about": it.template, "to": it.address,
            "client": it.client.as_ref().map(|it| it.as_str()), "state": it.standing.as_str(),
            "attempts": it.attempts, "transport": it.transport, "reason": it.reason,
            "queued_at": it.queued_at.seconds(), "changed_at": it.changed_at.seconds(),
        })
    });
    Ok(Reply { json: json!({ "messages": json.collect::<Vec<_>>() }), text: table.to_string() })
}
