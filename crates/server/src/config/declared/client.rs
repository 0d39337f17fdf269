//! One `[[client]]`: how it is called, and how it proves who it is.

use countersign_core::ClientId;
use countersign_core::oauth::client::{ClientKeys, SecretHash};
use countersign_core::oauth::{AccessTokenFormat, Client, ClientAuth, GrantType, Profile, SigningAlg};
use countersign_core::organization::OrgScope;
use countersign_jose::JwkSet;
use secrecy::ExposeSecret;
use sha2::{Digest as _, Sha256};

use super::Reader;
use crate::config::secret::secret;
use crate::config::values::{At, Values};

impl Reader<'_> {
    pub(super) fn client(&mut self, values: &Values) -> Option<Client> {
        let id = self.required(values, "client_id", "apps are told apart by it")?;
        let id = match ClientId::parse(id) {
            Ok(id) => id,
            Err(_) => {
                self.problems.add(
                    values.place("client_id"),
                    "`client_id` has characters that are not allowed, or is too long",
                    "RFC 6749 appendix A.1: it travels in URLs and headers",
                    "use letters, digits and .-_~",
                );
                return None;
            }
        };
        let grant_types = self.grant_types(values);
        let auth = self.client_auth(values);
        let default_grants = vec![GrantType::AuthorizationCode, GrantType::RefreshToken];
        let client = Client {
            name: values.text("client_name").unwrap_or(id.as_str()).to_owned(),
            id,
            org: OrgScope::installation().org(),
            profile: self.choice(
                values,
                "profile",
                &[("oauth21", Profile::Oauth21), ("oidc-compat", Profile::OidcCompat)],
                Profile::Oauth21,
            ),
            auth: auth?,
            first_party: values.flag("first_party").unwrap_or(false),
            redirect_uris: strings(values.texts("redirect_uris")),
            post_logout_redirect_uris: strings(values.texts("post_logout_redirect_uris")),
            grant_types: grant_types.unwrap_or(default_grants),
            scope: self.scope(values, "openid profile email"),
            resources: strings(values.texts("resources")),
            id_token_signed_response_alg: self.choice(
                values,
                "id_token_signed_response_alg",
                &SigningAlg::ALL.map(|alg| (alg.as_str(), alg)),
                SigningAlg::Rs256,
            ),
            access_token: self.choice(
                values,
                "access_token_format",
                &[("jwt", AccessTokenFormat::Jwt), ("opaque", AccessTokenFormat::Opaque)],
                AccessTokenFormat::Jwt,
            ),
            default_max_age: values.time("default_max_age"),
            require_auth_time: values.flag("require_auth_time").unwrap_or(false),
            allowed_origins: strings(values.texts("allowed_origins")),
            initiate_login_uri: values.text("initiate_login_uri").map(str::to_owned),
            client_uri: values.text("client_uri").map(str::to_owned),
            logo_uri: values.text("logo_uri").map(str::to_owned),
            policy_uri: values.text("policy_uri").map(str::to_owned),
            tos_uri: values.text("tos_uri").map(str::to_owned),
            colour: values.text("colour").map(str::to_owned),
            disabled: false,
        };
        self.response_types(values, &client);
        self.contradictions(values, &client);
        Some(client)
    }

    fn grant_types(&mut self, values: &Values) -> Option<Vec<GrantType>> {
        let texts = values.texts("grant_types")?;
        let mut grants = Vec::new();
        for item in texts {
            match item.value.as_str() {
                "authorization_code" => grants.push(GrantType::AuthorizationCode),
                "refresh_token" => grants.push(GrantType::RefreshToken),
                "client_credentials" => grants.push(GrantType::ClientCredentials),
                _ => self.problems.add(
                    &item.place,
                    "`grant_types` holds something unknown",
                    "the token endpoint knows three grants",
                    "choose from authorization_code, refresh_token, client_credentials",
                ),
            }
        }
        Some(grants)
    }

    fn response_types(&mut self, values: &Values, client: &Client) {
        let Some(types) = values.texts("response_types") else { return };
        let fits = if client.may(GrantType::AuthorizationCode) {
            types.iter().map(|t| t.value.as_str()).eq(["code"])
        } else {
            types.is_empty()
        };
        if !fits {
            self.problems.add(
                values.place("response_types"),
                "`response_types` does not fit `grant_types`",
                "RFC 7591 2.1: `code` belongs to authorization_code, and nothing else is offered",
                "write [\"code\"] with authorization_code, [] without it, or leave it out",
            );
        }
    }

    /// RFC 7591 2: one way to prove who the client is, with exactly what that way needs.
    fn client_auth(&mut self, values: &Values) -> Option<ClientAuth> {
        let secrets = self.client_secrets(values);
        let has_secret = ["client_secret_env", "client_secret_file", "client_secret_sha256"]
            .iter()
            .any(|key| values.has(key));
        let has_keys = values.has("jwks") || values.has("jwks_uri");
        let method = match values.text("token_endpoint_auth_method") {
            Some(method) => method,
            None if has_secret => "client_secret_basic",
            None if has_keys => "private_key_jwt",
            None => "none",
        };
        let secret_place = ["client_secret_env", "client_secret_file", "client_secret_sha256"]
            .iter()
            .find(|key| values.has(key))
            .map_or(&values.place, |key| values.place(key));
        let key_place = values.place(if values.has("jwks") { "jwks" } else { "jwks_uri" });
        let wants_secret = matches!(method, "client_secret_basic" | "client_secret_post");
        let wants_keys = method == "private_key_jwt";
        const WHY: &str = "a client proves who it is in one way; what is left over is believed by nobody and missed by somebody";
        if has_secret && !wants_secret {
            self.problems.add(
                secret_place,
                format!("a secret for a client with `{method}`"),
                WHY,
                "remove the secret, or change `token_endpoint_auth_method`",
            );
        }
        if has_keys && !wants_keys {
            self.problems.add(
                key_place,
                format!("keys for a client with `{method}`"),
                WHY,
                "remove the keys, or change `token_endpoint_auth_method`",
            );
        }
        match method {
            "none" => Some(ClientAuth::None),
            "client_secret_basic" | "client_secret_post" => {
                if !has_secret {
                    self.problems.add(
                        values.place("token_endpoint_auth_method"),
                        format!("`{method}` without a secret"),
                        "nobody could authenticate as this client",
                        "write `client_secret_env`, `client_secret_file` or `client_secret_sha256`",
                    );
                }
                let secrets = secrets?;
                Some(match method {
                    "client_secret_basic" => ClientAuth::ClientSecretBasic { secrets },
                    _ => ClientAuth::ClientSecretPost { secrets },
                })
            }
            "private_key_jwt" => Some(ClientAuth::PrivateKeyJwt { keys: self.client_keys(values)? }),
            _ => {
                self.problems.add(
                    values.place("token_endpoint_auth_method"),
                    "`token_endpoint_auth_method` is unknown",
                    "the token endpoint knows four methods",
                    "choose from none, client_secret_basic, client_secret_post, private_key_jwt",
                );
                None
            }
        }
    }

    fn client_secrets(&mut self, values: &Values) -> Option<Vec<SecretHash>> {
        let plain = secret(values, "client_secret", 32, self.base, self.world, self.problems)
            .map(|plain| SecretHash(Sha256::digest(plain.expose_secret().as_bytes()).into()));
        let named = values.has("client_secret_env") || values.has("client_secret_file");
        let Some(hashes) = values.texts("client_secret_sha256") else {
            return plain.map(|hash| vec![hash]);
        };
        if named {
            self.problems.add(
                values.place("client_secret_sha256"),
                "a secret and a hash of a secret",
                "it is not clear which one counts",
                "keep one",
            );
        }
        let mut read = Vec::new();
        for item in hashes {
            match hex32(&item.value) {
                Some(bytes) => read.push(SecretHash(bytes)),
                None => self.problems.add(
                    &item.place,
                    "`client_secret_sha256` is not 64 hexadecimal digits",
                    "it is the SHA-256 of the secret",
                    "make it with: printf %s \"$SECRET\" | sha256sum",
                ),
            }
        }
        if read.len() > 2 || hashes.is_empty() {
            self.problems.add(
                values.place("client_secret_sha256"),
                "`client_secret_sha256` holds one hash, or two",
                "a second one is for the time of a change",
                "remove those no longer in use",
            );
        }
        Some(read)
    }

    fn client_keys(&mut self, values: &Values) -> Option<ClientKeys> {
        match (values.json("jwks"), values.text("jwks_uri")) {
            (Some(_), Some(_)) => {
                self.problems.add(
                    values.place("jwks_uri"),
                    "`jwks` and `jwks_uri` are both written",
                    "RFC 7591 2 forbids it: it is not clear which keys count",
                    "keep one",
                );
                None
            }
            (Some(jwks), None) => match JwkSet::parse(jwks.to_string().as_bytes()) {
                Ok(_) => Some(ClientKeys::Jwks(jwks.clone())),
                Err(error) => {
                    self.problems.add(
                        values.place("jwks"),
                        format!("`jwks`: {error}"),
                        "assertions of this client are verified with these keys",
                        "write the public keys as { keys = [ { kty = ..., ... } ] }",
                    );
                    None
                }
            },
            (None, Some(uri)) => Some(ClientKeys::JwksUri(uri.to_owned())),
            (None, None) => {
                self.problems.add(
                    values.place("token_endpoint_auth_method"),
                    "`private_key_jwt` without keys",
                    "nobody could authenticate as this client",
                    "write `jwks_uri` or `jwks`",
                );
                None
            }
        }
    }
}

fn strings(texts: Option<&[At<String>]>) -> Vec<String> {
    texts.unwrap_or_default().iter().map(|item| item.value.clone()).collect()
}

fn hex32(text: &str) -> Option<[u8; 32]> {
    let digits: Vec<u8> =
        text.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect::<Option<_>>()?;
    let bytes: Vec<u8> =
        digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, d| byte << 4 | d)).collect();
    if digits.len() == 64 { bytes.try_into().ok() } else { None }
}
