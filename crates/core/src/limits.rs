//! One table of limits: every route that an unauthenticated caller reaches has its row, per source, account or
//! recipient. A route without a row fails a test of the edge.

use crate::secret::base64url;
use crate::{Ctx, Timestamp, time};
use std::net::IpAddr;
use std::time::Duration;

/// Whom a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Per {
    /// The caller's network address: IPv4 in full, IPv6 cut to its /64.
    Source,
    /// The account that is tried, by the key of what was typed, whether or not it exists.
    Account,
    /// The mailbox that a mail would go to, whether or not it has an account.
    Recipient,
    /// One code that was sent: few digits allow few tries.
    Handle,
}

/// What a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counts {
    /// Every request.
    Requests,
    /// Requests that failed: sixty people behind one address may all sign in.
    Failures,
}

/// Where the count is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// In each node's memory, by source: a floor against floods, cheap enough for routes that write nothing.
    Node,
    /// In the database, for all nodes: a row of `counters`.
    Store,
}

/// At most `max` in `window`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Stable name, in keys and logs.
    pub name: &'static str,
    /// Whom.
    pub per: Per,
    /// What.
    pub counts: Counts,
    /// Where.
    pub kept: Kept,
    /// How many are let through.
    pub max: u32,
    /// In how long, from the first one on.
    pub window: Duration,
}

macro_rules! limits { ($($(#[$doc:meta])* $name:ident = $per:ident $counts:ident $kept:ident $max:literal in $window:expr;)+) => {
    $($(#[$doc])* pub const $name: Limit = Limit {
        name: stringify!($name), per: Per::$per, counts: Counts::$counts, kept: Kept::$kept, max: $max, window: $window,
    };)+
    /// Every limit.
    pub const ALL: &[Limit] = &[$($name),+];
} }
limits! {
    /// Pages that refuse what was asked. DESIGN 7: what succeeds does not count against a shared address; it is
    /// bounded by connections, and by the queue for password hashes.
    PAGES = Source Failures Node 600 in time::minutes(1);
    /// Endpoints that machines call: a whole company may sit behind one address, with tokens that expire.
    MACHINES = Source Failures Node 6_000 in time::minutes(1);
    /// Client authentication that failed.
    CLIENT_AUTH = Source Failures Node 300 in time::minutes(1);
    /// Steps of a sign-in that lead nowhere.
    STEPS = Source Failures Node 600 in time::minutes(1);
    /// wrong passwords for one account, however the address is spelled. Browsers that signed in to it
    /// before count apart.
    PASSWORD_ACCOUNT = Account Failures Store 10 in time::minutes(15);
    /// wrong passwords from one source, over all accounts.
    PASSWORD_SOURCE = Source Failures Store 100 in time::minutes(15);
    /// Mails to one mailbox: links, codes, resets, together.
    MAIL_RECIPIENT = Recipient Requests Store 6 in time::minutes(15);
    /// The same over a day: whoever waits out the quarters of an hour fills no mailbox.
    MAIL_RECIPIENT_DAY = Recipient Requests Store 20 in time::days(1);
    /// Mails asked for by one source.
    MAIL_SOURCE = Source Requests Store 100 in time::minutes(15);
    /// Tries of six digits; the count goes with the code.
    CODE_TRIES = Handle Requests Store 5 in time::minutes(15);
    /// Wrong digits from one source, over all codes.
    CODE_SOURCE = Source Failures Store 60 in time::minutes(15);
    /// Text messages to one number.
    SMS_NUMBER = Recipient Requests Store 5 in time::hours(1);
    /// The same over a day.
    SMS_NUMBER_DAY = Recipient Requests Store 10 in time::days(1);
    /// Text messages that one person asks for.
    SMS_ACCOUNT = Account Requests Store 10 in time::days(1);
    /// Text messages asked for by one source.
    SMS_SOURCE = Source Requests Store 30 in time::hours(1);
    /// Text messages to numbers that differ in their last three digits: blocks of numbers earn their owner money.
    SMS_BLOCK = Recipient Requests Store 20 in time::hours(1);
    /// Text messages to one country; the configuration says how many.
    SMS_COUNTRY = Recipient Requests Store 200 in time::hours(1);
    /// Digits that one person tries, over all codes that they are sent.
    SMS_TRIES = Account Failures Store 20 in time::days(1);
    /// RFC 8628 5.1: user codes that no device shows, from one source.
    DEVICE_SOURCE = Source Failures Store 30 in time::minutes(15);
    /// RFC 8628 5.1: the same from one account, wherever it tries.
    DEVICE_ACCOUNT = Account Failures Store 10 in time::minutes(15);
    /// What came back from a provider and led nowhere: each makes us ask the provider.
    PROVIDER_ANSWERS = Source Failures Node 120 in time::minutes(1);
    /// Rows that strangers make us keep: requests and flows too large for an address or a page.
    ROWS_KEPT = Source Requests Store 300 in time::minutes(15);
    /// Mails about a code or refresh token that came twice, to one person about one app.
    REUSE_TOLD = Recipient Requests Store 1 in time::days(1);
    /// Wrong present passwords on the account page.
    REAUTH_ACCOUNT = Account Failures Store 10 in time::minutes(15);
}

/// A route and what holds there. `path` is as the router has it, without the issuer's path.
#[derive(Debug, Clone, Copy)]
pub struct RouteLimits {
    /// As registered with the router.
    pub path: &'static str,
    /// All that apply, whatever the method.
    pub limits: &'static [Limit],
}

const fn row(path: &'static str, limits: &'static [Limit]) -> RouteLimits {
    RouteLimits { path, limits }
}

/// What asks for digits by text message and takes them back.
const PHONE: &[Limit] = &[
    STEPS,
    CODE_TRIES,
    CODE_SOURCE,
    SMS_TRIES,
    SMS_NUMBER,
    SMS_NUMBER_DAY,
    SMS_ACCOUNT,
    SMS_SOURCE,
    SMS_BLOCK,
    SMS_COUNTRY,
];

/// Every route that can be reached without a session or credentials.
pub const ROUTES: &[RouteLimits] = &[
    row("/", &[PAGES]),
    row("/.well-known/openid-configuration", &[MACHINES]),
    row("/.well-known/oauth-authorization-server", &[MACHINES]),
    row("/.well-known/change-password", &[PAGES]),
    row("/jwks.json", &[MACHINES]),
    row("/health/live", &[MACHINES]),
    row("/health/ready", &[MACHINES]),
    row("/assets/{file}", &[MACHINES]),
    row("/logo/{name}", &[MACHINES]),
    row("/authorize", &[PAGES]),
    row("/logout", &[PAGES]),
    row("/par", &[MACHINES, CLIENT_AUTH]),
    row("/token", &[MACHINES, CLIENT_AUTH, REUSE_TOLD]),
    row("/device_authorization", &[MACHINES, CLIENT_AUTH, ROWS_KEPT]),
    row(
        "/authorize-challenge",
        &[
            MACHINES,
            CLIENT_AUTH,
            ROWS_KEPT,
            PASSWORD_ACCOUNT,
            PASSWORD_SOURCE,
            MAIL_RECIPIENT,
            MAIL_SOURCE,
            CODE_TRIES,
            CODE_SOURCE,
        ],
    ),
    row("/device", &[STEPS, DEVICE_SOURCE, DEVICE_ACCOUNT]),
    row("/userinfo", &[MACHINES]),
    row("/introspect", &[MACHINES, CLIENT_AUTH]),
    row("/revoke", &[MACHINES, CLIENT_AUTH]),
    row("/revocations", &[MACHINES, CLIENT_AUTH]),
    row("/login", &[STEPS, MAIL_RECIPIENT, MAIL_RECIPIENT_DAY, MAIL_SOURCE]),
    row("/login/keep", &[STEPS]),
    row("/login/about", &[STEPS]),
    row(
        "/login/password",
        &[STEPS, PASSWORD_ACCOUNT, PASSWORD_SOURCE, MAIL_RECIPIENT, MAIL_RECIPIENT_DAY, MAIL_SOURCE],
    ),
    row("/login/link", &[STEPS, CODE_TRIES, CODE_SOURCE, MAIL_RECIPIENT, MAIL_RECIPIENT_DAY, MAIL_SOURCE]),
    row("/login/link/open", &[STEPS]),
    row("/login/provider/{name}", &[STEPS]),
    row("/login/provider/{name}/callback", &[STEPS, PROVIDER_ANSWERS]),
    row("/login/join", &[STEPS, MAIL_RECIPIENT, MAIL_RECIPIENT_DAY, MAIL_SOURCE]),
    row("/signup", &[STEPS, MAIL_RECIPIENT, MAIL_RECIPIENT_DAY, MAIL_SOURCE]),
    row("/confirm", &[STEPS, CODE_TRIES, CODE_SOURCE, MAIL_RECIPIENT, MAIL_RECIPIENT_DAY, MAIL_SOURCE]),
    row("/confirm/open", &[STEPS]),
    row("/confirm/phone", PHONE),
    row("/forgot", &[STEPS, MAIL_RECIPIENT, MAIL_RECIPIENT_DAY, MAIL_SOURCE]),
    row("/reset", &[STEPS]),
    row("/not-me", &[STEPS]),
    row("/consent", &[STEPS]),
    row("/select-account", &[STEPS]),
    row("/account", &[PAGES]),
    row("/api/v1/me", &[MACHINES]),
    row("/api/v1/me/emails", &[MACHINES, MAIL_RECIPIENT, MAIL_RECIPIENT_DAY, MAIL_SOURCE]),
    row("/api/v1/me/emails/verify", &[MACHINES, CODE_TRIES, CODE_SOURCE]),
    row("/api/v1/me/emails/{id}", &[MACHINES]),
    row("/api/v1/me/emails/{id}/primary", &[MACHINES]),
    row(
        "/api/v1/me/phones",
        &[MACHINES, SMS_NUMBER, SMS_NUMBER_DAY, SMS_ACCOUNT, SMS_SOURCE, SMS_BLOCK, SMS_COUNTRY],
    ),
    row("/api/v1/me/phones/verify", &[MACHINES, CODE_TRIES, CODE_SOURCE, SMS_TRIES]),
    row("/api/v1/me/phones/{id}", &[MACHINES]),
    row("/api/v1/me/phones/{id}/primary", &[MACHINES]),
    row("/api/v1/me/password", &[MACHINES, REAUTH_ACCOUNT]),
    row("/api/v1/me/identities", &[MACHINES]),
    row("/api/v1/me/identities/{id}", &[MACHINES]),
    row("/api/v1/me/sessions", &[MACHINES]),
    row("/api/v1/me/sessions/{id}", &[MACHINES]),
    row("/api/v1/me/apps", &[MACHINES]),
    row("/api/v1/me/apps/{id}", &[MACHINES]),
    row("/api/v1/me/activity", &[MACHINES]),
    row("/api/v1/me/export", &[MACHINES]),
    row("/api/v1/me/deletion", &[MACHINES]),
    row(
        "/account/emails",
        &[PAGES, MAIL_RECIPIENT, MAIL_RECIPIENT_DAY, MAIL_SOURCE, CODE_TRIES, CODE_SOURCE],
    ),
    row("/account/security", &[PAGES, REAUTH_ACCOUNT]),
    row("/account/linked", &[PAGES]),
    row("/account/phones", PHONE),
    row("/account/sessions", &[PAGES]),
    row("/account/apps", &[PAGES]),
    row("/account/activity", &[PAGES]),
    row("/account/data", &[PAGES]),
    row("/account/export", &[PAGES]),
];

/// The row of a route.
pub fn of_route(path: &str) -> Option<&'static RouteLimits> {
    ROUTES.iter().find(|r| r.path == path)
}

/// The key of one counter: the limit's name and a keyed digest, so that the table names nobody.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CounterKey {
    /// Which limit.
    pub limit: Limit,
    /// As stored.
    pub text: String,
}
impl std::hash::Hash for Limit {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl Limit {
    /// The counter of this source.
    pub fn source(self, ctx: &Ctx<'_>, address: IpAddr) -> CounterKey {
        let bytes = match address.to_canonical() {
            IpAddr::V4(v4) => v4.octets().to_vec(),
            IpAddr::V6(v6) => v6.octets().iter().take(8).copied().collect(),
        };
        self.keyed(ctx, &bytes)
    }
    /// The counter of this account, recipient or handle. `device` is the id of a browser that signed in to it
    /// before: strangers cannot use up its tries.
    pub fn whom(self, ctx: &Ctx<'_>, key: &str, device: Option<&str>) -> CounterKey {
        let text = format!("{key}\0{}", device.unwrap_or(""));
        self.keyed(ctx, text.as_bytes())
    }
    fn keyed(self, ctx: &Ctx<'_>, bytes: &[u8]) -> CounterKey {
        let mac = ctx.vault.mac("limit", bytes);
        let short: Vec<u8> = mac.iter().take(16).copied().collect();
        CounterKey { limit: self, text: format!("{}:{}", self.name.to_ascii_lowercase(), base64url(&short)) }
    }
}

/// A counter as it stands after this request was added to it. Adding first and looking at the returned row
/// makes parallel guesses count each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// Which.
    pub key: CounterKey,
    /// With this request.
    pub count: i64,
    /// When the window ends.
    pub until: Timestamp,
}

impl Counted {
    /// Over the limit?
    pub fn over(&self) -> bool {
        self.count > i64::from(self.key.limit.max)
    }
    /// Requests left after this one.
    pub fn left(&self) -> u32 {
        u32::try_from(i64::from(self.key.limit.max).saturating_sub(self.count)).unwrap_or(0)
    }
}

/// Seconds until all exhausted counters are fresh again; `None` when none is exhausted.
pub fn wait(counted: &[Counted], now: Timestamp) -> Option<u32> {
    let over = counted.iter().filter(|c| c.over());
    over.map(|c| u32::try_from(c.until.since(now).as_secs()).unwrap_or(u32::MAX).max(1)).max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctx::fixed::Fixed;

    #[test]
    fn an_ipv6_network_is_one_source_and_a_mapped_address_is_ipv4() {
        let fixed = Fixed::new();
        let key = |ip: &str| PASSWORD_SOURCE.source(&fixed.ctx(), ip.parse().unwrap()).text;
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_eq!(key("::ffff:203.0.113.9"), key("203.0.113.9"));
        assert_ne!(key("203.0.113.9"), key("203.0.113.8"));
        assert!(!key("203.0.113.9").contains("203"));
    }

    #[test]
    fn a_known_device_has_a_counter_of_its_own() {
        let fixed = Fixed::new();
        let key = |device| PASSWORD_ACCOUNT.whom(&fixed.ctx(), "anna@example.com", device).text;
        assert_ne!(key(None), key(Some("d1")));
        assert_ne!(key(Some("d2")), key(Some("d1")));
    }

    #[test]
    fn names_and_routes_are_unique() {
        for (i, limit) in ALL.iter().enumerate() {
            assert!(ALL.iter().skip(i + 1).all(|other| other.name != limit.name));
        }
        for (i, route) in ROUTES.iter().enumerate() {
            assert!(ROUTES.iter().skip(i + 1).all(|other| other.path != route.path));
            assert!(!route.limits.is_empty(), "{}", route.path);
        }
    }

    #[test]
    fn the_last_try_is_let_through_and_the_next_waits() {
        let fixed = Fixed::new();
        let key = CODE_TRIES.whom(&fixed.ctx(), "h", None);
        let at = |count| Counted { key: key.clone(), count, until: fixed.now + time::minutes(2) };
        assert!(!at(5).over() && at(6).over());
        assert_eq!((at(3).left(), at(5).left(), at(9).left()), (2, 0, 0));
        assert_eq!(wait(&[at(1), at(6)], fixed.now), Some(120));
        assert_eq!(wait(&[at(1)], fixed.now), None);
    }
}
