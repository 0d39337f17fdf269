//! Posted forms: read once, strictly, and only from our own pages.

use crate::csrf::{Provenance, provenance};
use crate::{App, Req};
use countersign_core::oauth::Params;
use countersign_core::secret::{base64url, from_base64url};
use countersign_core::{Env, Id, id};

/// Whom a form token belongs to: it is worth nothing in another browser or session.
#[derive(Debug, Clone, Copy)]
pub enum Holder<'a> {
    /// The pages of a sign-in: digest of the browser's cookie.
    Browser(&'a [u8]),
    /// The pages of a signed-in person.
    Session(Id<id::Session>),
}

/// The form token for this holder.
pub fn token(env: &Env, holder: Holder<'_>) -> String {
    let mac = match holder {
        Holder::Browser(digest) => env.vault.mac("form_browser", digest),
        Holder::Session(id) => env.vault.mac("form_session", &id.to_bytes()),
    };
    base64url(&mac)
}

/// May this post act? Never one that another site sent, and always with the holder's own token: the browser's
/// word alone is not asked to carry it.
pub fn ours(app: &App, req: &Req, holder: Holder<'_>, presented: Option<&str>) -> bool {
    let same = |text: &str| {
        let wanted = from_base64url(&token(&req.env, holder)).unwrap_or_default();
        let given = from_base64url(text).unwrap_or_default();
        // MACs of MACs: comparing these tells nothing by its time.
        !given.is_empty()
            && req.env.vault.mac("form_compare", &wanted) == req.env.vault.mac("form_compare", &given)
    };
    match provenance(&req.headers, &app.site) {
        Provenance::Foreign => false,
        Provenance::SameOrigin | Provenance::Unknown => presented.is_some_and(same),
    }
}

/// The fields of a form.
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads a body of `application/x-www-form-urlencoded`; `None` for anything else, doubles and bad UTF-8.
    pub fn read(req: &Req, body: &[u8]) -> Option<Self> {
        if !crate::form::is_form(&req.headers) {
            return None;
        }
        Self::parse(body)
    }
    /// Reads a query or a body.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let params = Params::parse(text).ok()?;
        let pair = |name: &str| Some((name.to_owned(), params.one(name)?.to_owned()));
        Some(Self(params.names().filter_map(pair).collect()))
    }
    /// A field that is there and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
    /// A field, empty if missing.
    pub fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }
    /// The button that was pressed; the page's own next step if none says so.
    pub fn action(&self) -> &str {
        self.get("do").unwrap_or(crate::view::pages::actions::CONTINUE)
    }
}

/// Names only: values may be secrets.
impl std::fmt::Debug for Fields {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(n, _)| n)).finish()
    }
}
