//! Ending everything that somebody is signed in to.

use super::EndReason;
use crate::{Id, SecretKind, Timestamp, Write, id};

/// DESIGN 5: sessions, grants (offline ones too), links on their way and half-done sign-ins of a person are over. One
/// session may stay, with its grants: that of the person who wishes it.
pub fn end_everything(
    user: Id<id::User>,
    but: Option<Id<id::Session>>,
    reason: EndReason,
    at: Timestamp,
) -> [Write; 4] {
    let links = vec![SecretKind::MagicLink, SecretKind::MagicCode, SecretKind::ResetLink];
    [
        Write::EndSessionsOfUser(user, but, reason, at),
        Write::EndFamiliesOfUser(user, but, reason, at),
        Write::VoidSecrets(user, links, at),
        Write::BumpEpoch(user),
    ]
}
