//! Client secrets and keys: what stands for them in the metadata.

use super::{AuthMethod, ClientAuth, ClientMetadata, Contradiction, OneOrTwo, SecretHash};
use crate::oauth::client::ClientKeys;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// A configured secret has at least this many characters: it is never slow-hashed, so it must not be guessable.
pub const MIN_SECRET: usize = 32;

impl ClientMetadata {
    /// Takes a secret that was read from the environment or a file: keeps its hash, forgets where it
    /// came from. `member` is the member that named the source.
    pub fn put_secret(&mut self, member: &str, secret: &str) -> Result<(), Contradiction> {
        if secret.chars().count() < MIN_SECRET {
            let problem = format!(
                "the secret is shorter than {MIN_SECRET} characters: `openssl rand -hex 32` makes a good one"
            );
            return Err(Contradiction::new(member, problem));
        }
        if is_placeholder(secret) {
            return Err(Contradiction::new(
                member,
                "the secret is a placeholder: generate one, for example with `openssl rand -hex 32`",
            ));
        }
        let hash = Sha256::digest(secret.as_bytes()).iter().map(|b| format!("{b:02x}")).collect::<String>();
        self.client_secret_sha256 = Some(match self.client_secret_sha256.take() {
            None => OneOrTwo::One(hash),
            Some(OneOrTwo::One(first)) => OneOrTwo::Many(vec![first, hash]),
            Some(OneOrTwo::Many(mut all)) => {
                all.push(hash);
                OneOrTwo::Many(all)
            }
        });
        match member {
            "client_secret_env" => self.client_secret_env = None,
            "client_secret_file" => self.client_secret_file = None,
            _other => {}
        }
        Ok(())
    }

    /// RFC 7591 2: the method and what it needs, and nothing that another method would need.
    pub(super) fn checked_auth(&self, wrong: &mut Vec<Contradiction>) -> Option<ClientAuth> {
        let before = wrong.len();
        let method = self.method();
        let secrets = self.secrets(wrong);
        let keys = self.keys(wrong);
        let mut say = |member: &str, problem: String| wrong.push(Contradiction::new(member, problem));
        for (member, source) in
            [("client_secret_env", &self.client_secret_env), ("client_secret_file", &self.client_secret_file)]
        {
            if source.is_some() {
                say(member, "names a secret that was not read: secrets by environment or file are for the configuration file".to_owned());
            }
        }
        let wants_secret = matches!(method, AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost);
        if wants_secret && secrets.is_empty() && self.client_secret_sha256.is_none() {
            say(
                "token_endpoint_auth_method",
                format!(
                    "{} needs client_secret_env, client_secret_file or client_secret_sha256; a client that cannot keep a secret says \"none\"",
                    method.as_str()
                ),
            );
        }
        if !wants_secret && self.client_secret_sha256.is_some() {
            say(
                "client_secret_sha256",
                format!(
                    "{} uses no secret: remove it, or set token_endpoint_auth_method = \"client_secret_basic\"",
                    method.as_str()
                ),
            );
        }
        let wants_keys = method == AuthMethod::PrivateKeyJwt;
        if wants_keys && self.jwks.is_none() && self.jwks_uri.is_none() {
            say("token_endpoint_auth_method", "private_key_jwt needs jwks or jwks_uri".to_owned());
        }
        if !wants_keys && (self.jwks.is_some() || self.jwks_uri.is_some()) {
            let member = if self.jwks.is_some() { "jwks" } else { "jwks_uri" };
            say(
                member,
                format!(
                    "{} uses no keys: remove it, or set token_endpoint_auth_method = \"private_key_jwt\"",
                    method.as_str()
                ),
            );
        }
        if wrong.len() > before {
            return None;
        }
        Some(match method {
            AuthMethod::None => ClientAuth::None,
            AuthMethod::ClientSecretBasic => ClientAuth::ClientSecretBasic { secrets },
            AuthMethod::ClientSecretPost => ClientAuth::ClientSecretPost { secrets },
            AuthMethod::PrivateKeyJwt => ClientAuth::PrivateKeyJwt { keys: keys? },
        })
    }

    fn secrets(&self, wrong: &mut Vec<Contradiction>) -> Vec<SecretHash> {
        let texts: &[String] = match &self.client_secret_sha256 {
            None => &[],
            Some(OneOrTwo::One(one)) => std::slice::from_ref(one),
            Some(OneOrTwo::Many(many)) => many,
        };
        if texts.len() > 2 || (texts.is_empty() && self.client_secret_sha256.is_some()) {
            let problem = "one hash, or two while the secret is being changed";
            wrong.push(Contradiction::new("client_secret_sha256", problem));
        }
        let hashes: Option<Vec<_>> = texts.iter().map(|text| hex32(text).map(SecretHash)).collect();
        hashes.unwrap_or_else(|| {
            let problem = "64 hexadecimal digits, as `printf %s \"$SECRET\" | sha256sum` prints them";
            wrong.push(Contradiction::new("client_secret_sha256", problem));
            Vec::new()
        })
    }

    fn keys(&self, wrong: &mut Vec<Contradiction>) -> Option<ClientKeys> {
        match (&self.jwks, &self.jwks_uri) {
            (Some(_), Some(_)) => {
                wrong.push(Contradiction::new("jwks_uri", "RFC 7591 2: jwks or jwks_uri, not both"));
                None
            }
            (Some(set), None) => match public_keys(set) {
                Ok(()) => Some(ClientKeys::Jwks(set.clone())),
                Err(problem) => {
                    wrong.push(Contradiction::new("jwks", problem));
                    None
                }
            },
            (None, Some(uri)) => Some(ClientKeys::JwksUri(uri.clone())),
            (None, None) => None,
        }
    }
}

/// RFC 7517 5: a set of public keys. The edge reads the keys themselves; here only what would be a
/// mistake of the operator: no keys, private members, shared secrets.
fn public_keys(set: &Value) -> Result<(), &'static str> {
    let keys = set.get("keys").and_then(Value::as_array).filter(|keys| !keys.is_empty());
    let keys = keys.ok_or("a key set has a member keys with at least one key")?;
    for key in keys {
        let member = |name: &str| key.get(name).and_then(Value::as_str);
        if ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"].iter().any(|name| key.get(name).is_some()) {
            return Err(
                "a key has private members: register its public part only, and replace the key, since it was shown",
            );
        }
        if !matches!(member("kty"), Some("RSA" | "EC" | "OKP")) {
            return Err("a key has no kty, or one other than RSA, EC and OKP");
        }
    }
    Ok(())
}

fn hex32(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let mut out = [0u8; 32];
    for (i, byte) in out.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * i..2 * i + 2)?, 16).ok()?;
    }
    Some(out)
}

/// Long enough, and still nobody's secret.
fn is_placeholder(secret: &str) -> bool {
    let lower = secret.to_ascii_lowercase();
    let words = [
        "changeme",
        "change-me",
        "change_me",
        "placeholder",
        "replace-me",
        "replace_me",
        "your-secret",
        "your_secret",
        "insert-",
        "example-secret",
        "todo",
    ];
    let distinct = secret.chars().collect::<std::collections::BTreeSet<_>>().len();
    distinct < 8 || words.iter().any(|word| lower.contains(word))
}
