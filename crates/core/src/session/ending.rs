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
    let links =
        vec![SecretKind::MagicLink, SecretKind::MagicCode, SecretKind::ResetLink, SecretKind::EmailCode];
    [
        Write::EndSessionsOfUser(user, but, reason, at),
        Write::EndFamiliesOfUser(user, but, reason, at),
        Write::VoidSecrets(user, links, at),
        Write::BumpEpoch(user),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_grants_links_and_half_done_sign_ins_end_and_one_session_may_stay() {
        let (user, stays) = (Id::from_bytes([7; 16]), Some(Id::from_bytes([8; 16])));
        let (reason, at) = (EndReason::PasswordChanged, Timestamp::from_seconds(9));
        let writes = end_everything(user, stays, reason, at);
        let [
            Write::EndSessionsOfUser(..),
            Write::EndFamiliesOfUser(of, but, why, when),
            Write::VoidSecrets(_, links, _),
            Write::BumpEpoch(_),
        ] = writes
        else {
            panic!("{writes:?}")
        };
        assert_eq!((of, but, why, when), (user, stays, reason, at));
        let all =
            [SecretKind::MagicLink, SecretKind::MagicCode, SecretKind::ResetLink, SecretKind::EmailCode];
        assert_eq!(links, all);
    }
}
