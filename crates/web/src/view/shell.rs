//! What surrounds every page: language, app, nonce, and the values that all templates share.

use std::sync::Arc;

use minijinja::value::{Object, Serde, Value, from_args};
use minijinja::{Error, State, context};

use super::assets::Assets;
use super::colour::accent;
use super::locale::Locale;
use super::pages::Page;
use super::words::{Speaker, Words, clean};

/// The app that people are signing in to, as far as it shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AppBrand {
    /// Its name, as registered.
    pub name: String,
    /// Our path of our copy of its logo.
    pub logo: Option<String>,
    /// Its privacy policy.
    pub policy: Option<String>,
    /// Its terms.
    pub terms: Option<String>,
    /// Its colour, `#rrggbb`; unreadable ones give way to ours.
    pub colour: Option<String>,
    /// Where the way back leads.
    pub home: Option<String>,
}

/// What a page needs from the request it answers.
#[derive(Debug, Clone, Default)]
pub struct RenderCtx<'a> {
    /// The reader's language.
    pub locale: Locale,
    /// This answer's CSP nonce (`script-src` and `style-src`).
    pub nonce: String,
    /// The issuer's path: empty, or as in `/identity-backend`, without a slash at the end.
    pub base: &'a str,
    /// The app on top of the page, if there is one.
    pub app: Option<AppBrand>,
    /// The flow's id: small print on error pages, where an operator finds the cause.
    pub flow_id: Option<String>,
    /// Whether this is `countersign dev`, which links its own pages.
    pub dev: bool,
}

/// What a page looks like when nobody asked for it: for the trial of an operator's templates.
pub(super) fn sample_ctx(locale: Locale) -> RenderCtx<'static> {
    let some = |text: &str| Some(text.to_owned());
    RenderCtx {
        locale,
        nonce: "bm9uY2U".to_owned(),
        app: Some(AppBrand {
            name: "Planner".to_owned(),
            logo: None,
            policy: some("https://planner.example/privacy"),
            terms: some("https://planner.example/terms"),
            colour: some("#0b6e4f"),
            home: some("https://planner.example/"),
        }),
        flow_id: some("01k9zq4m7c"),
        ..RenderCtx::default()
    }
}

/// Everything that a page's template sees.
pub(super) fn page_value<P: Page>(
    page: &P,
    ctx: &RenderCtx<'_>,
    words: &Arc<Words>,
    assets: &Assets,
) -> Value {
    let locale = if P::ENGLISH_ONLY { Locale::En } else { ctx.locale };
    let colours = ctx.app.as_ref().and_then(|app| app.colour.as_deref()).map(|colour| accent(Some(colour)));
    let under_base = |path: &str| format!("{}{path}", ctx.base);
    context! {
        page => Serde(page),
        t => Value::from_object(Speaker { words: Arc::clone(words), locale }),
        url => Value::from_object(Url { base: ctx.base.to_owned() }),
        lang => locale.tag(),
        dir => locale.dir(),
        nonce => ctx.nonce.clone(),
        css => under_base(&assets.css.path),
        js => under_base(&assets.js.path),
        icon => under_base(&assets.icon.path),
        app => ctx.app.as_ref().map(app_value),
        accent => Serde(colours),
        flow_id => ctx.flow_id.clone(),
        dev => ctx.dev,
    }
}

fn app_value(app: &AppBrand) -> Value {
    let name = clean(app.name.trim());
    context! {
        name => name.as_ref(),
        initial => name.chars().next().map(|c| c.to_uppercase().to_string()).unwrap_or_default(),
        // Ours or none: a picture from elsewhere would tell its owner who signs in.
        logo => app.logo.as_deref().filter(|path| path.starts_with('/') && !path.starts_with("//")),
        policy => app.policy.clone(),
        terms => app.terms.clone(),
        home => app.home.clone(),
    }
}

/// What templates know as `url`: our own paths get the issuer's path, links of other schemes than a browser should
/// follow from our pages go nowhere.
#[derive(Debug)]
struct Url {
    base: String,
}

impl Object for Url {
    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        let (href,): (&str,) = from_args(args)?;
        Ok(Value::from(href_under(&self.base, href)))
    }
}

pub(super) fn href_under(base: &str, href: &str) -> String {
    if href.starts_with('/') && !href.starts_with("//") && !href.starts_with("/\\") {
        return format!("{base}{href}");
    }
    let scheme = href.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    let plain = |s: &str| s.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'+'));
    match scheme.as_deref() {
        Some("javascript" | "data" | "vbscript" | "blob" | "file" | "about" | "view-source" | "") | None => {
            "#".to_owned()
        }
        Some(scheme) if plain(scheme) => href.to_owned(),
        Some(_) => "#".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_paths_get_the_issuers_path_and_others_are_left_alone() {
        assert_eq!(href_under("/id", "/login"), "/id/login");
        assert_eq!(href_under("/id", "https://app.example/x?y=1"), "https://app.example/x?y=1");
        assert_eq!(href_under("", "com.example.app:/callback"), "com.example.app:/callback");
    }

    #[test]
    fn links_that_would_run_or_leave_unseen_go_nowhere() {
        for bad in [
            "javascript:alert(1)",
            "JavaScript:x",
            " javascript:x",
            "java\nscript:x",
            "//evil.example",
            "/\\evil",
            "data:text/html,x",
            "",
            "evil",
        ] {
            assert_eq!(href_under("", bad), "#", "{bad:?}");
        }
    }
}
