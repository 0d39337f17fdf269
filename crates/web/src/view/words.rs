//! The words of each language: Fluent bundles, and the `t` that templates call.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, OnceLock};

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use minijinja::value::{Kwargs, Object, Value, ValueKind, from_args};
use minijinja::{Error, ErrorKind, State};
use serde::Serialize;

use super::locale::Locale;
use super::time::{self, Moment};
use crate::agent;

/// A sentence still without a language: a message id and what goes into it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Text {
    /// The message's id in the locale files.
    pub id: &'static str,
    /// Named values.
    pub args: Vec<(&'static str, Arg)>,
}

impl Text {
    /// A sentence without values.
    pub fn plain(id: &'static str) -> Text {
        Text { id, args: Vec::new() }
    }

    /// The same sentence with one value more.
    pub fn with(mut self, name: &'static str, value: impl Into<Arg>) -> Text {
        self.args.push((name, value.into()));
        self
    }
}

/// A value in a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Arg {
    /// A count, which decides the plural.
    Number(u32),
    /// Somebody's words.
    Text(String),
    /// A browser by its stored name, which each language says in its own way.
    Agent {
        /// "Firefox on Linux".
        agent: String,
    },
}

impl Arg {
    /// A browser by its stored name.
    pub fn agent(stored: &str) -> Arg {
        Arg::Agent { agent: stored.to_owned() }
    }
}

impl From<u32> for Arg {
    fn from(n: u32) -> Arg {
        Arg::Number(n)
    }
}

impl From<&str> for Arg {
    fn from(s: &str) -> Arg {
        Arg::Text(s.to_owned())
    }
}

/// All languages, each parsed when it is first spoken.
#[derive(Default)]
pub(super) struct Words {
    bundles: [OnceLock<FluentBundle<FluentResource>>; Locale::EVERY.len()],
    /// By language: an operator's own words for some of ours.
    own: BTreeMap<&'static str, String>,
}

impl Words {
    /// Ours, with an operator's own laid over them.
    pub(super) fn with(own: &BTreeMap<&'static str, String>) -> Words {
        Words { own: own.clone(), ..Words::default() }
    }

    /// The sentence in this language, or nothing if there is none of that id.
    pub(super) fn say(&self, locale: Locale, id: &str, args: Option<&FluentArgs<'_>>) -> Option<String> {
        let bundle = self.bundle(locale)?;
        let pattern = bundle.get_message(id)?.value()?;
        let mut errors = Vec::new();
        let said = bundle.format_pattern(pattern, args, &mut errors);
        if let Some(error) = errors.first() {
            tracing::warn!(id, locale = locale.tag(), %error, "a message lacks a value");
        }
        Some(said.into_owned())
    }

    /// A [`Text`] in this language; the id itself where the words are missing, which a test forbids.
    pub(super) fn text(&self, locale: Locale, text: &Text) -> String {
        let mut args = FluentArgs::new();
        for (name, value) in &text.args {
            match value {
                Arg::Number(n) => args.set(*name, *n),
                Arg::Text(s) => args.set(*name, clean(s).into_owned()),
                Arg::Agent { agent } => args.set(*name, self.agent(locale, agent)),
            }
        }
        self.say(locale, text.id, Some(&args)).unwrap_or_else(|| text.id.to_owned())
    }

    /// A browser by its stored name, in this language.
    fn agent(&self, locale: Locale, stored: &str) -> String {
        let said = agent::parts(stored).and_then(|(browser, system)| {
            let args = FluentArgs::from_iter([("browser", browser), ("system", system)]);
            self.say(locale, "agent", Some(&args))
        });
        said.unwrap_or_else(|| clean(stored).into_owned())
    }

    fn bundle(&self, locale: Locale) -> Option<&FluentBundle<FluentResource>> {
        let index = Locale::EVERY.iter().position(|l| *l == locale)?;
        let own = self.own.get(locale.tag()).map(String::as_str);
        Some(self.bundles.get(index)?.get_or_init(|| parse(locale, own)))
    }
}

fn parse(locale: Locale, own: Option<&str>) -> FluentBundle<FluentResource> {
    let langid = locale.tag().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![langid]);
    // Isolation marks would break automation that looks for "Sign in to Planner"; `clean` keeps names in line instead.
    bundle.set_use_isolating(false);
    let resource =
        FluentResource::try_new(source(locale).to_owned()).unwrap_or_else(|(readable, _)| readable);
    if let Err(errors) = bundle.add_resource(resource) {
        tracing::error!(?errors, locale = locale.tag(), "words defined twice");
    }
    if let Some(own) = own {
        // Looked at when the folder was read.
        let own = FluentResource::try_new(own.to_owned()).unwrap_or_else(|(readable, _)| readable);
        bundle.add_resource_overriding(own);
    }
    if locale == Locale::Mirrored {
        bundle.set_transform(Some(mirrored));
    }
    bundle
}

/// English as a reader from right to left would meet it: each word turned around (Unicode UAX 9, RLO .. PDF).
fn mirrored(text: &str) -> Cow<'_, str> {
    let mut out = String::with_capacity(text.len() * 2);
    for piece in text.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end();
        if word.is_empty() {
            out.push_str(piece);
        } else {
            let _ = write!(out, "\u{202e}{word}\u{202c}{}", piece.get(word.len()..).unwrap_or_default());
        }
    }
    Cow::Owned(out)
}

/// The locale file as written.
pub(super) fn source(locale: Locale) -> &'static str {
    match locale {
        Locale::En | Locale::Mirrored => include_str!("../../locales/en.ftl"),
        Locale::De => include_str!("../../locales/de.ftl"),
        Locale::Fr => include_str!("../../locales/fr.ftl"),
        Locale::Es => include_str!("../../locales/es.ftl"),
        Locale::Nb => include_str!("../../locales/nb.ftl"),
    }
}

/// Somebody else's words (an app's name, a person's name) without marks that turn the text around them, so that
/// "Planner\u{202e}" cannot rewrite the sentence it stands in.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    let bad = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if text.contains(bad) { Cow::Owned(text.replace(bad, "")) } else { Cow::Borrowed(text) }
}

/// What templates know as `t`: `t("id", name=value)`, `t.bold(..)` (values in `<strong>`), `t.text(problem.text)`,
/// `t.agent(stored)`, `t.ago(moment)`, `t.date(moment)`.
pub(super) struct Speaker {
    pub(super) words: Arc<Words>,
    pub(super) locale: Locale,
}

impl std::fmt::Debug for Speaker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.locale.tag())
    }
}

impl Object for Speaker {
    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        let (id, args) = message(args, |s| s)?;
        Ok(Value::from(self.say(&id, &args)?))
    }

    fn call_method(
        self: &Arc<Self>,
        _: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, Error> {
        match method {
            "bold" => {
                let (id, args) = message(args, |s| format!("{BOLD}{s}{NORMAL}"))?;
                Ok(Value::from_safe_string(embolden(&self.say(&id, &args)?)))
            }
            "text" => {
                let (text,): (&Value,) = from_args(args)?;
                let id = text.get_attr("id")?.to_string();
                let mut values = FluentArgs::new();
                for pair in text.get_attr("args")?.try_iter()? {
                    let value = pair.get_item(&Value::from(1))?;
                    let value = match value.kind() {
                        ValueKind::Map => {
                            self.words.agent(self.locale, &value.get_attr("agent")?.to_string()).into()
                        }
                        _ => fluent(&value, |s| s),
                    };
                    values.set(pair.get_item(&Value::from(0))?.to_string(), value);
                }
                Ok(Value::from(self.say(&id, &values)?))
            }
            "agent" => {
                let (stored,): (&str,) = from_args(args)?;
                Ok(Value::from(self.words.agent(self.locale, stored)))
            }
            "ago" => Ok(Value::from(time::ago(&self.words, self.locale, moment(args)?))),
            "date" => Ok(Value::from(time::date(&self.words, self.locale, moment(args)?.at))),
            "iso" => Ok(Value::from(time::iso(moment(args)?.at))),
            _ => Err(Error::new(ErrorKind::UnknownMethod, format!("t has no method {method}"))),
        }
    }
}

impl Speaker {
    /// Strict like the templates: a missing message is an error, not a blank.
    fn say(&self, id: &str, args: &FluentArgs<'_>) -> Result<String, Error> {
        self.words.say(self.locale, id, Some(args)).ok_or_else(|| {
            Error::new(ErrorKind::UndefinedError, format!("no message {id} in {}", self.locale.tag()))
        })
    }
}

// Private-use characters stand around bold values until the sentence has been escaped.
const BOLD: char = '\u{e000}';
const NORMAL: char = '\u{e001}';

fn embolden(sentence: &str) -> String {
    let mut html = String::with_capacity(sentence.len() + 32);
    for c in sentence.chars() {
        match c {
            BOLD => html.push_str("<strong>"),
            NORMAL => html.push_str("</strong>"),
            other => escape_char(&mut html, other),
        }
    }
    html
}

/// Text as it stands in HTML, in an element or a quoted attribute.
pub(super) fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 16);
    text.chars().for_each(|c| escape_char(&mut html, c));
    html
}

fn escape_char(html: &mut String, c: char) {
    match c {
        '<' => html.push_str("&lt;"),
        '>' => html.push_str("&gt;"),
        '&' => html.push_str("&amp;"),
        '"' => html.push_str("&quot;"),
        '\'' => html.push_str("&#39;"),
        c => html.push(c),
    }
}

fn message(args: &[Value], wrap: fn(String) -> String) -> Result<(String, FluentArgs<'static>), Error> {
    let (id, kwargs): (String, Kwargs) = from_args(args)?;
    let mut values = FluentArgs::new();
    for name in kwargs.args() {
        let value: Value = kwargs.get(name)?;
        values.set(name.to_owned(), fluent(&value, wrap));
    }
    Ok((id, values))
}

fn fluent(value: &Value, wrap: fn(String) -> String) -> FluentValue<'static> {
    if value.kind() == ValueKind::Number
        && let Ok(n) = i64::try_from(value.clone())
    {
        return FluentValue::from(n);
    }
    let mut text = String::new();
    let _ = write!(text, "{value}");
    let text = clean(&text).replace([BOLD, NORMAL], "");
    FluentValue::from(wrap(text))
}

fn moment(args: &[Value]) -> Result<Moment, Error> {
    let (value,): (&Value,) = from_args(args)?;
    Ok(Moment { at: value.get_attr("at")?.try_into()?, now: value.get_attr("now")?.try_into()? })
}
