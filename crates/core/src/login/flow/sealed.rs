//! A flow as it travels: sealed in the page, or in a row behind a handle.

use super::Flow;
use crate::secret::{base64url, from_base64url, kind};
use crate::write::NewSecret;
use crate::{Ctx, Digest, Plain};

/// A flow as it travels.
#[derive(Debug, Clone)]
pub enum Sealed {
    /// In the page.
    Page(String),
    /// Too large for that: the page holds a handle, and this row the rest for an hour.
    Row(String, Box<NewSecret>),
}

impl Sealed {
    /// What the page carries in its field `flow`.
    pub fn text(&self) -> &str {
        match self {
            Self::Page(text) | Self::Row(text, _) => text,
        }
    }
}

/// Where a presented flow is.
#[derive(Debug, Clone)]
pub enum Presented {
    /// In the text itself.
    Page(Vec<u8>),
    /// In the row of this digest.
    Row(Digest<kind::FlowState>),
}

/// Why a flow does not go on.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FlowRefused {
    /// Not one of ours, changed, or sealed under a key that is gone.
    #[error("the flow is not one that this server sealed")]
    Unreadable,
    /// The cookie of the browser it began in is not here.
    #[error("the flow began in another browser")]
    OtherBrowser(Box<Flow>),
    /// Older than its hour.
    #[error("the flow is too old")]
    Expired(Box<Flow>),
}

impl Flow {
    /// Sealed, for the page. Seal again after every step.
    pub fn seal(&self, ctx: &Ctx<'_>) -> Sealed {
        let text = self.seal_whole(ctx);
        if text.len() <= MOST_IN_PAGE { Sealed::Page(text) } else { self.kept(ctx, text) }
    }

    /// Sealed, for an address: what waits for a sign-up (a password's hash) stays out of it, even sealed.
    pub fn seal_for_address(&self, ctx: &Ctx<'_>) -> Sealed {
        if self.wish.is_some() { self.kept(ctx, self.seal_whole(ctx)) } else { self.seal(ctx) }
    }

    fn kept(&self, ctx: &Ctx<'_>, text: String) -> Sealed {
        let handle = Plain::<kind::FlowState>::mint(ctx);
        let row = NewSecret::of(&handle.digest(ctx), ctx.now, ctx.policy.lifetimes.flow)
            .flow(self.id)
            .payload(text);
        Sealed::Row(format!("{ROW}{}", handle.expose()), Box::new(row))
    }

    /// Sealed, whatever its size: for a row.
    pub(crate) fn seal_whole(&self, ctx: &Ctx<'_>) -> String {
        // A flow always serializes: no map with other keys than text, nothing that fails.
        let plain = serde_json::to_vec(self).unwrap_or_default();
        base64url(&ctx.vault.seal(PURPOSE, b"", &plain))
    }

    /// What came back in the field `flow`; `None` for what no page of ours has held.
    pub fn presented(ctx: &Ctx<'_>, text: &str) -> Option<Presented> {
        if text.len() > MOST_PRESENTED {
            return None;
        }
        match text.strip_prefix(ROW) {
            Some(handle) => Some(Presented::Row(Plain::presented(handle).digest(ctx))),
            None => Some(Presented::Page(from_base64url(text)?)),
        }
    }

    /// Opens what a page or a row held.
    pub fn open(
        ctx: &Ctx<'_>,
        browser: Option<&Digest<kind::Browser>>,
        sealed: &[u8],
    ) -> Result<Self, FlowRefused> {
        let plain = ctx.vault.open(PURPOSE, b"", sealed).ok_or(FlowRefused::Unreadable)?;
        let flow: Self = serde_json::from_slice(&plain).map_err(|_| FlowRefused::Unreadable)?;
        if ctx.now >= flow.expires_at(ctx) {
            return Err(FlowRefused::Expired(Box::new(flow)));
        }
        if browser.is_none_or(|b| !b.same(&flow.browser)) {
            return Err(FlowRefused::OtherBrowser(Box::new(flow)));
        }
        Ok(flow)
    }
}

/// DESIGN 4: past this, sealed, a flow goes into a row.
pub(super) const MOST_IN_PAGE: usize = 3 * 1024;
/// Nothing we seal is longer; checked before any work is done on the text.
const MOST_PRESENTED: usize = 4 * 1024;
const PURPOSE: &str = "flow";
/// Marks a handle; no base64url text contains a full stop.
const ROW: &str = "r.";
