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

use std::io::ErrorKind;
use std::path::Path;

pub use declared::{Declared, OrgSpec, PasswordSource, Reference, UserSpec};
pub use problem::{Place, Problem, Problems};
pub use read::{Process, Shape, Surroundings};
pub use settings::{Config, Database, FixedPlaces, LogFormat, LogSettings, OutboundSettings, TlsFiles};

/// Reads and checks the configuration of a server.
pub fn load(path: &Path, world: &dyn Surroundings) -> Result<Config, Problems> {
    let mut problems = Problems::default();
    let config = text_of(path, Shape::Server, world, &mut problems).and_then(|text| {
        let document = read::document(path, &text, Shape::Server, world, &mut problems);
        settings::config(&document, path, world, &mut problems)
    });
    problems.into_result(config)
}

/// Reads and checks a file of clients, users and resources, for `apply`.
pub fn load_declared(path: &Path, world: &dyn Surroundings) -> Result<Declared, Problems> {
    let mut problems = Problems::default();
    let declared = text_of(path, Shape::Resources, world, &mut problems).map(|text| {
        let document = read::document(path, &text, Shape::Resources, world, &mut problems);
        declared::declared(&document, path, Shape::Resources, world, &mut problems)
    });
    problems.into_result(declared)
}

fn text_of(path: &Path, shape: Shape, world: &dyn Surroundings, problems: &mut Problems) -> Option<String> {
    let bytes = match world.bytes(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            let (why, mend) = match (error.kind(), shape) {
                (ErrorKind::PermissionDenied, _) => (
                    "the user that runs this may not read it",
                    "run this as the user that it belongs to, or let this one read it",
                ),
                (_, Shape::Server) => (
                    "the server takes everything it needs to know from it",
                    "give the right path with --config, or make one with `countersign init`",
                ),
                (_, Shape::Resources) => ("it says what is to be applied", "give the right path"),
            };
            let place = Place::File { path: path.to_owned(), line: 1, column: 1 };
            problems.add(&place, format!("the file cannot be read: {error}"), why, mend);
            return None;
        }
    };
    String::from_utf8(bytes)
        .map_err(|error| {
            let good = error.utf8_error().valid_up_to();
            let good = error.as_bytes().get(..good).and_then(|good| std::str::from_utf8(good).ok());
            let good = good.unwrap_or_default();
            let place = Place::in_file(path, good, good.len());
            problems.add(
                &place,
                "this is not UTF-8",
                "TOML is written in UTF-8",
                "save the file as UTF-8; `iconv -f ISO-8859-1 -t UTF-8` turns many older ones",
            );
        })
        .ok()
}

#[cfg(test)]
mod tests;
