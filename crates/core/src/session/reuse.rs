//! What works once came a second time: the grant has ended, and the person is told.

use super::Holder;
use crate::account::EmailAddress;
use crate::limits::REUSE_TOLD;
use crate::login::mail::{MailRequest, MailTemplate};
use crate::time::days;
use crate::{ClientId, Ctx, Event, Id, id};

/// DESIGN 5: at the address they proved. Whoever holds the copy learns nothing of it. An app that sends everything twice
/// does not fill a mailbox: the log has each end, the person a mail a day.
pub(crate) fn tell(holder: &Holder, client: &ClientId, flow: Id<id::Flow>, ctx: &Ctx<'_>) -> Option<Event> {
    let (address, true) = holder.email.as_ref()? else { return None };
    let mail = MailRequest {
        template: MailTemplate::AccessEnded,
        to: EmailAddress::parse(address).ok()?,
        locale: holder.claims.locale.clone().unwrap_or_default(),
        client: Some(client.clone()),
        user: Some(holder.id),
        flow: Some(flow),
        path: None,
        code: None,
        about: None,
        detail: None,
        agent: String::new(),
        network: String::new(),
        at: ctx.now,
        expires_at: ctx.now + days(1),
    };
    let whom = format!("{} {client}", holder.id);
    Some(mail.event(ctx).at_most(REUSE_TOLD.whom(ctx, &whom, None)))
}
