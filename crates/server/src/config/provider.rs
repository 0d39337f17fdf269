//! `[[provider]]`: read here, judged by the core, told with their lines.

use std::collections::BTreeSet;

use countersign_core::login::provider::{Provider, ProviderMetadata, Secret};
use countersign_core::oauth::Client;
use countersign_core::oauth::registration::Contradiction;
use secrecy::ExposeSecret as _;
use serde_json::{Map, Value as Json};

use super::settings::Settings;
use super::values::Values;

const SECRETS: &[&str] = &["client_secret_env", "client_secret_file"];

impl Settings<'_> {
    pub(super) fn providers(&mut self) -> Vec<Provider> {
        let all = self.document.many.get("provider").map(Vec::as_slice).unwrap_or_default();
        let mut seen = BTreeSet::new();
        for name in ["name", "claim"] {
            for values in all {
                if let Some(text) = values.text(name)
                    && !seen.insert((name, text))
                {
                    let wrong = Contradiction::new(name, format!("another provider has \"{text}\" too"));
                    self.wrong(values, &wrong);
                }
            }
        }
        all.iter().filter_map(|values| self.provider(values)).collect()
    }

    fn provider(&mut self, values: &Values) -> Option<Provider> {
        let metadata = self.metadata(values)?;
        let named = SECRETS.iter().any(|key| values.has(key));
        let secret = match named {
            // What is wrong with the secret itself is told by its reader.
            true => Some(Secret::new(self.secret(values, "client_secret", 8)?.expose_secret())),
            false => None,
        };
        match metadata.validate(secret) {
            Ok(provider) => Some(provider),
            Err(wrong) => {
                wrong.iter().for_each(|wrong| self.wrong(values, wrong));
                None
            }
        }
    }

    /// A value that is none of a key's choices is told with its line.
    fn metadata(&mut self, values: &Values) -> Option<ProviderMetadata> {
        let all = values.to_json(SECRETS);
        if let Ok(metadata) = serde_json::from_value(Json::Object(all.clone())) {
            return Some(metadata);
        }
        if !values.has("name") {
            self.wrong(values, &Contradiction::new("name", "is missing: it stands in addresses"));
        }
        // The error of the whole names no key, so each is tried beside a name alone.
        for (name, value) in &all {
            let mut one = Map::new();
            one.insert("name".to_owned(), Json::from("x"));
            one.insert(name.clone(), value.clone());
            if let Err(error) = serde_json::from_value::<ProviderMetadata>(Json::Object(one)) {
                self.wrong(values, &Contradiction::new(name.as_str(), error.to_string()));
            }
        }
        None
    }

    /// An app may offer only what there is.
    pub(super) fn offered(&mut self, clients: &[Client], providers: &[Provider]) {
        let all = self.document.many.get("client").map(Vec::as_slice).unwrap_or_default();
        for client in clients {
            let values = all.iter().find(|it| it.text("client_id") == Some(client.id.as_str()));
            let named = client.providers.iter().flatten().enumerate();
            for (nth, name) in named.filter(|(_, name)| !providers.iter().any(|it| it.name == **name)) {
                if let Some(values) = values {
                    let what = format!("there is no [[provider]] with the name \"{name}\"");
                    self.wrong(values, &Contradiction::new(format!("providers[{nth}]"), what));
                }
            }
        }
    }

    fn wrong(&mut self, values: &Values, wrong: &Contradiction) {
        self.problems.add(
            values.member_place(&wrong.member),
            format!("`{}`: {}", wrong.member, wrong.problem),
            "it would fail at the first sign-in, or let somebody in who should not be",
            "correct it; docs/providers.md walks through each kind",
        );
    }
}
