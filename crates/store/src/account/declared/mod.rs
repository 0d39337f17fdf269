//! People whom the operator declares: in the configuration, in a file for `apply`, or by `user create`.

pub mod binding;
mod claims;

use crate::{DbError, Tx, params};
use countersign_core::account::{EmailRow, StandardClaims, User, UserState};
use countersign_core::login::arrive::disown;
use countersign_core::secret::base64url;
use countersign_core::session::{EndReason, end_everything};
use countersign_core::{Ctx, Event, EventKind, Id, Outcome, Subject, Timestamp, Write, id};
use sha2::{Digest as _, Sha256};
use std::convert::Infallible;

pub use binding::{Binding, Whose, forget, forget_deleted, remember, whose};
use claims::Remembered;

crate::queries! {
    OWNER = "SELECT u.id, u.subject, u.epoch, u.admin, u.claims, u.disabled_at, u.created_at, u.updated_at, e.id, \
             e.verified_at, p.phc, p.declared, m.address FROM emails e JOIN users u ON u.id = e.user_id \
             LEFT JOIN passwords p ON p.user_id = u.id LEFT JOIN emails m ON m.user_id = u.id AND m.is_primary = 1 \
             WHERE e.key = $1 AND u.deleted_at IS NULL ORDER BY (e.verified_at IS NULL), e.id LIMIT 1";
    OWNED = "SELECT u.id, u.subject, u.epoch, u.admin, u.claims, u.disabled_at, u.created_at, u.updated_at, e.id, \
             e.verified_at, p.phc, p.declared, m.address FROM users u LEFT JOIN emails e ON e.user_id = u.id AND e.key = $1 \
             LEFT JOIN passwords p ON p.user_id = u.id LEFT JOIN emails m ON m.user_id = u.id AND m.is_primary = 1 \
             WHERE u.id = $2 AND u.deleted_at IS NULL";
    LIST = "SELECT u.id, u.subject, u.admin, u.disabled_at, e.address, e.verified_at FROM users u LEFT JOIN emails e \
            ON e.user_id = u.id AND e.is_primary = 1 WHERE u.deleted_at IS NULL AND u.id > $1 ORDER BY u.id LIMIT $2";
}

/// A line of the operators' list.
#[derive(Debug, Clone)]
#[allow(missing_docs)] // as their columns
pub struct Listed {
    pub id: Id<id::User>,
    pub subject: Subject,
    pub admin: bool,
    pub disabled: bool,
    pub email: Option<String>,
    pub verified: bool,
}

/// Accounts in the order of their making, after one of them.
pub async fn list(tx: &mut Tx<'_>, after: Id<id::User>, most: i64) -> Result<Vec<Listed>, DbError> {
    let line = |row: &crate::Row| {
        let (disabled, verified): (Option<Timestamp>, Option<Timestamp>) = (row.get(3)?, row.get(5)?);
        Ok(Listed {
            id: row.get(0)?,
            subject: row.get(1)?,
            admin: row.bool(2)?,
            disabled: disabled.is_some(),
            email: row.opt_text(4)?.map(str::to_owned),
            verified: verified.is_some(),
        })
    };
    tx.rows(&LIST, params![after, most]).await?.iter().map(line).collect()
}

/// Who has an address, or is bound to the declaration of one.
#[derive(Debug, Clone)]
pub struct Owner {
    /// The person.
    pub user: User,
    /// The address row; `None` where the person has left the address.
    pub email: Option<Id<id::Email>>,
    /// Is the address proved?
    pub verified: bool,
    /// The address that apps are told.
    pub primary: Option<String>,
    /// The stored password, if there is one.
    pub phc: Option<String>,
    /// The declared hash that was taken over last; the person may have set another since, or a sign-in hashed it anew.
    pub declared: Option<Fingerprint>,
    /// What is remembered of this declaration.
    pub binding: Option<Binding>,
    /// The claims that were declared of them last.
    claims: Option<Remembered>,
}

/// Tells one declared password hash from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// Of a PHC string.
    pub fn of(phc: &str) -> Self {
        Self(base64url(&Sha256::digest(phc)))
    }
}

impl Owner {
    /// is something given to the account that its maker never proved to be theirs to have? Anybody may have
    /// written this address down first, unless the declaration made the account.
    pub fn is_vouched_for(&self, verified: bool, admin: bool) -> bool {
        let ours = self.binding.as_ref().is_some_and(|it| it.held);
        !ours && self.email.is_some() && !self.verified && (verified || (admin && !self.user.admin))
    }
}

/// What is declared of a person.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// As typed.
    pub address: String,
    /// See `core::account::EmailAddress::key`.
    pub key: String,
    /// Is the address known to be theirs?
    pub verified: bool,
    /// May administer.
    pub admin: bool,
    /// OpenID Connect Core 5.1.
    pub claims: StandardClaims,
    /// A PHC string, if the password is to be set.
    pub phc: Option<String>,
    /// The hash that is declared, whether or not it is to be set.
    pub declared: Option<Fingerprint>,
}

/// The owner of an address: whoever proved it, else whoever has it.
pub async fn owner(tx: &mut Tx<'_>, key: &str) -> Result<Option<Owner>, DbError> {
    tx.one(&OWNER, params![key]).await?.as_ref().map(read).transpose()
}

/// The account with this id, and what it has to do with an address.
async fn owned(tx: &mut Tx<'_>, user: Id<id::User>, key: &str) -> Result<Option<Owner>, DbError> {
    tx.one(&OWNED, params![key, user]).await?.as_ref().map(read).transpose()
}

fn read(row: &crate::Row) -> Result<Owner, DbError> {
    let claims =
        serde_json::from_str(row.text(4)?).map_err(|_| DbError::bad_row(4, "claims", "something else"))?;
    let disabled: Option<Timestamp> = row.get(5)?;
    let user = User {
        id: row.get(0)?,
        subject: row.get(1)?,
        epoch: row.i64(2)?,
        admin: row.bool(3)?,
        claims,
        state: disabled.map_or(UserState::Active, UserState::Disabled),
        created_at: row.get(6)?,
        updated_at: row.get(7)?,
    };
    let verified: Option<Timestamp> = row.get(9)?;
    Ok(Owner {
        user,
        email: row.get(8)?,
        verified: verified.is_some(),
        phc: row.opt_text(10)?.map(str::to_owned),
        declared: row.opt_text(11)?.map(|text| Fingerprint(text.to_owned())),
        primary: row.opt_text(12)?.map(str::to_owned),
        binding: None,
        claims: None,
    })
}

/// What makes the person as declared; nothing if nothing differs. Of the profile, what has changed in the declaration.
pub fn plan(ctx: &Ctx<'_>, there: Option<&Owner>, wanted: &Wanted) -> Outcome<(), Infallible> {
    let now = ctx.now;
    let set_password = |user| wanted.phc.clone().map(|phc| Write::SetPassword { user, phc, at: now });
    let mut outcome = Outcome::reply(());
    let writes = &mut outcome.writes;
    match there {
        None => {
            let user = User {
                id: Id::new(ctx),
                subject: Subject::new(ctx),
                state: UserState::Active,
                epoch: 0,
                admin: wanted.admin,
                claims: wanted.claims.clone(),
                created_at: now,
                updated_at: now,
            };
            let email = EmailRow {
                id: Id::new(ctx),
                user: user.id,
                address: wanted.address.clone(),
                key: wanted.key.clone(),
                verified_at: wanted.verified.then_some(now),
                primary: true,
            };
            let id = user.id;
            writes.extend([Write::InsertUser(Box::new(user)), Write::InsertEmail(Box::new(email))]);
            writes.extend(set_password(id));
        }
        Some(owner) => {
            let id = owner.user.id;
            let before = owner.claims.clone().unwrap_or_default();
            let mut claims = before.onto(ctx, &owner.user.claims, &wanted.claims);
            match owner.email {
                Some(email) if owner.is_vouched_for(wanted.verified, wanted.admin) => {
                    writes.extend(disown(id, email, now));
                    // Nor is what they said of themselves said of anybody else.
                    claims = wanted.claims.clone();
                }
                // Another password from the operator is a reset: who came in by the old one is out.
                Some(_) | None if owner.phc.is_some() && wanted.phc.is_some() => {
                    writes.extend(end_everything(id, None, EndReason::PasswordChanged, now));
                }
                Some(_) | None => {}
            }
            if let Some(email) = owner.email
                && wanted.verified
                && !owner.verified
            {
                writes.push(Write::VerifyEmail(email, now));
            }
            writes.extend(set_password(id));
            if owner.user.admin != wanted.admin || owner.user.claims != claims {
                let mut event = Event::new(EventKind::UserUpdated, now).user(id).data("by", "configuration");
                if owner.user.admin != wanted.admin {
                    event = event.data("admin", wanted.admin);
                }
                let user = User { admin: wanted.admin, claims, updated_at: now, ..owner.user.clone() };
                writes.push(Write::UpdateUser(Box::new(user)));
                outcome.events.push(event);
            }
        }
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_core::ctx::fixed::Fixed;

    fn person(phc: Option<&str>) -> Wanted {
        Wanted {
            address: "boss@example.org".to_owned(),
            key: "boss@example.org".to_owned(),
            verified: true,
            admin: false,
            claims: StandardClaims::default(),
            phc: phc.map(str::to_owned),
            declared: None,
        }
    }

    #[test]
    fn another_password_from_the_operator_ends_what_the_old_one_opened() {
        let fixed = Fixed::new();
        let ctx = fixed.ctx();
        let made = plan(&ctx, None, &person(None)).writes;
        let user = made.iter().find_map(|write| match write {
            Write::InsertUser(user) => Some(*user.clone()),
            _ => None,
        });
        let mut owner = Owner {
            user: user.unwrap(),
            email: Some(Id::new(&ctx)),
            verified: true,
            primary: None,
            phc: Some("old".to_owned()),
            declared: None,
            binding: None,
            claims: None,
        };
        let ends = |writes: &[Write]| {
            let all = [
                writes.iter().any(|it| matches!(it, Write::EndSessionsOfUser(..))),
                writes.iter().any(|it| matches!(it, Write::EndFamiliesOfUser(..))),
                writes.iter().any(|it| matches!(it, Write::BumpEpoch(_))),
            ];
            (writes.len(), all)
        };
        assert_eq!(ends(&plan(&ctx, Some(&owner), &person(Some("new"))).writes), (5, [true; 3]));
        assert_eq!(ends(&plan(&ctx, Some(&owner), &person(None)).writes), (0, [false; 3]));
        owner.phc = None;
        assert_eq!(ends(&plan(&ctx, Some(&owner), &person(Some("first"))).writes), (1, [false; 3]));
    }
}
