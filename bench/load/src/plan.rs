//! What a run does, as `scripts/bench` writes it.

use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(crate) struct Plan {
    /// `get`, `post`, `client_credentials`, `introspect`, `userinfo`, `refresh`, `code_flow`, `login`, `life`,
    /// `storm`, or `mint`.
    pub(crate) scenario: String,
    /// `http://127.0.0.1:8080`, with the issuer's path if it has one.
    pub(crate) url: String,
    /// Whose CPU time counts.
    pub(crate) pid: u32,
    #[serde(default = "sixteen")]
    pub(crate) connections: usize,
    #[serde(default = "five")]
    pub(crate) seconds: f64,
    #[serde(default = "one")]
    pub(crate) warm_up: f64,
    /// Every Nth answer is verified in full.
    #[serde(default = "fifty")]
    pub(crate) check_every: u64,
    /// For `get` and `post`.
    #[serde(default)]
    pub(crate) path: String,
    #[serde(default)]
    pub(crate) body: String,
    /// Who asks.
    #[serde(default)]
    pub(crate) client_id: String,
    #[serde(default)]
    pub(crate) client_secret: String,
    #[serde(default)]
    pub(crate) redirect_uri: String,
    #[serde(default)]
    pub(crate) scope: String,
    #[serde(default)]
    pub(crate) resource: String,
    /// Who signs in: worker n takes `email` with `#` replaced by n modulo `people`.
    #[serde(default)]
    pub(crate) email: String,
    #[serde(default)]
    pub(crate) password: String,
    #[serde(default = "one_person")]
    pub(crate) people: usize,
    /// For `introspect`: tokens and whether they are active.
    #[serde(default)]
    pub(crate) tokens: Vec<(String, bool)>,
    /// For `life`: rest between two.
    #[serde(default)]
    pub(crate) pause_ms: u64,
    /// For `mint`: how many.
    #[serde(default)]
    pub(crate) count: usize,
}

fn sixteen() -> usize {
    16
}
fn one_person() -> usize {
    1
}
fn fifty() -> u64 {
    50
}
fn five() -> f64 {
    5.0
}
fn one() -> f64 {
    1.0
}

impl Plan {
    /// `host:port`.
    pub(crate) fn host(&self) -> &str {
        self.url.trim_start_matches("http://").split('/').next().unwrap_or_default()
    }

    /// The issuer's path and this one.
    pub(crate) fn path(&self, path: &str) -> String {
        let rest = self.url.trim_start_matches("http://");
        format!("{}{path}", rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default())
    }

    pub(crate) fn person(&self, number: usize) -> String {
        self.email.replace('#', &(number % self.people.max(1)).to_string())
    }
}
