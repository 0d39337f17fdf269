//! The configuration: one TOML file, the environment over it, secrets beside it.
//!
//! Everything that is wrong is told at once, each with its line, before anything starts.

mod declared;
mod issuer;
pub mod messages;
mod policy;
mod problem;
mod provider;
mod read;
pub mod reference;
mod schema;
mod secret;
mod settings;
mod values;

use std::path::Path;

pub use declared::{Declared, OrgSpec, PasswordSource, UserSpec};
pub use problem::{Place, Problem, Problems};
pub use read::{Process, Shape, Surroundings};
pub use settings::{Config, Database, FixedPlaces, LogFormat, LogSettings, OutboundSettings, TlsFiles};

/// Reads and checks the configuration of a server.
pub fn load(path: &Path, world: &dyn Surroundings) -> Result<Config, Problems> {
    let mut problems = Problems::default();
    let config = text_of(path, world, &mut problems).and_then(|text| {
        let document = read::document(path, &text, Shape::Server, world, &mut problems);
        settings::config(&document, path, world, &mut problems)
    });
    problems.into_result(config)
}

/// Reads and checks a file of clients, users and resources, for `apply`.
pub fn load_declared(path: &Path, world: &dyn Surroundings) -> Result<Declared, Problems> {
    let mut problems = Problems::default();
    let declared = text_of(path, world, &mut problems).map(|text| {
        let document = read::document(path, &text, Shape::Resources, world, &mut problems);
        declared::declared(&document, path, Shape::Resources, world, &mut problems)
    });
    problems.into_result(declared)
}

fn text_of(path: &Path, world: &dyn Surroundings, problems: &mut Problems) -> Option<String> {
    match world.file(path) {
        Ok(text) => Some(text),
        Err(error) => {
            problems.add(
                &Place::File { path: path.to_owned(), line: 1, column: 1 },
                format!("the file cannot be read: {error}"),
                "the server takes everything it needs to know from it",
                "give the right path with --config, or make one with `countersign init`",
            );
            None
        }
    }
}

#[cfg(test)]
mod tests;
