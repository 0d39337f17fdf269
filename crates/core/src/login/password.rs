//! Signing in with a password. The hash was checked outside the transaction; here it is decided what it means.

use super::arrive::{Arrival, Candidate, Door, arrive};
use crate::account::EmailAddress;
use crate::limits::{self, Counted};
use crate::session::Factor;
use crate::{Ctx, Event, EventKind, Id, Outcome, Party, TraceStep, Write, id};

/// Proof that a typed password fits this stored hash; made by whoever asked the hash pool.
#[derive(Debug, Clone)]
pub struct Matched {
    /// Whose hash it was.
    pub user: Id<id::User>,
    /// The hash it fitted: if another one stands there now, the password was changed meanwhile.
    pub phc: String,
    /// The same password hashed at today's cost, if the stored one is cheaper.
    pub rehashed: Option<String>,
}

/// Why the password did not sign anybody in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRefused {
    /// E-mail and password do not belong together. Never says which.
    #[error("no account has this address and this password")]
    Wrong,
    /// Too many wrong ones: right and wrong get this answer alike.
    #[error("too many wrong passwords; {0} s to wait")]
    Throttled(u32),
    /// The password is right and the account is switched off.
    #[error("the account is disabled")]
    Disabled,
}

/// `found` is read in the transaction that writes; `counted` already contains this try.
pub fn resume(
    ctx: &Ctx<'_>,
    door: &Door,
    email: &EmailAddress,
    matched: Option<&Matched>,
    found: Option<&Candidate>,
    counted: &[Counted],
) -> Outcome<Arrival, PasswordRefused> {
    let step = TraceStep::new(door.flow, ctx.now, Party::Browser, Party::Countersign, "password");
    if let Some(wait) = limits::wait(counted, ctx.now) {
        return Outcome::refuse(PasswordRefused::Throttled(wait)).trace(
            step.refused("password_throttled", "too many wrong passwords for this account or source"),
        );
    }
    let fits = |m: &Matched, c: &Candidate| m.user == c.user.id && c.phc.as_deref() == Some(m.phc.as_str());
    let pair = matched.zip(found).filter(|(m, c)| fits(m, c));
    let Some((matched, found)) = pair else {
        let mut refused =
            Event::new(EventKind::SignInRefused, ctx.now).flow(door.flow).data("method", "password");
        refused.user = found.map(|c| c.user.id);
        refused.client.clone_from(&door.client);
        return Outcome::refuse(PasswordRefused::Wrong)
            .event(refused)
            .trace(step.refused("password_wrong", "no account has this address and this password"));
    };
    // A success counts against nobody: sixty people share an office's address.
    let uncount = counted.iter().map(|c| Write::Uncount(c.key.text.clone()));
    if !found.active() {
        let outcome = Outcome::refuse(PasswordRefused::Disabled)
            .trace(step.user(found.user.id).refused("account_disabled", "the account is disabled"));
        return uncount.fold(outcome, Outcome::write);
    }
    let arriving = arrive(
        ctx,
        door,
        &found.user,
        &found.address().unwrap_or_else(|| email.clone()),
        Factor::Password,
        Some(&found.email),
    );
    let mut outcome = Outcome::reply(arriving.arrival).trace(step.user(found.user.id));
    outcome.writes.extend(uncount);
    if let Some(phc) = &matched.rehashed {
        outcome.writes.push(Write::SetPassword { user: found.user.id, phc: phc.clone(), at: ctx.now });
    }
    outcome.writes.extend(arriving.writes);
    outcome.events.extend(arriving.events);
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::UserState;
    use crate::ctx::fixed::Fixed;
    use crate::limits::PASSWORD_ACCOUNT;
    use crate::login::arrive::tests::{candidate, door};
    use crate::time::minutes;

    fn anna() -> EmailAddress {
        EmailAddress::parse("Anna@example.com").unwrap()
    }
    fn fit(c: &Candidate) -> Matched {
        Matched { user: c.user.id, phc: c.phc.clone().unwrap(), rehashed: None }
    }
    fn counted(ctx: &Ctx<'_>, count: i64) -> Counted {
        let key = PASSWORD_ACCOUNT.whom(ctx, "anna@example.com", None);
        Counted { key, count, until: ctx.now + minutes(5) }
    }

    #[test]
    fn the_right_password_signs_in_and_counts_against_nobody() {
        let fixed = Fixed::new();
        let ctx = fixed.ctx();
        let c = candidate(&ctx);
        let tries = [counted(&ctx, 10)];
        let out = resume(&ctx, &door(&ctx, None), &anna(), Some(&fit(&c)), Some(&c), &tries);
        assert_eq!(out.result.unwrap().proof.user, c.user.id);
        assert!(matches!(&out.writes[0], Write::Uncount(key) if *key == tries[0].key.text));
    }

    #[test]
    fn a_right_password_while_throttled_is_answered_like_a_wrong_one() {
        let fixed = Fixed::new();
        let ctx = fixed.ctx();
        let c = candidate(&ctx);
        let tries = [counted(&ctx, 11)];
        let right = resume(&ctx, &door(&ctx, None), &anna(), Some(&fit(&c)), Some(&c), &tries);
        let wrong = resume(&ctx, &door(&ctx, None), &anna(), None, Some(&c), &tries);
        let nobody = resume(&ctx, &door(&ctx, None), &anna(), None, None, &tries);
        for out in [right, wrong, nobody] {
            assert_eq!(out.result.unwrap_err(), PasswordRefused::Throttled(300));
            assert!(out.writes.is_empty() && out.events.is_empty());
        }
    }

    #[test]
    fn known_and_unknown_addresses_write_the_same() {
        let fixed = Fixed::new();
        let ctx = fixed.ctx();
        let c = candidate(&ctx);
        let door = door(&ctx, None);
        let known = resume(&ctx, &door, &anna(), None, Some(&c), &[]);
        let unknown = resume(&ctx, &door, &anna(), None, None, &[]);
        assert_eq!(known.result.unwrap_err(), unknown.result.unwrap_err());
        assert_eq!((known.writes.len(), known.events.len()), (unknown.writes.len(), unknown.events.len()));
    }

    #[test]
    fn a_password_changed_meanwhile_and_a_foreign_match_count_for_nothing() {
        let fixed = Fixed::new();
        let ctx = fixed.ctx();
        let c = candidate(&ctx);
        let old = Matched { phc: "$argon2id$old".into(), ..fit(&c) };
        let foreign = Matched { user: Id::new(&ctx), ..fit(&c) };
        for matched in [old, foreign] {
            let out = resume(&ctx, &door(&ctx, None), &anna(), Some(&matched), Some(&c), &[]);
            assert_eq!(out.result.unwrap_err(), PasswordRefused::Wrong);
        }
    }

    #[test]
    fn a_disabled_account_is_named_only_to_who_knows_the_password() {
        let fixed = Fixed::new();
        let ctx = fixed.ctx();
        let mut c = candidate(&ctx);
        c.user.state = UserState::Disabled(ctx.now);
        let run = |m: Option<&Matched>| resume(&ctx, &door(&ctx, None), &anna(), m, Some(&c), &[]);
        assert_eq!(run(Some(&fit(&c))).result.unwrap_err(), PasswordRefused::Disabled);
        assert_eq!(run(None).result.unwrap_err(), PasswordRefused::Wrong);
    }
}
