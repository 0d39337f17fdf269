//! From text to values with places: TOML, the environment overlay, unknown keys, types.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use countersign_core::oauth::registration::IN_LANGUAGES;
use countersign_web::view::{BadOverride, View, ViewError};
use serde_json::Value as Json;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Place, Problems};
use super::schema::{self, Key, Kind, Section};
use super::values::{At, Value, Values};

/// The world outside the file; a test makes its own.
pub trait Surroundings {
    /// An environment variable.
    fn variable(&self, name: &str) -> Option<String>;
    /// All variables that begin with `COUNTERSIGN__`.
    fn overlay(&self) -> Vec<(String, String)>;
    /// A file's content.
    fn file(&self, path: &Path) -> std::io::Result<String>;
    /// Whether pages can be drawn with the files of this folder.
    fn overrides(&self, _folder: &Path) -> Result<(), Vec<BadOverride>> {
        Ok(())
    }
    /// A file that is no text.
    fn bytes(&self, path: &Path) -> std::io::Result<Vec<u8>> {
        self.file(path).map(String::into_bytes)
    }
}

/// The process's own environment and files.
#[derive(Clone, Copy, Debug)]
pub struct Process;

impl Surroundings for Process {
    #[expect(clippy::disallowed_methods, reason = "this is where configuration is read")]
    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }
    #[expect(clippy::disallowed_methods, reason = "this is where configuration is read")]
    fn overlay(&self) -> Vec<(String, String)> {
        // Variables that are not text cannot be ours.
        std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| name.starts_with(PREFIX))
            .collect()
    }
    fn file(&self, path: &Path) -> std::io::Result<String> {
        std::fs::read_to_string(path)
    }
    fn bytes(&self, path: &Path) -> std::io::Result<Vec<u8>> {
        std::fs::read(path)
    }
    fn overrides(&self, folder: &Path) -> Result<(), Vec<BadOverride>> {
        match View::new(Some(folder)) {
            Ok(_) => Ok(()),
            Err(ViewError::Overrides(bad)) => Err(bad),
            Err(error @ ViewError::Template(_)) => {
                Err(vec![BadOverride { path: folder.to_path_buf(), line: 1, what: error.to_string() }])
            }
        }
    }
}

/// Which sections a file may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// The configuration of a server.
    Server,
    /// Clients, users and resources only, for `apply`.
    Resources,
}

/// All sections as written.
#[derive(Debug, Default)]
pub(crate) struct Document {
    pub(crate) single: BTreeMap<&'static str, Values>,
    pub(crate) many: BTreeMap<&'static str, Vec<Values>>,
}

const PREFIX: &str = "COUNTERSIGN__";

/// Reads a file's text. Faults are added to `problems`; what could be read is returned for further checks.
pub(crate) fn document(
    path: &Path,
    text: &str,
    shape: Shape,
    world: &dyn Surroundings,
    problems: &mut Problems,
) -> Document {
    let mut reader = Reader { path, text, problems };
    let (table, faults) = DeTable::parse_recoverable(text);
    for fault in &faults {
        let place = reader.place(fault.span().map_or(0, |span| span.start));
        reader.problems.add(&place, fault.message(), "the file is not valid TOML", "correct the line");
    }
    if !faults.is_empty() {
        return Document::default();
    }
    let mut document = reader.top(table.get_ref(), shape);
    if shape == Shape::Server {
        for (variable, value) in world.overlay() {
            overlay(&mut document, &variable, &value, path, problems);
        }
    }
    document
}

struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
    problems: &'a mut Problems,
}

impl Reader<'_> {
    fn place(&self, offset: usize) -> Place {
        Place::in_file(self.path, self.text, offset)
    }

    fn top(&mut self, table: &DeTable<'_>, shape: Shape) -> Document {
        let mut document = Document::default();
        let mut top =
            Values { place: self.place(0), entries: BTreeMap::new(), in_languages: BTreeMap::new() };
        for (name, value) in table {
            let place = self.place(name.span().start);
            let name = name.get_ref().as_ref();
            match schema::section(name) {
                Some(section) if allowed(shape, section) => {
                    self.section(section, &place, value, &mut document)
                }
                Some(_) => self.problems.add(
                    &place,
                    format!("[{name}] does not belong in this file"),
                    "a file for `apply` holds clients, users and resources",
                    "move it to the server's configuration",
                ),
                None => {
                    if let Some(section) = schema::section("")
                        && let Some((key, value)) = self.entry(section, &place, name, value)
                    {
                        if shape == Shape::Resources && key != "version" {
                            self.problems.add(
                                &place,
                                format!("`{key}` does not belong in this file"),
                                "a file for `apply` holds clients, users and resources",
                                "move it to the server's configuration",
                            );
                        }
                        top.entries.insert(key, value);
                    }
                }
            }
        }
        document.single.insert("", top);
        document
    }

    fn section(
        &mut self,
        section: &'static Section,
        place: &Place,
        value: &Spanned<DeValue<'_>>,
        document: &mut Document,
    ) {
        match value.get_ref() {
            DeValue::Table(table) if !section.many => {
                let values = self.values(section, place.clone(), table);
                document.single.insert(section.name, values);
            }
            DeValue::Array(items) if section.many => {
                for item in items.iter() {
                    let place = self.place(item.span().start);
                    match item.get_ref() {
                        DeValue::Table(table) => {
                            let values = self.values(section, place, table);
                            document.many.entry(section.name).or_default().push(values);
                        }
                        other => self.wrong_type(&place, section.name, "a table", other),
                    }
                }
            }
            other => {
                let wanted = if section.many {
                    format!("[[{}]], with two brackets", section.name)
                } else {
                    format!("[{}], with one bracket", section.name)
                };
                self.wrong_type(place, section.name, &wanted, other);
            }
        }
    }

    fn values(&mut self, section: &'static Section, place: Place, table: &DeTable<'_>) -> Values {
        let (mut entries, mut in_languages) = (BTreeMap::new(), BTreeMap::new());
        for (name, value) in table {
            let at = self.place(name.span().start);
            // RFC 7591 2.2. Whether the tag is one the metadata says.
            let member = name.get_ref().split_once('#').map(|(member, _)| member);
            let member = member.filter(|it| section.name == "client" && IN_LANGUAGES.contains(it));
            let key = member.unwrap_or(name.get_ref());
            if let Some((key, value)) = self.entry(section, &at, key, value) {
                match member {
                    Some(_) => drop(in_languages.insert(name.get_ref().to_string(), value)),
                    None => drop(entries.insert(key, value)),
                }
            }
        }
        Values { place, entries, in_languages }
    }

    fn entry(
        &mut self,
        section: &'static Section,
        place: &Place,
        name: &str,
        value: &Spanned<DeValue<'_>>,
    ) -> Option<(&'static str, At<Value>)> {
        let Some(key) = section.keys.iter().find(|key| key.name == name) else {
            unknown(section, name, place, self.problems);
            return None;
        };
        let value = self.value(key, value)?;
        Some((key.name, At { place: place.clone(), value }))
    }

    fn value(&mut self, key: &Key, spanned: &Spanned<DeValue<'_>>) -> Option<Value> {
        let place = self.place(spanned.span().start);
        let value = spanned.get_ref();
        let read = match (key.kind, value) {
            (Kind::Text, DeValue::String(text)) => Some(Value::Text(text.to_string())),
            (Kind::Flag, DeValue::Boolean(flag)) => Some(Value::Flag(*flag)),
            (Kind::Number, DeValue::Integer(_)) => integer(value).map(Value::Number),
            (Kind::Time, DeValue::String(text)) => duration(text).map(Value::Time),
            // RFC 7591 writes default_max_age in seconds.
            (Kind::Time, DeValue::Integer(_)) => integer(value).map(|s| Value::Time(Duration::from_secs(s))),
            (Kind::Texts, DeValue::String(text)) => {
                Some(Value::Texts(vec![At { place: place.clone(), value: text.to_string() }]))
            }
            (Kind::Texts, DeValue::Array(items)) => items
                .iter()
                .map(|item| match item.get_ref() {
                    DeValue::String(text) => {
                        Some(At { place: self.place(item.span().start), value: text.to_string() })
                    }
                    _ => None,
                })
                .collect::<Option<_>>()
                .map(Value::Texts),
            (Kind::Table | Kind::Json, DeValue::Table(_)) => json(value).map(Value::Json),
            _ => None,
        };
        if read.is_none() {
            self.wrong_type(&place, key.name, describe(key.kind), value);
        }
        read
    }

    fn wrong_type(&mut self, place: &Place, name: &str, wanted: &str, found: &DeValue<'_>) {
        self.problems.add(
            place,
            format!("`{name}` is {wanted}, not {}", type_of(found)),
            "a value of another type would have to be guessed",
            format!("write {wanted}"),
        );
    }
}

fn allowed(shape: Shape, section: &Section) -> bool {
    match shape {
        Shape::Server => true,
        Shape::Resources => section.many && section.name != "provider",
    }
}

fn unknown(section: &Section, name: &str, place: &Place, problems: &mut Problems) {
    let shown = if section.name.is_empty() { String::new() } else { format!(" in [{}]", section.name) };
    if schema::INLINE_SECRETS.contains(&name) {
        let ways: Vec<_> = section
            .keys
            .iter()
            .filter(|key| {
                let end = key.name.strip_prefix(name).unwrap_or("");
                end == "_env" || end == "_file" || end == "_hash" || end == "_sha256"
            })
            .map(|key| format!("`{}`", key.name))
            .collect();
        let mend = if ways.is_empty() {
            "remove it from the file".to_owned()
        } else {
            format!("use {}", ways.join(", "))
        };
        problems.add(
            place,
            format!("`{name}`{shown}: a secret stands in the configuration file"),
            "configuration files are copied, shown and committed; secrets come from the environment or a file of their own",
            mend,
        );
        return;
    }
    let near = schema::SECTIONS
        .iter()
        .filter(|other| section.name.is_empty() && !other.name.is_empty())
        .map(|other| other.name)
        .chain(section.keys.iter().map(|key| key.name))
        .filter_map(|known| Some((distance(known, name)?, known)))
        .min();
    let mend = match near {
        Some((_, known)) => format!("did you mean `{known}`?"),
        None => "remove it; docs/configuration.md lists every key".to_owned(),
    };
    problems.add(
        place,
        format!("unknown key `{name}`{shown}"),
        "a mistyped key would leave its default in force unnoticed",
        mend,
    );
}

/// `COUNTERSIGN__SMTP__HOST` stands for `host` in `[smtp]`, `COUNTERSIGN__ISSUER` for `issuer`.
fn overlay(document: &mut Document, variable: &str, text: &str, path: &Path, problems: &mut Problems) {
    let place = Place::Environment { variable: variable.to_owned() };
    let rest = variable.strip_prefix(PREFIX).unwrap_or(variable).to_ascii_lowercase();
    let (name, key) = rest.split_once("__").unwrap_or(("", &rest));
    let Some(section) = schema::section(name).filter(|section| !section.many) else {
        problems.add(
            &place,
            format!("there is no section [{name}] for this variable"),
            "a mistyped variable would be ignored unnoticed",
            "name it COUNTERSIGN__KEY or COUNTERSIGN__SECTION__KEY, or unset it",
        );
        return;
    };
    let Some(key) = section.keys.iter().find(|known| known.name == key) else {
        unknown(section, key, &place, problems);
        return;
    };
    let value = match key.kind {
        Kind::Text => Some(Value::Text(text.to_owned())),
        Kind::Number => text.parse().ok().map(Value::Number),
        Kind::Flag => text.parse().ok().map(Value::Flag),
        Kind::Time => duration(text).map(Value::Time),
        Kind::Texts => Some(Value::Texts(
            text.split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .map(|item| At { place: place.clone(), value: item.to_owned() })
                .collect(),
        )),
        Kind::Table | Kind::Json => None,
    };
    let Some(value) = value else {
        problems.add(
            &place,
            format!("not {}", describe(key.kind)),
            "a value of another type would have to be guessed",
            format!("set it to {}", describe(key.kind)),
        );
        return;
    };
    let top = Place::File { path: path.to_owned(), line: 1, column: 1 };
    document
        .single
        .entry(section.name)
        .or_insert_with(|| Values { place: top, entries: BTreeMap::new(), in_languages: BTreeMap::new() })
        .entries
        .insert(key.name, At { place, value });
}

/// `90s`, `15m`, `1h`, `7d`.
fn duration(text: &str) -> Option<Duration> {
    let unit = match text.chars().last()? {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return None,
    };
    let digits = text.get(..text.len() - 1)?;
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let count: u64 = digits.parse().ok()?;
    // Past a thousand years it is a slip of the pen, and dates would overflow.
    count.checked_mul(unit).filter(|seconds| *seconds <= 31_536_000_000).map(Duration::from_secs)
}

fn integer(value: &DeValue<'_>) -> Option<u64> {
    let integer = value.as_integer()?;
    u64::from_str_radix(integer.as_str(), integer.radix()).ok()
}

fn json(value: &DeValue<'_>) -> Option<Json> {
    Some(match value {
        DeValue::String(text) => Json::from(text.as_ref()),
        DeValue::Integer(_) => Json::from(integer(value)?),
        DeValue::Boolean(flag) => Json::from(*flag),
        DeValue::Array(items) => items.iter().map(|item| json(item.get_ref())).collect::<Option<_>>()?,
        DeValue::Table(table) => Json::Object(
            table
                .iter()
                .map(|(name, value)| Some((name.get_ref().to_string(), json(value.get_ref())?)))
                .collect::<Option<_>>()?,
        ),
        DeValue::Float(_) | DeValue::Datetime(_) => return None,
    })
}

fn describe(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "a string",
        Kind::Number => "a whole number that is not negative",
        Kind::Flag => "true or false",
        Kind::Time => "a length of time such as \"90s\", \"15m\", \"1h\" or \"7d\"",
        Kind::Texts => "a list of strings",
        Kind::Table | Kind::Json => "a table",
    }
}

fn type_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "this string",
        DeValue::Integer(_) => "this number",
        DeValue::Float(_) => "a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "this list",
        DeValue::Table(_) => "a table",
    }
}

/// How many letters differ, if it is few enough for a slip.
fn distance(known: &str, typed: &str) -> Option<usize> {
    if typed.len() > 64 {
        return None;
    }
    let typed: Vec<char> = typed.chars().collect();
    let mut row: Vec<usize> = (0..=typed.len()).collect();
    for (i, k) in known.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        let mut next = vec![left];
        for (t, above) in typed.iter().zip(row.iter().skip(1)) {
            let cost = (diagonal + usize::from(k != *t)).min(left + 1).min(above + 1);
            diagonal = *above;
            left = cost;
            next.push(cost);
        }
        row = next;
    }
    row.last().copied().filter(|distance| *distance <= 2 && *distance < known.len().max(2) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_unit() {
        for (text, seconds) in [("90s", 90), ("15m", 900), ("1h", 3_600), ("7d", 604_800), ("0s", 0)] {
            assert_eq!(duration(text), Some(Duration::from_secs(seconds)));
        }
        for text in ["", "s", "90", "1.5h", "-1s", "+1s", "1 h", "1w", "99999999999d", "1h30m", "٣s"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    #[test]
    fn slips_of_one_or_two_letters_are_recognised() {
        assert_eq!(distance("issuer", "isuser"), Some(2));
        assert_eq!(distance("client_id", "clientid"), Some(1));
        assert_eq!(distance("issuer", "listen"), None);
    }
}
