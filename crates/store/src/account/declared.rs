//! People whom the operator declares: in the configuration, in a file for `apply`, or by `user create`.

use crate::{DbError, Tx, params};
use countersign_core::account::{EmailRow, StandardClaims, User, UserState};
use countersign_core::login::arrive::disown;
use countersign_core::secret::base64url;
use countersign_core::session::{EndReason, end_everything};
use countersign_core::{Ctx, Id, Subject, Timestamp, Write, id};
use sha2::{Digest as _, Sha256};

crate::queries! {
    OWNER = "SELECT u.id, u.subject, u.epoch, u.admin, u.claims, u.disabled_at, u.created_at, u.updated_at, e.id, \
             e.verified_at, p.phc, p.declared FROM emails e JOIN users u ON u.id = e.user_id LEFT JOIN passwords p ON p.user_id = u.id \
             WHERE e.key = $1 AND u.deleted_at IS NULL ORDER BY (e.verified_at IS NULL), e.id LIMIT 1";
    REMEMBER = "UPDATE passwords SET declared = $1 WHERE user_id = $2";
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

/// Who has an address.
#[derive(Debug, Clone)]
pub struct Owner {
    /// The person.
    pub user: User,
    /// The address row.
    pub email: Id<id::Email>,
    /// Is the address proved?
    pub verified: bool,
    /// The stored password, if there is one.
    pub phc: Option<String>,
    /// The declared hash that was taken over last; the person may have set another since, or a sign-in hashed it anew.
    pub declared: Option<Fingerprint>,
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
    /// written this address down first.
    pub fn is_vouched_for(&self, verified: bool, admin: bool) -> bool {
        !self.verified && (verified || (admin && !self.user.admin))
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
    let Some(row) = tx.one(&OWNER, params![key]).await? else { return Ok(None) };
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
    Ok(Some(Owner {
        user,
        email: row.get(8)?,
        verified: verified.is_some(),
        phc: row.opt_text(10)?.map(str::to_owned),
        declared: row.opt_text(11)?.map(|text| Fingerprint(text.to_owned())),
    }))
}

/// Writes down which hash was taken over, so that it is taken over once.
pub async fn remember(tx: &mut Tx<'_>, wanted: &Wanted) -> Result<(), DbError> {
    let Some(Fingerprint(text)) = &wanted.declared else { return Ok(()) };
    match owner(tx, &wanted.key).await? {
        Some(owner) if owner.declared != wanted.declared => {
            tx.exec(&REMEMBER, params![text, owner.user.id]).await.map(drop)
        }
        Some(_) | None => Ok(()),
    }
}

/// The writes that make the person as declared; none if nothing differs.
pub fn plan(ctx: &Ctx<'_>, there: Option<&Owner>, wanted: &Wanted) -> Vec<Write> {
    let now = ctx.now;
    let set_password = |user| wanted.phc.clone().map(|phc| Write::SetPassword { user, phc, at: now });
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
            let mut writes = vec![Write::InsertUser(Box::new(user)), Write::InsertEmail(Box::new(email))];
            writes.extend(set_password(id));
            writes
        }
        Some(owner) => {
            let mut writes = Vec::new();
            if owner.is_vouched_for(wanted.verified, wanted.admin) {
                writes.extend(disown(owner.user.id, owner.email, now));
            } else if owner.phc.is_some() && wanted.phc.is_some() {
                // Another password from the operator is a reset: who came in by the old one is out.
                writes.extend(end_everything(owner.user.id, None, EndReason::PasswordChanged, now));
            }
            if owner.user.admin != wanted.admin || owner.user.claims != wanted.claims {
                let user = User {
                    admin: wanted.admin,
                    claims: wanted.claims.clone(),
                    updated_at: now,
                    ..owner.user.clone()
                };
                writes.push(Write::UpdateUser(Box::new(user)));
            }
            if wanted.verified && !owner.verified {
                writes.push(Write::VerifyEmail(owner.email, now));
            }
            writes.extend(set_password(owner.user.id));
            writes
        }
    }
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
        let made = plan(&ctx, None, &person(None));
        let user = made.iter().find_map(|write| match write {
            Write::InsertUser(user) => Some(*user.clone()),
            _ => None,
        });
        let mut owner = Owner {
            user: user.unwrap(),
            email: Id::new(&ctx),
            verified: true,
            phc: Some("old".to_owned()),
            declared: None,
        };
        let ends = |writes: &[Write]| {
            let all = [
                writes.iter().any(|it| matches!(it, Write::EndSessionsOfUser(..))),
                writes.iter().any(|it| matches!(it, Write::EndFamiliesOfUser(..))),
                writes.iter().any(|it| matches!(it, Write::BumpEpoch(_))),
            ];
            (writes.len(), all)
        };
        assert_eq!(ends(&plan(&ctx, Some(&owner), &person(Some("new")))), (5, [true; 3]));
        assert_eq!(ends(&plan(&ctx, Some(&owner), &person(None))), (0, [false; 3]));
        owner.phc = None;
        assert_eq!(ends(&plan(&ctx, Some(&owner), &person(Some("first")))), (1, [false; 3]));
    }
}
