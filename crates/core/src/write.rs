//! Everything that a decision may write. `store` applies these, guarded, inside the transaction
//! that loaded the rows the decision saw.

use crate::account::{EmailRow, Identity, PhoneRow, StandardClaims, User, UserState};
use crate::oauth::Scope;
use crate::organization::{OrgHandle, Organization};
use crate::secret::{Kind, SecretKind, kind};
use crate::session::family::RefreshState;
use crate::session::session::NewSession;
use crate::session::{EndReason, Family};
use crate::{ClientId, Digest, Id, Timestamp, id};
use std::time::Duration;

/// One write. Guarded writes (`Spend*`, `Rotate*`, `Claim*` and those that say so) must touch their row: if they do not,
/// the transaction is undone and the decision is made again from fresh rows.
#[derive(Debug, Clone)]
pub enum Write {
    /// Guarded: a code is spent once.
    SpendCode {
        /// Which.
        digest: Digest<kind::Code>,
        /// When.
        at: Timestamp,
        /// The tombstone stays until then: as long as the longest token issued, so that a replay can end it.
        keep_until: Timestamp,
    },
    /// A new grant.
    InsertFamily(Box<Family>),
    /// Guarded by the old generation: a rotation happens once.
    RotateFamily {
        /// Which.
        id: Id<id::Family>,
        /// The generation that the decision saw.
        from: i64,
        /// What stands afterwards.
        to: RefreshState,
        /// When.
        at: Timestamp,
    },
    /// Guarded: a living grant ends once, so that its end is told once.
    EndFamily(Id<id::Family>, EndReason, Timestamp),
    /// All grants of a session end; those with `offline_access`, and codes not redeemed yet, too if `offline`.
    EndFamiliesOfSession {
        /// Which session.
        session: Id<id::Session>,
        /// The offline ones too?
        offline: bool,
        /// Why.
        reason: EndReason,
        /// When.
        at: Timestamp,
    },
    /// All grants of a person with one client end (consent withdrawn), and the codes not redeemed yet.
    EndFamiliesOfClient(Id<id::User>, ClientId, EndReason, Timestamp),
    /// All grants and unredeemed codes of a person end (password reset, disabling), except those of one session.
    EndFamiliesOfUser(Id<id::User>, Option<Id<id::Session>>, EndReason, Timestamp),
    /// All grants and unredeemed codes of a person with the apps that are for an organization's members end.
    EndFamiliesOfMember {
        /// Whose.
        user: Id<id::User>,
        /// Whose apps.
        organization: OrgHandle,
        /// Why.
        reason: EndReason,
        /// When.
        at: Timestamp,
    },
    /// Guarded: one organization a handle.
    InsertOrganization(Box<Organization>),
    /// Guarded: a person becomes a member once.
    AddMember {
        /// Of which organization.
        org: Id<id::Organization>,
        /// Who.
        user: Id<id::User>,
        /// Since when.
        at: Timestamp,
    },
    /// Guarded: a membership is lost once.
    RemoveMember {
        /// Of which organization.
        org: Id<id::Organization>,
        /// Who.
        user: Id<id::User>,
    },
    /// A new session.
    InsertSession(Box<NewSession>),
    /// A fresh proof in a living session: new cookie, new `auth_time`.
    RenewSession(Box<NewSession>),
    /// A session ends.
    EndSession(Id<id::Session>, EndReason, Timestamp),
    /// All sessions of a person end, except this one.
    EndSessionsOfUser(Id<id::User>, Option<Id<id::Session>>, EndReason, Timestamp),
    /// Consent of a person to a client, replacing the earlier one.
    PutConsent(Id<id::User>, ClientId, Scope, Timestamp),
    /// Consent withdrawn.
    RemoveConsent(Id<id::User>, ClientId),
    /// All consents of a person (an address was proved by somebody else than who gave them).
    RemoveConsents(Id<id::User>),
    /// A new single-use secret.
    InsertSecret(Box<NewSecret>),
    /// Guarded: a secret of that kind is spent once.
    SpendSecret(SecretKind, [u8; 33], Timestamp),
    /// Guarded by what the decision saw: an unspent secret gets another content (a device code lives on from state
    /// to state).
    ChangeSecret {
        /// Its kind.
        kind: SecretKind,
        /// Which.
        digest: [u8; 33],
        /// What stood there.
        from: serde_json::Value,
        /// What stands there now.
        to: serde_json::Value,
    },
    /// Guarded: a value without a row yet (a `jti`) is claimed once.
    ClaimSecret(Box<NewSecret>),
    /// All unspent secrets of these kinds for a person are void (newer link, password change).
    VoidSecrets(Id<id::User>, Vec<SecretKind>, Timestamp),
    /// A try that turned out well counts against nobody.
    Uncount(String),
    /// A new account.
    InsertUser(Box<User>),
    /// What the operator declares of an account: role and profile. The state is not touched.
    UpdateUser(Box<User>),
    /// What a person says of themselves. Role and state are not touched, whatever was read before.
    SetClaims(Id<id::User>, Box<StandardClaims>, Timestamp),
    /// The state alone.
    SetUserState(Id<id::User>, UserState, Timestamp),
    /// Guarded: the account is switched off, and goes for good at that time.
    Leave {
        /// Whose.
        user: Id<id::User>,
        /// When it is final.
        until: Timestamp,
        /// When the person asked.
        at: Timestamp,
    },
    /// Guarded: an account that is on its way out stays.
    Keep(Id<id::User>, Timestamp),
    /// Guarded: an account is deleted once. Everything personal goes; the row with its subject stays.
    DeleteUser(Id<id::User>, Timestamp),
    /// Proofs made before are void.
    BumpEpoch(Id<id::User>),
    /// A new address.
    InsertEmail(Box<EmailRow>),
    /// Guarded by uniqueness of verified addresses.
    VerifyEmail(Id<id::Email>, Timestamp),
    /// Guarded: a person has a number once.
    InsertPhone(Box<PhoneRow>),
    /// Guarded: a phone of this person becomes the one that apps are told.
    ChoosePhone(Id<id::Phone>, Id<id::User>),
    /// Guarded: a phone of this person goes once.
    RemovePhone(Id<id::Phone>, Id<id::User>),
    /// Guarded by uniqueness: a linked account opens one account.
    InsertIdentity(Box<Identity>),
    /// A sign-in by a linked account, and how the person knows it today.
    TouchIdentity {
        /// Which.
        id: Id<id::Identity>,
        /// An address or a name there.
        shown: String,
        /// When.
        at: Timestamp,
    },
    /// Guarded: a proved address of this person, the only one in front from then on.
    SetPrimaryEmail(Id<id::User>, Id<id::Email>, Timestamp),
    /// Guarded: an address of this person that is not in front goes once.
    RemoveEmail(Id<id::Email>, Id<id::User>),
    /// Guarded: of all addresses and phones of this person, this address alone stays, and stands in front.
    KeepOnlyEmail(Id<id::Email>, Id<id::User>),
    /// Guarded: a linked account of this person goes once.
    RemoveIdentity(Id<id::Identity>, Id<id::User>),
    /// All linked accounts of a person go.
    RemoveIdentities(Id<id::User>),
    /// What one account has becomes another's: linked accounts, addresses, consents that the other has not.
    MoveAccount {
        /// Whose it was.
        from: Id<id::User>,
        /// Whose it becomes.
        into: Id<id::User>,
    },
    /// The password is gone; links still sign in.
    RemovePassword(Id<id::User>),
    /// Sets or replaces the password.
    SetPassword {
        /// Whose.
        user: Id<id::User>,
        /// PHC string.
        phc: String,
        /// When.
        at: Timestamp,
    },
}

/// A row of `secrets`.
#[derive(Debug, Clone)]
pub struct NewSecret {
    /// What it is for.
    pub kind: SecretKind,
    /// Its keyed digest.
    pub digest: [u8; 33],
    /// Bound to this client.
    pub client: Option<ClientId>,
    /// Bound to this person; null where the address is unknown (same rows either way).
    pub user: Option<Id<id::User>>,
    /// Bound to this flow.
    pub flow: Option<Id<id::Flow>>,
    /// What it carries, without secrets.
    pub payload: serde_json::Value,
    /// Made then.
    pub created_at: Timestamp,
    /// Refused from then on.
    pub expires_at: Timestamp,
}

/// A row of `secrets`, as found.
#[derive(Debug, Clone)]
pub struct FoundSecret {
    /// As written.
    pub row: NewSecret,
    /// Used or voided then.
    pub spent_at: Option<Timestamp>,
}

/// Why a secret does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretRefused {
    /// No such secret of this kind.
    #[error("no such secret")]
    Unknown,
    /// Used, or voided by a newer one.
    #[error("the secret was used, or voided by a newer one")]
    Used,
    /// Too old.
    #[error("the secret is too old")]
    Expired,
}

impl FoundSecret {
    /// Usable now; used before old, so that a link clicked twice says so.
    pub fn usable(found: Option<&Self>, now: Timestamp) -> Result<&NewSecret, SecretRefused> {
        let found = found.ok_or(SecretRefused::Unknown)?;
        if found.spent_at.is_some() {
            return Err(SecretRefused::Used);
        }
        if now >= found.row.expires_at { Err(SecretRefused::Expired) } else { Ok(&found.row) }
    }
}

impl NewSecret {
    /// A row for this digest that lives this long, bound to nothing yet.
    pub fn of<K: Kind>(digest: &Digest<K>, now: Timestamp, life: Duration) -> Self {
        let mut bytes = [0; 33];
        bytes.copy_from_slice(digest.as_bytes());
        Self {
            kind: K::KIND,
            digest: bytes,
            client: None,
            user: None,
            flow: None,
            payload: serde_json::Value::Null,
            created_at: now,
            expires_at: now + life,
        }
    }
    /// Bound to a person; `None` where nobody has the address (same rows either way).
    pub fn user(mut self, user: Option<Id<id::User>>) -> Self {
        self.user = user;
        self
    }
    /// Bound to a client.
    pub fn client(mut self, client: Option<ClientId>) -> Self {
        self.client = client;
        self
    }
    /// Bound to a flow.
    pub fn flow(mut self, flow: Id<id::Flow>) -> Self {
        self.flow = Some(flow);
        self
    }
    /// With this content, free of secrets in clear.
    pub fn payload(mut self, payload: impl Into<serde_json::Value>) -> Self {
        self.payload = payload.into();
        self
    }
}
