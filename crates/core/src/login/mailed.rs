//! What goes out by mail and comes back: a link, and for some six digits beside it. Both are rows, so that
//! one use is one; opening a page spends neither.

use super::asker::Asker;
use super::flow::{Flow, FlowRefused, Sent, SentWhat};
use crate::account::{EmailAddress, StandardClaims};
use crate::limits::Counted;
use crate::secret::{Kind, base64url, from_base64url};
use crate::write::{FoundSecret, NewSecret, SecretRefused};
use crate::{ClientId, Ctx, Digest, Id, Plain, Timestamp, Write, id};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A mail may be asked for again after this long.
pub const SEND_AGAIN_AFTER: Duration = Duration::from_secs(30);

/// What the row of a link holds. Secrets in it are sealed under the link itself or a server key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ticket {
    /// The flow as it stood when the mail was asked for.
    flow: String,
    /// The address the mail went to.
    pub(super) email: EmailAddress,
    /// The person's epoch then: a password change voids the link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) epoch: Option<i64>,
    /// The digits, sealed under the link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    digits: Option<String>,
    /// Digest of the digits' row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    twin: Option<String>,
    /// Who asked: browser and place.
    agent: String,
    network: String,
    /// The account that waits to be made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) pending: Option<Pending>,
}

/// A sign-up whose address is not proved: no account yet, so it reserves nothing and opens nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Pending {
    /// What was asked of the person.
    #[serde(default)]
    pub(super) claims: Box<StandardClaims>,
    /// The password's PHC string, sealed.
    pub(super) phc: String,
    /// The address had an account already: these rows are for show.
    pub(super) taken: bool,
}

/// A link that was opened, not used: what its page may show.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The address it was mailed to.
    pub email: EmailAddress,
    /// Where it was opened.
    pub place: Place,
    /// The app.
    pub client: Option<ClientId>,
    /// The flow.
    pub flow: Option<Id<id::Flow>>,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// From which browser.
    pub agent: String,
    /// From where; cut.
    pub network: String,
    /// To be typed in the browser that asked.
    pub digits: Option<String>,
}

/// Where a link was opened.
#[derive(Debug, Clone, PartialEq)]
pub enum Place {
    /// In the browser that asked; its flow goes on, if its hour is not over.
    Here(Option<Box<Flow>>),
    /// In another one, where the flow never goes on.
    Elsewhere,
}

/// Why a link or its digits do not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkRefused {
    /// The link is not usable.
    #[error("{0}")]
    Secret(#[from] SecretRefused),
    /// Wrong digits; so many tries are left.
    #[error("the digits are wrong; {0} tries left")]
    CodeWrong(u32),
    /// Too many wrong digits, from this source or for this code.
    #[error("the digits were tried too often")]
    CodeExhausted,
    /// Made before a password change, or for an address that is no longer the person's.
    #[error("the link is from before a change of the account")]
    Outdated,
    /// The account is switched off.
    #[error("the account is disabled")]
    Disabled,
    /// Somebody else proved the address first.
    #[error("the address belongs to an account already")]
    AddressTaken,
}

/// A mail is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SendRefused {
    /// Too many mails to this box or from this source; whether or not the address is known.
    #[error("too many mails; {0} s to wait")]
    Throttled(u32),
    /// Accounts are not made here.
    #[error("sign-up is closed")]
    SignUpClosed,
}

/// Freshly minted: rows to write, and what goes into the mail and nowhere else.
pub(super) struct Minted<L> {
    pub(super) link: Plain<L>,
    pub(super) digits: Option<String>,
    pub(super) flow: Flow,
    pub(super) writes: Vec<Write>,
}

/// For whom something is minted; `user` is `None` for an address nobody has, and the rows are the same.
pub(super) struct For<'a> {
    pub(super) flow: &'a Flow,
    pub(super) what: SentWhat,
    pub(super) email: &'a EmailAddress,
    pub(super) user: Option<(Id<id::User>, i64)>,
    pub(super) asker: &'a Asker,
    pub(super) pending: Option<Pending>,
    pub(super) life: Duration,
}

/// A link, with digits beside it.
pub(super) fn mint_with_digits<L: Kind, C: Kind>(ctx: &Ctx<'_>, whom: For<'_>) -> Minted<L> {
    let digits = Plain::<C>::mint_digits(ctx);
    let (mut minted, handle) = begin::<L>(ctx, &whom);
    let digest = digits.digest_with(ctx, &handle);
    let mut ticket = ticket(ctx, &minted.flow, &whom);
    let sealed = ctx.vault.seal_under(minted.link.expose().as_bytes(), digits.expose().as_bytes());
    ticket.digits = Some(base64url(&sealed));
    ticket.twin = Some(base64url(digest.as_bytes()));
    let link = minted.link.digest(ctx);
    minted.writes = vec![
        row(ctx, &link, &whom, serde_json::to_value(&ticket).unwrap_or_default()),
        row(ctx, &digest, &whom, base64url(link.as_bytes()).into()),
    ];
    minted.digits = Some(digits.expose().to_owned());
    minted
}

/// A link alone.
pub(super) fn mint<L: Kind>(ctx: &Ctx<'_>, whom: For<'_>) -> Minted<L> {
    let (mut minted, _) = begin::<L>(ctx, &whom);
    let ticket = ticket(ctx, &minted.flow, &whom);
    let payload = serde_json::to_value(&ticket).unwrap_or_default();
    minted.writes = vec![row(ctx, &minted.link.digest(ctx), &whom, payload)];
    minted
}

fn begin<L: Kind>(ctx: &Ctx<'_>, whom: &For<'_>) -> (Minted<L>, String) {
    let handle = Id::<id::Secret>::new(ctx).to_string();
    let mut flow = whom.flow.clone();
    flow.identifier = Some(whom.email.clone());
    flow.sent = Some(Sent { what: whom.what, handle: handle.clone(), at: ctx.now });
    (Minted { link: Plain::mint(ctx), digits: None, flow, writes: Vec::new() }, handle)
}

fn ticket(ctx: &Ctx<'_>, flow: &Flow, whom: &For<'_>) -> Ticket {
    Ticket {
        flow: flow.seal_whole(ctx),
        email: whom.email.clone(),
        epoch: whom.user.map(|(_, epoch)| epoch),
        digits: None,
        twin: None,
        agent: whom.asker.agent.clone(),
        network: whom.asker.network.clone(),
        pending: whom.pending.clone(),
    }
}

fn row<K: Kind>(ctx: &Ctx<'_>, digest: &Digest<K>, whom: &For<'_>, payload: serde_json::Value) -> Write {
    let client = whom.flow.client().cloned();
    let row = NewSecret::of(digest, ctx.now, whom.life)
        .user(whom.user.map(|(user, _)| user))
        .client(client)
        .flow(whom.flow.id)
        .payload(payload);
    Write::InsertSecret(Box::new(row))
}

impl Ticket {
    pub(super) fn of(row: &NewSecret) -> Result<Self, SecretRefused> {
        serde_json::from_value(row.payload.clone()).map_err(|_| SecretRefused::Unknown)
    }

    /// The flow, if this is its browser.
    pub(super) fn place(&self, ctx: &Ctx<'_>, browser: &Digest<crate::secret::kind::Browser>) -> Place {
        let sealed = from_base64url(&self.flow).unwrap_or_default();
        match Flow::open(ctx, Some(browser), &sealed) {
            Ok(flow) => Place::Here(Some(Box::new(flow))),
            Err(FlowRefused::Expired(flow)) if flow.browser().same(browser) => Place::Here(None),
            Err(FlowRefused::Expired(_) | FlowRefused::OtherBrowser(_) | FlowRefused::Unreadable) => {
                Place::Elsewhere
            }
        }
    }

    /// Link and digits are one: whichever is used spends both.
    pub(super) fn spend(&self, row: &NewSecret, twin: crate::SecretKind, now: Timestamp) -> Vec<Write> {
        let mut writes = vec![Write::SpendSecret(row.kind, row.digest, now)];
        let digest = self.twin.as_deref().and_then(from_base64url).and_then(|b| b.try_into().ok());
        writes.extend(digest.map(|digest| Write::SpendSecret(twin, digest, now)));
        writes
    }
}

/// The address a link was mailed to, for the one who has to find its account.
pub fn address_of(row: &NewSecret) -> Option<EmailAddress> {
    Ticket::of(row).ok().map(|ticket| ticket.email)
}

/// The digest of the link that these digits belong to.
pub fn link_of(digits: &NewSecret) -> Option<Vec<u8>> {
    from_base64url(digits.payload.as_str()?)
}

/// A link is opened: shows, and spends nothing.
pub fn look<L: Kind>(
    ctx: &Ctx<'_>,
    link: &Plain<L>,
    found: Option<&FoundSecret>,
    browser: &Digest<crate::secret::kind::Browser>,
) -> Result<Opened, SecretRefused> {
    let row = FoundSecret::usable(found, ctx.now)?;
    let ticket = Ticket::of(row)?;
    let place = ticket.place(ctx, browser);
    let sealed = ticket.digits.as_deref().and_then(from_base64url);
    let digits = sealed.and_then(|s| ctx.vault.open_under(link.expose().as_bytes(), &s));
    Ok(Opened {
        place,
        client: row.client.clone(),
        flow: row.flow,
        asked_at: row.created_at,
        digits: digits.and_then(|d| String::from_utf8(d.to_vec()).ok()),
        email: ticket.email,
        agent: ticket.agent,
        network: ticket.network,
    })
}

/// How somebody comes back: with the link, or with digits typed in the flow's own browser.
#[derive(Debug, Clone)]
pub enum Back {
    /// The link's button was pressed.
    Link,
    /// Digits were typed; these tries were counted, this one among them.
    Digits(Vec<Counted>),
}

/// A success counts against no source.
pub(super) fn uncount(back: &Back) -> Vec<Write> {
    let Back::Digits(tries) = back else { return Vec::new() };
    let failures = tries.iter().filter(|c| c.key.limit.counts == crate::limits::Counts::Failures);
    failures.map(|c| Write::Uncount(c.key.text.clone())).collect()
}

/// What every mailed thing checks first: the tries, then the row.
pub(super) fn usable<'r>(
    back: &Back,
    found: Option<&'r FoundSecret>,
    now: Timestamp,
) -> Result<(&'r NewSecret, Ticket), LinkRefused> {
    if let Back::Digits(tries) = back {
        if tries.iter().any(Counted::over) {
            return Err(LinkRefused::CodeExhausted);
        }
        if found.is_none() {
            let left = tries.iter().map(Counted::left).min().unwrap_or(0);
            return Err(if left == 0 { LinkRefused::CodeExhausted } else { LinkRefused::CodeWrong(left) });
        }
    }
    let row = FoundSecret::usable(found, now)?;
    Ok((row, Ticket::of(row)?))
}
