//! What a provider answers.

use countersign_core::account::EmailAddress;
use countersign_core::login::provider::answer::{Discovered, Facts, TokenAnswer};
use countersign_core::login::provider::{Provider, ProviderMetadata, Secret, TrustEmail};
use std::sync::LazyLock;

/// What a provider answers: token answer, discovery document, person, list of addresses. Whoever is read out of it has a
/// subject that fits its column, an address that mail can be sent to, and no address is proved by anything but a true.
pub fn provider_answer(data: &[u8]) {
    static PROVIDERS: LazyLock<Vec<Provider>> = LazyLock::new(|| {
        let one = |members: serde_json::Value| {
            let metadata: ProviderMetadata = serde_json::from_value(members).expect("metadata");
            metadata.validate(Some(Secret::new("s"))).expect("a provider")
        };
        vec![
            one(serde_json::json!({ "name": "a", "kind": "github", "client_id": "us" })),
            one(
                serde_json::json!({ "name": "b", "kind": "microsoft", "tenant": "common", "client_id": "us" }),
            ),
            one(serde_json::json!({
                "name": "c", "kind": "oidc", "label": "C", "issuer": "https://idp.example", "client_id": "us",
                "trust_email": "flag",
            })),
            one(serde_json::json!({
                "name": "d", "kind": "oauth2", "label": "D", "client_id": "us", "trust_email": "flag",
                "authorization_endpoint": "https://o.example/a", "token_endpoint": "https://o.example/t",
                "userinfo_endpoint": "https://o.example/u",
                "claims": { "subject": "sub", "email": "email", "email_verified": "email_verified", "name": "a.b" },
            })),
        ]
    });
    if let Ok(answer) = TokenAnswer::parse(data) {
        assert!(!answer.access_token.is_empty() && answer.access_token.bytes().all(|b| b.is_ascii_graphic()));
        assert!(!format!("{answer:?}").contains("access_token"));
    }
    if let Some(found) = Discovered::parse(data) {
        for provider in PROVIDERS.iter() {
            if let Ok(endpoints) = provider.endpoints(Some(&found)) {
                assert_eq!(endpoints.authorize.scheme(), "https");
                assert_eq!(endpoints.token.scheme(), "https");
            }
        }
    }
    let Ok(value) = serde_json::from_slice::<serde_json::Value>(data) else { return };
    let claims = value.as_object();
    for provider in PROVIDERS.iter() {
        let id_token = claims.filter(|_| provider.kind.is_openid());
        let emails = value.get("emails");
        let facts = Facts { issuer: "https://idp.example", id_token, person: Some(&value), emails };
        let Ok(claimed) = provider.person(&facts) else { continue };
        assert!(
            !claimed.subject.is_empty() && claimed.subject.len() <= 255 && !claimed.subject.contains('\0')
        );
        if let Some(email) = &claimed.email {
            assert!(EmailAddress::parse(email.address.typed()).is_ok());
            let text = value.to_string();
            assert!(!email.verified || text.contains("true"), "{text}");
            assert_ne!(provider.trust_email, TrustEmail::Always);
        }
    }
}
