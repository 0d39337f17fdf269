//! Clients, users and resources as written in the configuration or in a file for `apply`.

mod claims;
mod client;

use std::collections::BTreeSet;
use std::path::Path;

use countersign_core::account::{self, EmailAddress};
use countersign_core::oauth::account_api;
use countersign_core::oauth::metadata::STANDARD_SCOPES;
use countersign_core::oauth::registration::unknown_references;
use countersign_core::oauth::{Client, Resource};
use countersign_core::organization::OrgHandle;
use countersign_keys::{MAX_PASSWORD_BYTES, StoredHash};
use countersign_outbound::address::Address;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use super::problem::{Place, Problems};
use super::read::{Document, Shape, Surroundings};
use super::secret::secret;
use super::values::Values;

/// What was declared.
#[derive(Clone, Debug, Default)]
pub struct Declared {
    /// Apps.
    pub clients: Vec<Client>,
    /// People.
    pub users: Vec<UserSpec>,
    /// APIs.
    pub resources: Vec<Resource>,
    /// Groups of people.
    pub organizations: Vec<OrgSpec>,
    /// Where organizations are named that are not among them.
    pub references: Vec<Reference>,
}

/// An organization that is named and not declared beside: the database may have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// Its handle.
    pub handle: OrgHandle,
    /// Where it is named.
    pub place: Place,
}

/// An organization as declared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrgSpec {
    /// What it is called here.
    pub handle: OrgHandle,
    /// What people call it.
    pub name: String,
}

/// A person as declared.
#[derive(Clone, Debug)]
pub struct UserSpec {
    /// As typed.
    pub email: String,
    /// The address is known to be theirs.
    pub email_verified: bool,
    /// How they sign in; without one, by a link.
    pub password: Option<PasswordSource>,
    /// May administer the installation.
    pub admin: bool,
    /// OpenID Connect Core 5.1.
    pub claims: account::user::StandardClaims,
    /// Of which organizations they are members, if the configuration says.
    pub organizations: Option<Vec<OrgHandle>>,
}

/// A declared password.
#[derive(Clone, Debug)]
pub enum PasswordSource {
    /// To be hashed.
    Plain(SecretString),
    /// Hashed already, in PHC form.
    Hash(String),
}

pub(crate) fn declared(
    document: &Document,
    path: &Path,
    shape: Shape,
    world: &dyn Surroundings,
    problems: &mut Problems,
) -> Declared {
    let base = path.parent().unwrap_or(Path::new(""));
    let mut reader = Reader { base, world, problems };
    let all = |name: &str| document.many.get(name).map(Vec::as_slice).unwrap_or_default();
    let (clients, users, resources) = (all("client"), all("user"), all("resource"));
    let organizations = all("organization");
    reader.once(organizations, "handle", str::to_owned);
    reader.once(clients, "client_id", str::to_owned);
    reader.once(users, "email", |email| {
        Address::parse(email)
            .map_or_else(|_| email.to_owned(), |email| email.to_string())
            .to_ascii_lowercase()
    });
    reader.once(resources, "identifier", str::to_owned);
    let mut declared = Declared {
        references: Vec::new(),
        clients: clients.iter().filter_map(|values| reader.client(values)).collect(),
        users: users.iter().filter_map(|values| reader.user(values)).collect(),
        resources: resources.iter().filter_map(|values| reader.resource(values)).collect(),
        organizations: organizations.iter().filter_map(|values| reader.organization(values)).collect(),
    };
    declared.references = references(clients, users, &declared.organizations);
    // A file for `apply` may speak of what the database already has. A faulty one is told of as such, not as missing.
    let whole = declared.clients.len() == clients.len() && declared.resources.len() == resources.len();
    if shape == Shape::Server && whole {
        for (named_by, wrong) in unknown_references(&declared.clients, &declared.resources) {
            let speaker =
                |key: &'static str| move |values: &&Values| values.text(key) == Some(named_by.as_str());
            // The only member of a resource that names a client; all others are members of clients.
            let found = match wrong.member.starts_with("introspection_clients") {
                true => resources.iter().find(speaker("identifier")),
                false => clients.iter().find(speaker("client_id")),
            };
            if let Some(values) = found {
                reader.contradiction(values, &wrong);
            }
        }
    }
    declared
}

/// Scopes that nothing knows. No refusal: a resource that a file for `apply` added may know them.
pub(crate) fn doubts(document: &Document) -> Problems {
    let all = |name: &str| document.many.get(name).map(Vec::as_slice).unwrap_or_default();
    let words = |values: &Values| -> Vec<String> {
        values.text("scope").into_iter().flat_map(str::split_whitespace).map(str::to_owned).collect()
    };
    let known: BTreeSet<String> = all("resource").iter().flat_map(words).collect();
    let mut doubts = Problems::default();
    for client in all("client") {
        let is_known =
            |it: &str| known.contains(it) || STANDARD_SCOPES.contains(&it) || it == account_api::SCOPE;
        for scope in words(client).iter().filter(|it| !is_known(it)) {
            doubts.add(
                client.place("scope"),
                format!("`scope`: no [[resource]] knows {scope}"),
                "no API of the configuration asks for it",
                "correct it, or name it in the `scope` of a [[resource]]",
            );
        }
    }
    doubts
}

/// In the order of the file: apps before people.
fn references(clients: &[Values], users: &[Values], declared: &[OrgSpec]) -> Vec<Reference> {
    let of_clients =
        clients.iter().filter_map(|it| Some((it.text("organization")?, it.place("organization"))));
    let of_users = users.iter().filter_map(|it| it.texts("organizations")).flatten();
    let named = of_clients.chain(of_users.map(|it| (it.value.as_str(), &it.place)));
    let known = |handle: &OrgHandle| declared.iter().any(|it| it.handle == *handle);
    named
        .filter_map(|(text, place)| Some(Reference { handle: text.parse().ok()?, place: place.clone() }))
        .filter(|it| !known(&it.handle))
        .collect()
}

struct Reader<'a> {
    base: &'a Path,
    world: &'a dyn Surroundings,
    problems: &'a mut Problems,
}

impl Reader<'_> {
    fn once(&mut self, all: &[Values], key: &str, normal: impl Fn(&str) -> String) {
        let mut seen = BTreeSet::new();
        for values in all {
            if let Some(text) = values.text(key)
                && !seen.insert(normal(text))
            {
                self.problems.add(
                    values.place(key),
                    format!("`{key}` is written twice"),
                    "it is not clear which one counts",
                    "remove one",
                );
            }
        }
    }

    fn required<'v>(&mut self, values: &'v Values, key: &str, why: &str) -> Option<&'v str> {
        let text = values.text(key).filter(|text| !text.is_empty());
        if text.is_none() {
            self.problems.add(
                values.place(key),
                format!("`{key}` is missing"),
                why,
                format!("write `{key} = \"...\"`"),
            );
        }
        text
    }

    fn organization(&mut self, values: &Values) -> Option<OrgSpec> {
        let handle = self.required(values, "handle", "apps and people name it by that")?;
        let handle = self.handle(values, "handle", handle)?;
        let name = values.text("name").unwrap_or(handle.as_str()).to_owned();
        Some(OrgSpec { handle, name })
    }

    fn handle(&mut self, values: &Values, key: &str, text: &str) -> Option<OrgHandle> {
        let handle = text.parse::<OrgHandle>();
        if let Err(error) = &handle {
            self.problems.add(
                values.place(key),
                format!("`{text}` is no handle of an organization: {error}"),
                "it stands in commands and in the audit record",
                "correct it",
            );
        }
        handle.ok()
    }

    fn user(&mut self, values: &Values) -> Option<UserSpec> {
        let email = self.required(values, "email", "people sign in with it")?;
        // As the mail server takes it, and as people type it when they sign in.
        let wrong = match (Address::parse(email), EmailAddress::parse(email)) {
            (Err(error), _) => Some(error.to_string()),
            (Ok(_), Err(error)) => Some(error.to_string()),
            (Ok(_), Ok(_)) => None,
        };
        if let Some(error) = wrong {
            self.problems.add(
                values.place("email"),
                format!("`email`: {error}"),
                "mails are sent there",
                "correct it",
            );
        }
        let plain = secret(values, "password", 8, self.base, self.world, self.problems);
        if plain.as_ref().is_some_and(|plain| plain.expose_secret().len() > MAX_PASSWORD_BYTES) {
            let key = if values.has("password_file") { "password_file" } else { "password_env" };
            self.problems.add(
                values.place(key),
                format!("the password is longer than {MAX_PASSWORD_BYTES} bytes"),
                "very long input only costs time",
                "choose a shorter one",
            );
        }
        let hash = values.text("password_hash");
        if hash.is_some() && (values.has("password_env") || values.has("password_file")) {
            self.problems.add(
                values.place("password_hash"),
                "a password and a hash of a password",
                "it is not clear which one counts",
                "keep one",
            );
        }
        if let Some(Err(error)) = hash.map(StoredHash::parse) {
            self.problems.add(
                values.place("password_hash"),
                format!("`password_hash` is not an Argon2id hash in PHC form that can be used: {error}"),
                "other hashes are too cheap to guess",
                "write it like \"$argon2id$v=19$m=19456,t=2,p=1$...\"",
            );
        }
        let named = values.has("organizations").then(|| values.texts("organizations").unwrap_or_default());
        let organizations = named
            .map(|all| all.iter().filter_map(|it| self.handle(values, "organizations", &it.value)).collect());
        Some(UserSpec {
            organizations,
            email: email.to_owned(),
            email_verified: values.flag("email_verified").unwrap_or(false),
            password: plain
                .map(PasswordSource::Plain)
                .or(hash.map(|hash| PasswordSource::Hash(hash.to_owned()))),
            admin: values.flag("admin").unwrap_or(false),
            claims: self.claims(values),
        })
    }
}
