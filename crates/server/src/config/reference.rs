//! The reference page, made from the table that reading follows.

use std::fmt::Write as _;

use super::schema::{Kind, SECTIONS, Section};

/// The text of `docs/configuration.md`.
pub fn markdown() -> String {
    let mut page = String::from(INTRODUCTION);
    for section in SECTIONS {
        // Writing to a string does not fail.
        let _ = describe(&mut page, section);
    }
    page
}

const INTRODUCTION: &str = "\
<!-- Made by `countersign config-reference`; a test fails when it is out of date. -->
# Configuration

One TOML file; `countersign init` writes a first one, `countersign serve --config FILE --check` tells all that is
wrong with it. Unknown keys are refused, with the line. Files are looked for beside the configuration file.

Every key outside `[[provider]]`, `[[client]]`, `[[user]]`, `[[organization]]` and `[[resource]]` can also be set by an environment variable, which
wins: `COUNTERSIGN__ISSUER`, `COUNTERSIGN__SMTP__HOST`. Lists are separated by commas.

Secrets are never written in the file. A key that ends in `_env` names an environment variable, one that ends in
`_file` names a file; missing, empty and placeholder secrets are refused.

A running server takes over a changed file on `countersign apply` or SIGHUP, without dropping a connection. Where
something is wrong, everything stays as it was. `issuer`, `listen`, `database`, the database password, the master
key, `cookie_name`, `[pages]`, and whether there is a `[tls]` section at all, wait for the next start; a reload names
them, with their lines.
Environment variables are those that the process was started with.
";

fn describe(page: &mut String, section: &Section) -> std::fmt::Result {
    let title = match (section.name, section.many) {
        ("", _) => "Top of the file".to_owned(),
        (name, true) => format!("`[[{name}]]`"),
        (name, false) => format!("`[{name}]`"),
    };
    writeln!(page, "\n## {title}\n\n{}\n", section.about)?;
    writeln!(page, "| key | holds | default | meaning |\n|---|---|---|---|")?;
    for key in section.keys {
        let default = if key.default.is_empty() { String::new() } else { format!("`{}`", key.default) };
        writeln!(page, "| `{}` | {} | {default} | {} |", key.name, holds(key.kind), key.about)?;
    }
    Ok(())
}

fn holds(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Number => "number",
        Kind::Flag => "true, false",
        Kind::Time => "time",
        Kind::Texts => "list",
        Kind::Table | Kind::Json => "table",
    }
}
