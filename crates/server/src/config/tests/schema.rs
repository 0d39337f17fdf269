//! The table of keys, and what is made from it.

use serde::Deserialize as _;

use super::super::schema::{Kind, SECTIONS, section};
use super::super::{read, reference};
use super::*;

#[test]
fn the_schema_lists_each_key_once_and_reading_knows_every_kind() {
    for section in SECTIONS {
        let mut names: Vec<_> = section.keys.iter().map(|key| key.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), section.keys.len(), "[{}]", section.name);
        for key in section.keys {
            assert!(key.about.ends_with('.'), "{}", key.name);
            let value = match key.kind {
                Kind::Text => "\"x\"",
                Kind::Number => "1",
                Kind::Flag => "true",
                Kind::Time => "\"60s\"",
                Kind::Texts => "[\"x\"]",
                Kind::Table | Kind::Json => "{ x = \"y\" }",
            };
            let text = match (section.name, section.many) {
                ("", _) => format!("{} = {value}\n", key.name),
                (name, true) => format!("[[{name}]]\n{} = {value}\n", key.name),
                (name, false) => format!("[{name}]\n{} = {value}\n", key.name),
            };
            let mut problems = Problems::default();
            read::document(Path::new(FILE), &text, Shape::Server, &World::default(), &mut problems);
            assert_eq!(problems, Problems::default(), "{text}");
        }
    }
}

/// Every claim that an account can hold can be declared.
#[test]
fn the_schema_knows_every_standard_claim() {
    let unknown = serde_json::json!({ "no_such_claim": 1 });
    let error =
        countersign_core::account::user::StandardClaims::deserialize(unknown).unwrap_err().to_string();
    let user = section("user").unwrap();
    let names: Vec<_> = error.split('`').skip(3).step_by(2).collect();
    assert!(names.len() > 10, "{error}");
    for name in names {
        assert!(user.keys.iter().any(|key| key.name == name), "{name}");
    }
}

#[test]
fn the_reference_page_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md");
    let page = std::fs::read_to_string(path).unwrap_or_default();
    assert!(page == reference::markdown(), "run `countersign config-reference > docs/configuration.md`");
}
