//! A message as JSON to an address of the operator, signed so that the receiver knows who sent it and when
//! (Standard Webhooks).

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign_core::Timestamp;
use reqwest::header::{CONTENT_TYPE, HeaderName};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value as Json;
use url::Url;

use crate::carry::{NotSent, judge};
use crate::guard::{Guard, Trust};

/// Where to, and signed with what.
#[derive(Clone, Debug)]
pub struct WebhookConfig {
    /// The address that the operator wrote.
    pub url: Url,
    /// Shared with the receiver: as it is, or `whsec_` and base64.
    pub secret: SecretString,
}

impl WebhookConfig {
    /// Would messages leave in the same way?
    pub fn is_same(&self, other: &WebhookConfig) -> bool {
        self.url == other.url && self.secret.expose_secret() == other.secret.expose_secret()
    }
}

const ID: HeaderName = HeaderName::from_static("webhook-id");
const TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// Posts one message. The id is the same in every try, so that the receiver tells duplicates; the signature is over the
/// time of this one, so that an old request is worth nothing later.
pub(crate) async fn post(
    guard: &Guard,
    config: &WebhookConfig,
    id: &str,
    now: Timestamp,
    body: &Json,
) -> Result<(), NotSent> {
    let body = body.to_string();
    let at = now.seconds().to_string();
    let signature = signature(config.secret.expose_secret(), id, &at, &body);
    let headers = [
        (CONTENT_TYPE, "application/json"),
        (ID, id),
        (TIMESTAMP, at.as_str()),
        (SIGNATURE, signature.as_str()),
    ];
    judge(guard.post(&config.url, Trust::Operator, &headers, body.into_bytes()).await, |_| None)
}

/// Looks whether somebody answers there. For `doctor`. Whatever is posted is a message, so this is a GET: a refusal of
/// the method (405, or 501 from programs that know only POST) shows that somebody is there as well as an answer does.
pub(crate) async fn probe(guard: &Guard, config: &WebhookConfig) -> Result<(), NotSent> {
    let reply = guard.get(&config.url, Trust::Operator).await;
    match reply.map_err(|error| NotSent::Away(error.to_string()))?.status {
        501 => Ok(()),
        status @ (404 | 500..) => Err(NotSent::Away(format!("answered {status}"))),
        _ => Ok(()),
    }
}

fn signature(secret: &str, id: &str, at: &str, body: &str) -> String {
    let coded = secret.strip_prefix("whsec_").and_then(|coded| STANDARD.decode(coded).ok());
    let key = hmac::Key::new(hmac::HMAC_SHA256, coded.as_deref().unwrap_or(secret.as_bytes()));
    let tag = hmac::sign(&key, format!("{id}.{at}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(tag.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_standard_has_its_signature() {
        let signed = signature(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "1614265330",
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn another_id_time_body_or_secret_has_another_signature() {
        let all = [
            signature("secret", "a", "1", "{}"),
            signature("secret", "b", "1", "{}"),
            signature("secret", "a", "2", "{}"),
            signature("secret", "a", "1", "[]"),
            signature("other", "a", "1", "{}"),
        ];
        for (at, one) in all.iter().enumerate() {
            assert!(!all.iter().skip(at + 1).any(|other| other == one));
        }
    }
}
