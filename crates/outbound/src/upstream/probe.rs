//! Asking a provider, before anybody signs in, whether it is there and knows us.

use countersign_core::Timestamp;
use countersign_core::login::provider::answer::BadAnswer;
use countersign_core::login::provider::{Provider, UpstreamCall};

use super::{Upstream, UpstreamFailed, trust};
use crate::jwks::Want;

/// What a provider said to a code that it never gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probed {
    /// Nothing but the code was wrong: address, client and secret are right.
    Ready,
    /// RFC 6749 5.2 `invalid_client`, or the provider's own word for it.
    WrongClient(String),
    /// It does not know the address that people come back to.
    WrongCallback(String),
    /// Another error, or none.
    Unclear(String),
}

impl Upstream {
    /// Discovery, keys, and a code that nobody has. Nothing changes there.
    pub async fn probe(
        &self,
        provider: &Provider,
        callback: &str,
        now: Timestamp,
    ) -> Result<Probed, UpstreamFailed> {
        let asked = self.try_out(provider, callback, now);
        tokio::time::timeout(self.patience, asked).await.unwrap_or(Err(UpstreamFailed::Late))
    }

    async fn try_out(
        &self,
        provider: &Provider,
        callback: &str,
        now: Timestamp,
    ) -> Result<Probed, UpstreamFailed> {
        let endpoints = self.endpoints(provider, now).await?;
        if let Some(place) = &endpoints.keys {
            let keys = self.keys.keys(place, trust(provider, place), Want::Any, now).await;
            keys.map_err(UpstreamFailed::Keys)?;
        }
        let call = UpstreamCall {
            code: "countersign-doctor".to_owned(),
            // RFC 7636 4.1: 43 characters at least.
            verifier: "countersign-doctor-asks-whether-it-is-known-here".to_owned(),
            nonce: String::new(),
            callback: callback.to_owned(),
        };
        match self.redeem(provider, &endpoints, &call).await {
            Err(UpstreamFailed::Answer(BadAnswer::Error(word))) => Ok(judged(word)),
            Ok(_) => Ok(Probed::Unclear("tokens for a code that it never gave".to_owned())),
            // Some providers say so with a status of their own; what else it is, the code was not looked at.
            Err(UpstreamFailed::Status(_, status @ (401 | 403))) => {
                Ok(Probed::WrongClient(format!("the status {status}")))
            }
            Err(error) => Err(error),
        }
    }
}

/// The words of RFC 6749 5.2, and GitHub's.
fn judged(word: String) -> Probed {
    match word.as_str() {
        "invalid_grant" | "bad_verification_code" => Probed::Ready,
        "invalid_client" | "unauthorized_client" | "incorrect_client_credentials" => {
            Probed::WrongClient(word)
        }
        "redirect_uri_mismatch" => Probed::WrongCallback(word),
        _ => Probed::Unclear(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_provider_says_to_an_unknown_code_tells_whether_it_knows_us() {
        for (word, probed) in [
            ("invalid_grant", Probed::Ready),
            ("bad_verification_code", Probed::Ready),
            ("invalid_client", Probed::WrongClient("invalid_client".to_owned())),
            ("redirect_uri_mismatch", Probed::WrongCallback("redirect_uri_mismatch".to_owned())),
            ("invalid_request", Probed::Unclear("invalid_request".to_owned())),
        ] {
            assert_eq!(judged(word.to_owned()), probed);
        }
    }
}
