//! What people see: pages and mails as typed contexts, rendered by templates that speak the reader's language.
//!
//! A handler builds one of the [`pages`] and calls [`View::render`]. Every page carries its own samples, so tests
//! and `scripts/screens` see each screen in each state. Paths that begin with `/` are ours and get the issuer's
//! path in front when they are rendered; handlers never add it themselves.

pub mod activity;
mod assets;
pub mod colour;
pub mod diagram;
mod locale;
pub mod mail;
mod overrides;
pub mod pages;
mod registry;
mod shell;
mod sms;
mod time;
mod words;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use minijinja::{AutoEscape, Environment, UndefinedBehavior};

pub use self::assets::Asset;
pub use self::locale::Locale;
pub use self::mail::{Mail, MailKind, RenderedMail};
pub use self::overrides::BadOverride;
pub use self::pages::Page;
pub use self::registry::{Sample, State, every_mail, every_page, every_state, one_page};
pub use self::shell::{AppBrand, RenderCtx};
pub use self::sms::Sms;
pub use self::time::Moment;

use self::assets::Assets;
use self::overrides::{Overrides, controls};
use self::shell::page_value;
use self::words::Words;

/// Why a page could not be drawn. It is always our fault (or an override's), never the reader's.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// A template is broken or asks for something its page does not have.
    #[error("template: {0:#}")]
    Template(#[from] minijinja::Error),
    /// Files of the override folder that nobody is served with.
    #[error("the folder of overrides: {}", told(.0))]
    Overrides(Vec<BadOverride>),
}

fn told(bad: &[BadOverride]) -> String {
    bad.iter().map(BadOverride::to_string).collect::<Vec<_>>().join("; ")
}

/// Compiled templates, words and assets. Made once at start, shared by all requests.
pub struct View {
    env: Environment<'static>,
    words: Arc<Words>,
    assets: Assets,
}

impl View {
    /// Our pages, and what the operator laid over them. Everything there is drawn once in every state and language, so
    /// that a broken file stops the start; what is wrong is told with file and line.
    pub fn new(overrides: Option<&Path>) -> Result<View, ViewError> {
        let Some(folder) = overrides else { return View::built(&Overrides::default()) };
        let read = Overrides::read(folder).map_err(ViewError::Overrides)?;
        let view = View::built(&read)?;
        let bad = view.trial(&read)?;
        if bad.is_empty() { Ok(view) } else { Err(ViewError::Overrides(bad)) }
    }

    fn built(overrides: &Overrides) -> Result<View, ViewError> {
        let mut env = Environment::new();
        env.set_undefined_behavior(UndefinedBehavior::Strict);
        env.set_formatter(|out, state, value| match (state.auto_escape(), value.as_str()) {
            // The built-in one also writes `/` as an entity, which only makes addresses hard to read.
            (AutoEscape::Html, Some(text)) if !value.is_safe() => Ok(out.write_str(&words::escape(text))?),
            _ => minijinja::escape_formatter(out, state, value),
        });
        env.set_loader(|name| Ok(registry::template(name).map(str::to_owned)));
        let mut bad = Vec::new();
        for (name, source) in &overrides.templates {
            if let Err(error) = env.add_template_owned(name.clone(), source.clone()) {
                bad.push(overrides.fault(name, error.line().unwrap_or(1), error.to_string()));
            }
        }
        if !bad.is_empty() {
            return Err(ViewError::Overrides(bad));
        }
        let assets = Assets::with(&overrides.assets);
        Ok(View { env, words: Arc::new(Words::with(&overrides.texts)), assets })
    }

    /// Draws everything in every state and language, beside what we would have drawn: a page that lost a field or a
    /// button is a dead end.
    fn trial(&self, overrides: &Overrides) -> Result<Vec<BadOverride>, ViewError> {
        let ours = View::built(&Overrides::default())?;
        let mut bad = Vec::new();
        let mut fault = |error: &ViewError| match error {
            ViewError::Template(error) => {
                let error = innermost(error);
                let name = error.name().filter(|name| overrides.templates.contains_key(*name));
                let name = name.or_else(|| overrides.templates.keys().next().map(String::as_str));
                bad.push(overrides.fault(
                    name.unwrap_or_default(),
                    error.line().unwrap_or(1),
                    format!("{error:#}"),
                ));
            }
            ViewError::Overrides(more) => bad.extend(more.iter().cloned()),
        };
        let mut lost = BTreeSet::new();
        for locale in Locale::ALL {
            let ctx = shell::sample_ctx(locale);
            match (every_page(self, &ctx), every_page(&ours, &ctx)) {
                (Err(error), _) | (_, Err(error)) => fault(&error),
                (Ok(theirs), Ok(ours)) => {
                    for (theirs, ours) in theirs.iter().zip(&ours) {
                        for control in controls(&ours.html).difference(&controls(&theirs.html)) {
                            lost.insert((ours.template, control.clone(), ours.name));
                        }
                    }
                }
            }
            if let Err(error) = every_mail(self, locale) {
                fault(&error);
            }
        }
        for (template, control, state) in lost {
            let name = if overrides.templates.contains_key(template) { template } else { "_layout.html" };
            let what = format!(
                "{control} is missing on {template} in the state \"{state}\": its handler waits for it"
            );
            bad.push(overrides.fault(name, 1, what));
        }
        bad.dedup();
        Ok(bad)
    }

    /// One page as HTML.
    pub fn render<P: Page>(&self, page: &P, ctx: &RenderCtx<'_>) -> Result<String, ViewError> {
        let template = self.env.get_template(P::TEMPLATE)?;
        Ok(template.render(page_value(page, ctx, &self.words, &self.assets))?)
    }

    /// One mail: subject, plain text and an HTML part that loads nothing.
    pub fn mail(&self, mail: &Mail) -> Result<RenderedMail, ViewError> {
        mail::render(&self.env, &self.words, mail)
    }

    /// A sentence in this language.
    pub fn say(&self, locale: Locale, text: &words::Text) -> String {
        self.words.text(locale, text)
    }

    /// One text message.
    pub fn sms(&self, sms: &Sms) -> String {
        sms::render(&self.words, sms)
    }

    /// The stylesheet or script behind a path such as `/assets/app.0123456789abcdef.css` (without the issuer's path).
    /// The name carries the content's hash: answer with `Cache-Control: public, max-age=31536000, immutable`.
    pub fn asset(&self, path: &str) -> Option<&Asset> {
        self.assets.find(path)
    }

    /// A problem for a program and for a person: its stable name, and what is said.
    pub fn problem(&self, problem: &pages::Problem, locale: Locale) -> (String, String) {
        let text = problem.text();
        let name = text.id.strip_prefix("problem-").unwrap_or(text.id).replace('-', "_");
        (name, self.words.text(locale, &text))
    }

    /// The stylesheet.
    pub fn stylesheet(&self) -> &Asset {
        &self.assets.css
    }

    /// All of them, for a route that knows its files beforehand.
    pub fn assets(&self) -> [&Asset; 3] {
        self.assets.all()
    }

    /// How long ago, as people say it: "just now", "5 minutes ago", "yesterday", then the date. Unix seconds.
    pub fn time_ago(&self, now: i64, then: i64, locale: Locale) -> String {
        time::ago(&self.words, locale, Moment { at: then, now })
    }
}

/// A page or stylesheet of ours as it is in light or in dark, whatever the browser prefers: to look at both side by side.
pub fn in_scheme(text: &str, dark: bool) -> String {
    let (wins, scheme) = if dark { ("all", "dark") } else { ("not all", "light") };
    text.replace("@media (prefers-color-scheme:dark)", &format!("@media {wins}"))
        .replace("@media(prefers-color-scheme:dark)", &format!("@media {wins}"))
        .replace("color-scheme:light dark", &format!("color-scheme:{scheme}"))
        .replace("content=\"light dark\"", &format!("content=\"{scheme}\""))
}

/// Where it began: an error within an include or a block is told by each template around it.
fn innermost(error: &minijinja::Error) -> &minijinja::Error {
    let mut at = error;
    while let Some(within) = std::error::Error::source(at).and_then(|it| it.downcast_ref()) {
        at = within;
    }
    at
}

impl std::fmt::Debug for View {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("View").field("assets", &self.assets).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
