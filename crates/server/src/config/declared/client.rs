//! `[[client]]` and `[[resource]]`: read here, judged by the core, told with their lines.

use countersign_core::oauth::registration::{ClientMetadata, Contradiction, ResourceMetadata};
use countersign_core::oauth::{Client, ClientAuth, Resource, client::ClientKeys};
use countersign_core::organization::OrgScope;
use countersign_jose::JwkSet;
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};

use super::Reader;
use crate::config::secret::{resolve, secret};
use crate::config::values::Values;

const SECRETS: &[&str] = &["client_secret_env", "client_secret_file"];
/// What is read here, and not by the core.
const READ_HERE: &[&str] = &["client_secret_env", "client_secret_file", "logo_file"];

impl Reader<'_> {
    pub(super) fn client(&mut self, values: &Values) -> Option<Client> {
        self.required(values, "client_id", "apps are told apart by it")?;
        let mut metadata: ClientMetadata = self.metadata(values, READ_HERE, "client_id")?;
        let named = SECRETS.iter().copied().find(|key| values.has(key));
        if let Some(member) = named {
            // What is wrong with the secret itself is told by its reader.
            let plain = secret(values, "client_secret", 0, self.base, self.world, self.problems)?;
            if let Err(wrong) = metadata.put_secret(member, plain.expose_secret()) {
                self.contradiction(values, &wrong);
                return None;
            }
        }
        if let Some(file) = values.text("logo_file")
            && let Err(wrong) = self.logo(file).and_then(|bytes| metadata.put_logo(&bytes))
        {
            self.contradiction(values, &wrong);
            return None;
        }
        match metadata.validate(OrgScope::installation().org()) {
            Ok(client) => {
                self.inline_keys(values, &client);
                Some(client)
            }
            Err(wrong) => {
                wrong.iter().for_each(|wrong| self.contradiction(values, wrong));
                None
            }
        }
    }

    fn logo(&self, file: &str) -> Result<Vec<u8>, Contradiction> {
        let path = resolve(self.base, file);
        let unreadable =
            |error| Contradiction::new("logo_file", format!("{} cannot be read: {error}", path.display()));
        self.world.bytes(&path).map_err(unreadable)
    }

    pub(super) fn resource(&mut self, values: &Values) -> Option<Resource> {
        self.required(values, "identifier", "it becomes the audience of access tokens")?;
        let metadata: ResourceMetadata = self.metadata(values, &[], "identifier")?;
        match metadata.validate(OrgScope::installation().org()) {
            Ok(resource) => Some(resource),
            Err(wrong) => {
                wrong.iter().for_each(|wrong| self.contradiction(values, wrong));
                None
            }
        }
    }

    pub(super) fn contradiction(&mut self, values: &Values, wrong: &Contradiction) {
        self.problems.add(
            values.member_place(&wrong.member),
            format!("`{}`: {}", wrong.member, wrong.problem),
            "it would fail at the first sign-in, or let somebody in who should not be",
            "correct it; docs/configuration.md describes every key",
        );
    }

    /// The typed metadata. A value that is none of a key's choices is told with its line.
    fn metadata<T: DeserializeOwned>(&mut self, values: &Values, except: &[&str], id: &str) -> Option<T> {
        let all = values.to_json(except);
        let whole = serde_json::from_value(Json::Object(all.clone()));
        if let Ok(metadata) = whole {
            return Some(metadata);
        }
        // The error of the whole names no key, so each is tried beside the id alone.
        for (name, value) in &all {
            let mut one = Map::new();
            one.insert(id.to_owned(), all.get(id).cloned().unwrap_or_default());
            one.insert(name.clone(), value.clone());
            if let Err(error) = serde_json::from_value::<T>(Json::Object(one)) {
                self.contradiction(values, &Contradiction::new(name.as_str(), error.to_string()));
            }
        }
        None
    }

    /// The core sees to it that the set is one; whether its keys are keys, the library that uses them says.
    fn inline_keys(&mut self, values: &Values, client: &Client) {
        if let ClientAuth::PrivateKeyJwt { keys: ClientKeys::Jwks(jwks) } = &client.auth
            && let Err(error) = JwkSet::parse(jwks.to_string().as_bytes())
        {
            self.contradiction(values, &Contradiction::new("jwks", error.to_string()));
        }
    }
}
