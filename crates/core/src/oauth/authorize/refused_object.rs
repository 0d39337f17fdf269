//! A request object that is refused: how its app wants to hear so.

use crate::oauth::ResponseMode;
use crate::secret::from_base64url;
use serde::Deserialize;

/// OpenID Connect Core 6.1: what stands in the object supersedes the parameters beside it, and these two may stand
/// there alone. An app that waits for a form, or knows its request by `state`, would not understand the refusal
/// otherwise. Nothing here is verified, and nothing needs to be: whoever made the link could have written both
/// beside the object, and the address is matched before.
#[derive(Debug, Default, Deserialize)]
pub(super) struct RefusedObject {
    pub(super) state: Option<String>,
    response_mode: Option<String>,
}

impl RefusedObject {
    /// Of a JWT, signed or not; what cannot be read, or is encrypted, wishes for nothing.
    pub(super) fn read(jwt: &str) -> Self {
        let mut parts = jwt.split('.');
        let payload = match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(_header), Some(payload), Some(_signature), None) => from_base64url(payload),
            _other => None,
        };
        let mut read: Self = payload.and_then(|it| serde_json::from_slice(&it).ok()).unwrap_or_default();
        // As among parameters: never U+0000, and what is empty counts as left out.
        read.state = read.state.filter(|state| !state.is_empty() && !state.contains('\0'));
        read
    }

    pub(super) fn mode(&self) -> Option<ResponseMode> {
        self.response_mode.as_deref().and_then(super::mode)
    }
}
