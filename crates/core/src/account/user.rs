//! The account and its standard claims.

use crate::{Id, Subject, Timestamp, id};
use serde::{Deserialize, Serialize};

/// An account. Users belong to the installation; memberships join them to organizations.
#[derive(Debug, Clone, PartialEq)]
pub struct User {
    /// Row id; in events and traces.
    pub id: Id<id::User>,
    /// OpenID Connect Core 2: what apps see.
    pub subject: Subject,
    /// May the person sign in?
    pub state: UserState,
    /// Counts up when a password changes, all sessions end or the person is disabled: proofs made
    /// under an older epoch are void.
    pub epoch: i64,
    /// May administer the installation.
    pub admin: bool,
    /// OpenID Connect Core 5.1 without e-mail and phone, which have rows of their own.
    pub claims: StandardClaims,
    /// When the account was made.
    pub created_at: Timestamp,
    /// OpenID Connect Core 5.1: `updated_at`.
    pub updated_at: Timestamp,
}

/// May the person sign in?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserState {
    /// Yes.
    Active,
    /// No, since then.
    Disabled(Timestamp),
    /// No: the person asked for the deletion, which will be final then. Until then they may keep the account.
    Leaving(Timestamp),
    /// Never again: only the subject is left, so that it does not come back.
    Deleted(Timestamp),
}

/// One e-mail address of a person, as typed, with its key (see `account::email`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailRow {
    /// Row id.
    pub id: Id<id::Email>,
    /// Whose.
    pub user: Id<id::User>,
    /// As typed.
    pub address: String,
    /// ASCII-lowered, domain as IDNA A-label; unique among verified addresses.
    pub key: String,
    /// Since when it is proved.
    pub verified_at: Option<Timestamp>,
    /// The one told to apps.
    pub primary: bool,
}

/// OpenID Connect Core 5.1. Stored as JSON; absent members are absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(missing_docs)] // named by the standard
pub struct StandardClaims {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub middle_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender: Option<String>,
    /// `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birthdate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zoneinfo: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// E.164.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number_verified: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
}

/// OpenID Connect Core 5.1.1.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(missing_docs)] // named by the standard
pub struct Address {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formatted: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street_address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locality: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}
