//! One `[[resource]]`, and whether clients and resources know each other.

use super::Contradiction;
use super::check::resource_identifier;
use crate::oauth::{Client, GrantType, Resource, Scope, Words};
use crate::{ClientId, Id, id};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// RFC 8707: an API that accepts our access tokens, as an operator writes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResourceMetadata {
    /// An absolute URI without fragment; becomes `aud`.
    pub identifier: String,
    /// For people; the identifier if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The scopes it knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// What scopes let an app do, for the consent page: a sentence, or one for each language.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub scope_descriptions: BTreeMap<String, Words>,
    /// The clients that may introspect for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub introspection_clients: Vec<String>,
}

impl ResourceMetadata {
    /// The resource, or everything that is wrong with it.
    pub fn validate(&self, org: Id<id::Organization>) -> Result<Resource, Vec<Contradiction>> {
        let mut wrong = Vec::new();
        if let Err(problem) = resource_identifier(&self.identifier) {
            wrong.push(Contradiction::new("identifier", problem));
        }
        let scope = Scope::parse(self.scope.as_deref().unwrap_or_default());
        if let Err(bad) = &scope {
            wrong.push(Contradiction::new("scope", bad.to_string()));
        }
        for (name, words) in &self.scope_descriptions {
            if !scope.as_ref().is_ok_and(|scope| scope.has(name)) {
                wrong.push(described(name, "it is not among the scopes of this resource"));
            }
            let texts = words.all();
            let fits = |text: &&str| {
                let length = text.trim().chars().count();
                (1..=MOST_OF_DESCRIPTION).contains(&length) && !text.chars().any(char::is_control)
            };
            if texts.is_empty() || !texts.iter().all(fits) {
                wrong.push(described(name, "a description is one line of at most 200 characters"));
            }
        }
        let mut clients = Vec::new();
        for (i, text) in self.introspection_clients.iter().enumerate() {
            match ClientId::parse(text) {
                Ok(client) => clients.push(client),
                Err(_) => {
                    wrong.push(Contradiction::new(format!("introspection_clients[{i}]"), "not a client id"))
                }
            }
        }
        let (Ok(scope), []) = (scope, wrong.as_slice()) else { return Err(wrong) };
        Ok(Resource {
            identifier: self.identifier.clone(),
            org,
            name: self.name.clone().unwrap_or_else(|| self.identifier.clone()),
            scope,
            scope_descriptions: self.scope_descriptions.clone(),
            introspection_clients: clients,
        })
    }
}

/// It is a line in a list.
const MOST_OF_DESCRIPTION: usize = 200;

fn described(name: &str, problem: &str) -> Contradiction {
    Contradiction::new("scope_descriptions", format!("{name}: {problem}"))
}

/// Resources that clients name and nobody declared, and clients that resources name and nobody declared.
/// The first text is the client id or resource identifier that names them.
pub fn unknown_references(clients: &[Client], resources: &[Resource]) -> Vec<(String, Contradiction)> {
    let mut wrong = Vec::new();
    for client in clients {
        for (member, named) in
            [("resources", &client.resources), ("exchange_resources", &client.exchange_resources)]
        {
            for (i, name) in named.iter().enumerate() {
                if !resources.iter().any(|resource| resource.identifier == *name) {
                    let problem = format!("no [[resource]] has the identifier {name}");
                    wrong
                        .push((client.id.to_string(), Contradiction::new(format!("{member}[{i}]"), problem)));
                }
            }
        }
        // RFC 8693: it may exchange what was sent to a resource that it serves.
        let serves = resources.iter().any(|resource| resource.introspection_clients.contains(&client.id));
        if client.may(GrantType::TokenExchange) && !serves {
            let problem = "token-exchange, but no [[resource]] names it in introspection_clients: nothing is sent to it that it could exchange";
            wrong.push((client.id.to_string(), Contradiction::new("grant_types", problem)));
        }
    }
    for resource in resources {
        for (i, id) in resource.introspection_clients.iter().enumerate() {
            let member = format!("introspection_clients[{i}]");
            match clients.iter().find(|client| client.id == *id) {
                None => {
                    let problem = format!("no [[client]] has the client_id {id}");
                    wrong.push((resource.identifier.clone(), Contradiction::new(member, problem)));
                }
                // RFC 7662 2.1: the endpoint asks who calls.
                Some(client) if client.is_public() => {
                    let problem =
                        format!("{id} is a public client: introspection needs one that authenticates");
                    wrong.push((resource.identifier.clone(), Contradiction::new(member, problem)));
                }
                Some(_) => {}
            }
        }
    }
    wrong
}
