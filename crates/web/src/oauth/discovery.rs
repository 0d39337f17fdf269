//! OpenID Connect Discovery 4 and RFC 8414 3: the metadata document, made once per change of clients or keys.

use crate::App;
use crate::directory::Snapshot;
use crate::respond::public_json;
use crate::view::Locale;
use arc_swap::ArcSwapOption;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use bytes::Bytes;
use countersign_core::Policy;
use countersign_core::oauth::SigningAlg;
use countersign_core::oauth::metadata::{About, metadata};
use countersign_core::secret::base64url;
use countersign_jose::Alg;
use std::sync::Arc;

/// The document as it was last served.
#[derive(Default)]
pub struct Cached(ArcSwapOption<Document>);

struct Document {
    /// What it was made from: other resources, other keys or another policy make another document.
    of: (Arc<Snapshot>, String, Arc<Policy>),
    bytes: Bytes,
    etag: String,
}

/// `GET /.well-known/openid-configuration` and its siblings.
pub async fn document(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let document = app.metadata();
    public_json(&headers, document.bytes.clone(), &document.etag)
}

impl App {
    fn metadata(&self) -> Arc<Document> {
        let (snapshot, ring, policy) =
            (self.directory.snapshot(), self.keys.current(), self.policy.load_full());
        let fresh = |it: &Arc<Document>| {
            Arc::ptr_eq(&it.of.0, &snapshot) && it.of.1 == ring.etag() && Arc::ptr_eq(&it.of.2, &policy)
        };
        if let Some(document) = self.metadata.0.load_full().filter(fresh) {
            return document;
        }
        let signing = ring.algs(self.clock.now());
        let algs: Vec<_> = SigningAlg::ALL
            .into_iter()
            .filter(|alg| signing.iter().map(|it: &Alg| it.as_str()).any(|name| name == alg.as_str()))
            .collect();
        let locales = Locale::ALL.map(Locale::tag);
        let about = About {
            issuer: self.site.issuer(),
            algs: &algs,
            locales: &locales,
            federated: &policy.federated,
        };
        let mut resources: Vec<_> = snapshot.resources.values().collect();
        resources.sort_by(|a, b| a.identifier.cmp(&b.identifier));
        let document = metadata(&about, resources.into_iter().map(AsRef::as_ref));
        // Text and lists of text: it always serializes.
        let bytes = Bytes::from(serde_json::to_vec(&document).unwrap_or_default());
        let tag = self.vault.mac("etag", &bytes);
        let etag = format!("\"{}\"", base64url(tag.get(..12).unwrap_or_default()));
        let document = Arc::new(Document { of: (snapshot, ring.etag().to_owned(), policy), bytes, etag });
        self.metadata.0.store(Some(document.clone()));
        document
    }
}
