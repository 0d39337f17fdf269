//! Who asks: what a decision may know of the browser, and what the browser remembers of earlier sign-ins.

use crate::account::EmailAddress;
use crate::secret::{base64url, from_base64url, kind};
use crate::session::Factor;
use crate::{Ctx, Digest, Id, Timestamp, id};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The browser a request came from.
#[derive(Debug, Clone)]
pub struct Asker {
    /// Digest of the cookie that binds flows to it.
    pub browser: Digest<kind::Browser>,
    /// "Firefox on Linux".
    pub agent: String,
    /// Address cut to /24 or /48.
    pub network: String,
    /// The language its pages and mails are in.
    pub locale: String,
    /// What it remembers.
    pub known: Known,
}

/// DESIGN 4: the browser's own sealed cookie. Proof of nothing but "somebody signed in here before": it
/// fills in a field, keeps strangers from using up a person's tries, and tells a new browser from an old one.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Known {
    /// Random; part of counter keys.
    #[serde(default)]
    device: String,
    /// Last used first.
    #[serde(default)]
    accounts: Vec<KnownAccount>,
}

/// Somebody who signed in here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KnownAccount {
    /// Who.
    pub user: Id<id::User>,
    /// What they typed.
    pub identifier: EmailAddress,
    /// How they signed in last.
    pub method: Factor,
    /// By which provider, if by one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// When.
    pub at: Timestamp,
    /// The person's epoch then: what ends everything makes every browser a new one.
    #[serde(default)]
    pub epoch: i64,
}

/// A browser remembers this many people ..
const MOST: usize = 4;
/// .. for this long.
pub const KNOWN_LIFE: Duration = crate::time::days(180);
const PURPOSE: &str = "known";

impl Known {
    /// Opens the cookie; anything unreadable is a browser that remembers nothing.
    pub fn open(ctx: &Ctx<'_>, cookie: Option<&str>) -> Self {
        let sealed = cookie.filter(|c| c.len() <= 4_096).and_then(from_base64url).unwrap_or_default();
        let plain = ctx.vault.open(PURPOSE, b"", &sealed);
        let known: Self = plain.and_then(|p| serde_json::from_slice(&p).ok()).unwrap_or_default();
        let alive = |a: &KnownAccount| ctx.now.since(a.at) < KNOWN_LIFE;
        Self { accounts: known.accounts.into_iter().filter(alive).take(MOST).collect(), ..known }
    }
    /// The cookie's value.
    pub fn seal(&self, ctx: &Ctx<'_>) -> String {
        base64url(&ctx.vault.seal(PURPOSE, b"", &serde_json::to_vec(self).unwrap_or_default()))
    }
    /// Who signed in here, last first.
    pub fn accounts(&self) -> &[KnownAccount] {
        &self.accounts
    }
    /// Did this person sign in here before, and has nothing ended everything since? A stranger's browser is not known
    /// for having got in once.
    pub fn has(&self, user: Id<id::User>, epoch: i64) -> bool {
        self.accounts.iter().any(|a| a.user == user && a.epoch == epoch)
    }
    /// The device's own part of a counter key, if somebody with this address signed in here before.
    pub fn device_of(&self, email: &EmailAddress) -> Option<&str> {
        let known = self.accounts.iter().any(|a| a.identifier.key() == email.key());
        (known && !self.device.is_empty()).then_some(self.device.as_str())
    }
    /// With this sign-in remembered.
    pub fn remember(
        mut self,
        ctx: &Ctx<'_>,
        (user, epoch): (Id<id::User>, i64),
        identifier: EmailAddress,
        method: Factor,
    ) -> Self {
        if self.device.is_empty() {
            self.device = Id::<id::Secret>::new(ctx).to_string();
        }
        self.accounts.retain(|a| a.user != user);
        let last = KnownAccount { user, identifier, method, provider: None, at: ctx.now, epoch };
        self.accounts.insert(0, last);
        self.accounts.truncate(MOST);
        self
    }
    /// The last sign-in was by this provider.
    pub fn by_provider(mut self, provider: Option<String>) -> Self {
        if let Some(last) = self.accounts.first_mut() {
            last.provider = provider;
        }
        self
    }
    /// Without this person: they asked to be forgotten here.
    pub fn forget(mut self, user: Id<id::User>) -> Self {
        self.accounts.retain(|a| a.user != user);
        self
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::Plain;
    use crate::ctx::fixed::Fixed;

    pub(crate) fn asker(ctx: &Ctx<'_>) -> Asker {
        Asker {
            browser: Plain::<kind::Browser>::presented("b").digest(ctx),
            agent: "Firefox on Linux".into(),
            network: "203.0.113.0/24".into(),
            locale: "en".into(),
            known: Known::default(),
        }
    }

    #[test]
    fn a_browser_remembers_four_people_for_half_a_year_and_nobody_can_write_its_memory() {
        let mut fixed = Fixed::new();
        let ctx = fixed.ctx();
        let mut known = Known::default();
        let mut users = vec![];
        for n in 0..5 {
            let user = Id::new(&ctx);
            users.push(user);
            let email = EmailAddress::parse(&format!("p{n}@x.test")).unwrap();
            known = known.remember(&ctx, (user, 3), email, Factor::Password);
        }
        let cookie = known.seal(&ctx);
        let again = Known::open(&ctx, Some(&cookie));
        assert_eq!(again, known);
        assert!(!again.has(users[0], 3) && again.has(users[4], 3) && !again.has(users[4], 4));
        assert!(again.accounts()[0].user == users[4]);
        let device = |text: &str| again.device_of(&EmailAddress::parse(text).unwrap()).is_some();
        assert!(device("P4@x.test") && !device("p0@x.test"));
        assert_eq!(Known::open(&ctx, Some(&cookie[1..])), Known::default());
        assert_eq!(Known::open(&ctx, Some("e30")), Known::default());
        assert!(!again.clone().forget(users[4]).has(users[4], 3));
        fixed.now += KNOWN_LIFE;
        assert!(Known::open(&fixed.ctx(), Some(&cookie)).accounts().is_empty());
    }
}
