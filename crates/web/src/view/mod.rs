//! What people see: pages and mails as typed contexts, rendered by templates that speak the reader's language.
//!
//! A handler builds one of the [`pages`] and calls [`View::render`]. Every page carries its own samples, so tests
//! and `scripts/screens` see each screen in each state. Paths that begin with `/` are ours and get the issuer's
//! path in front when they are rendered; handlers never add it themselves.

mod assets;
pub mod colour;
pub mod diagram;
mod locale;
pub mod mail;
pub mod pages;
mod registry;
mod shell;
mod time;
mod words;

use std::path::Path;
use std::sync::Arc;

use minijinja::{AutoEscape, Environment, UndefinedBehavior};

pub use self::assets::Asset;
pub use self::locale::Locale;
pub use self::mail::{Mail, MailKind, RenderedMail};
pub use self::pages::Page;
pub use self::registry::{Sample, every_mail, every_page};
pub use self::shell::{AppBrand, RenderCtx};
pub use self::time::Moment;

use self::assets::Assets;
use self::shell::page_value;
use self::words::Words;

/// Why a page could not be drawn. It is always our fault (or an override's), never the reader's.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// A template is broken or asks for something its page does not have.
    #[error("template: {0:#}")]
    Template(#[from] minijinja::Error),
    /// A file in the override folder cannot be read.
    #[error("override folder: {path}: {source}")]
    Override {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file in the override folder replaces nothing that exists.
    #[error("override folder: {0} is the name of no template, stylesheet or script")]
    UnknownOverride(String),
}

/// Compiled templates, words and assets. Made once at start, shared by all requests.
pub struct View {
    env: Environment<'static>,
    words: Arc<Words>,
    assets: Assets,
}

impl View {
    /// The embedded pages; each file in `overrides` replaces the template (`sign_in.html`), stylesheet (`app.css`) or
    /// script (`app.js`) of the same name, and is compiled here so that a broken one stops the start.
    pub fn new(overrides: Option<&Path>) -> Result<View, ViewError> {
        let mut env = Environment::new();
        env.set_undefined_behavior(UndefinedBehavior::Strict);
        env.set_formatter(|out, state, value| match (state.auto_escape(), value.as_str()) {
            // The built-in one also writes `/` as an entity, which only makes addresses hard to read.
            (AutoEscape::Html, Some(text)) if !value.is_safe() => Ok(out.write_str(&words::escape(text))?),
            _ => minijinja::escape_formatter(out, state, value),
        });
        env.set_loader(|name| Ok(registry::template(name).map(str::to_owned)));
        let mut assets = Assets::embedded();
        if let Some(folder) = overrides {
            for (name, source) in override_files(folder)? {
                if registry::template(&name).is_some() {
                    env.add_template_owned(name, source)?;
                } else if !assets.replace(&name, source) {
                    return Err(ViewError::UnknownOverride(name));
                }
            }
        }
        Ok(View { env, words: Arc::new(Words::default()), assets })
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

    /// The stylesheet or script behind a path such as `/assets/app.0123456789abcdef.css` (without the issuer's path).
    /// The name carries the content's hash: answer with `Cache-Control: public, max-age=31536000, immutable`.
    pub fn asset(&self, path: &str) -> Option<&Asset> {
        self.assets.find(path)
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

impl std::fmt::Debug for View {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("View").field("assets", &self.assets).finish_non_exhaustive()
    }
}

/// Names (relative, with `/`) and contents of all files in the folder and the folders one level below.
fn override_files(folder: &Path) -> Result<Vec<(String, String)>, ViewError> {
    let at = |path: &Path, source| ViewError::Override { path: path.display().to_string(), source };
    let mut found = Vec::new();
    let mut folders = vec![(folder.to_path_buf(), String::new())];
    while let Some((dir, prefix)) = folders.pop() {
        for entry in std::fs::read_dir(&dir).map_err(|e| at(&dir, e))? {
            let entry = entry.map_err(|e| at(&dir, e))?;
            let path = entry.path();
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if path.is_dir() && prefix.is_empty() {
                folders.push((path, format!("{name}/")));
            } else if path.is_file() && !entry.file_name().to_string_lossy().starts_with('.') {
                let source = std::fs::read_to_string(&path).map_err(|e| at(&path, e))?;
                found.push((name, source));
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
