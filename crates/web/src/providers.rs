//! The providers in force. The configuration is the truth; a reload exchanges them whole.

use countersign_core::login::provider::settings::FederatedClaim;
use countersign_core::login::provider::{Kind, Provider};
use std::sync::Arc;

/// All of them, in the order of the configuration.
#[derive(Debug, Default)]
pub struct Providers(Vec<Arc<Provider>>);

impl Providers {
    /// These.
    pub fn new(all: Vec<Provider>) -> Self {
        Self(all.into_iter().map(Arc::new).collect())
    }
    /// By name, switched off or not.
    pub fn find(&self, name: &str) -> Option<Arc<Provider>> {
        self.0.iter().find(|it| it.name == name).cloned()
    }
    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Provider>> {
        self.0.iter()
    }
}

/// What apps are told of linked accounts.
pub fn federated(all: &[Provider]) -> Vec<FederatedClaim> {
    let told = |it: &Provider| Some(FederatedClaim { claim: it.claim.clone()?, provider: it.name.clone() });
    all.iter().filter_map(told).collect()
}

/// Whose mark its button bears.
pub fn mark(provider: &Provider) -> &'static str {
    match &provider.kind {
        Kind::Github => "github",
        Kind::Gitlab => "gitlab",
        Kind::Microsoft => "microsoft",
        Kind::Google => "google",
        Kind::Oidc | Kind::Oauth2(_) => "other",
    }
}
