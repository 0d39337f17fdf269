//! The table of contradictions, one function per group of members.

use super::{ApplicationType, AuthMethod, ClientMetadata, Contradiction};
use crate::ClientId;
use crate::oauth::{GrantType, Scope, redirect};
use url::Url;

/// Longest name shown to people.
const MAX_NAME: usize = 100;
/// Most entries of a list.
const MAX_LIST: usize = 100;
/// Longest `default_max_age`: ten years.
const MAX_AGE: u64 = 315_360_000;

impl ClientMetadata {
    pub(super) fn checked_id(&self, wrong: &mut Vec<Contradiction>) -> Option<ClientId> {
        let mut say = |problem| wrong.push(Contradiction::new("client_id", problem));
        if self.client_id.starts_with("u_") {
            // RFC 9700 4.15: a client must not be able to pose as a person.
            say("must not begin with u_: subjects of people do");
            return None;
        }
        let id = ClientId::parse(&self.client_id).ok();
        if id.is_none() {
            say("1 to 200 printable ASCII characters without space");
        }
        id
    }

    pub(super) fn checked_grants(&self, wrong: &mut Vec<Contradiction>) -> Vec<GrantType> {
        let mut grants = self.grant_types.clone().unwrap_or_else(|| vec![GrantType::AuthorizationCode]);
        let mut say = |member: &str, problem: &str| wrong.push(Contradiction::new(member, problem));
        let count = grants.len();
        grants.sort();
        grants.dedup();
        let has = |grant| grants.contains(&grant);
        let code = has(GrantType::AuthorizationCode);
        let device = has(GrantType::DeviceCode);
        if grants.is_empty() || grants.len() < count {
            say("grant_types", "name each grant type once, and at least one");
        }
        if has(GrantType::RefreshToken) && !code && !device {
            say(
                "grant_types",
                "refresh_token without authorization_code or the device grant: nothing would issue the refresh token",
            );
        }
        if has(GrantType::ClientCredentials) && self.method() == AuthMethod::None {
            say(
                "grant_types",
                "RFC 6749 4.4: client_credentials is for clients that authenticate; set token_endpoint_auth_method",
            );
        }
        if has(GrantType::JwtBearer) && self.method() != AuthMethod::PrivateKeyJwt {
            say(
                "grant_types",
                "RFC 7523: jwt-bearer is for services with keys of their own; set token_endpoint_auth_method = \"private_key_jwt\"",
            );
        }
        let exchange = has(GrantType::TokenExchange);
        if exchange && self.method() == AuthMethod::None {
            say(
                "grant_types",
                "RFC 8693: token-exchange is for services that authenticate; set token_endpoint_auth_method",
            );
        }
        if exchange && self.exchange_resources.is_empty() {
            say(
                "exchange_resources",
                "token-exchange needs at least one: where may this service go for a person?",
            );
        }
        if !exchange && !self.exchange_resources.is_empty() {
            say(
                "exchange_resources",
                "only urn:ietf:params:oauth:grant-type:token-exchange uses them: add it to grant_types, or remove them",
            );
        }
        match &self.response_types {
            None => {}
            Some(types) if types.iter().any(|it| it != "code") => {
                say(
                    "response_types",
                    "only \"code\" exists here: implicit and hybrid answers put tokens into addresses",
                );
            }
            Some(types) if types.is_empty() == code => {
                say(
                    "response_types",
                    "RFC 7591 2.1: [\"code\"] goes with the grant type authorization_code, [] with none of it",
                );
            }
            Some(_) => {}
        }
        if code && self.redirect_uris.is_empty() {
            say(
                "redirect_uris",
                "authorization_code needs at least one, such as https://app.example/callback",
            );
        }
        if !code && !self.redirect_uris.is_empty() {
            say("redirect_uris", "only authorization_code uses them: add it to grant_types, or remove them");
        }
        grants
    }

    pub(super) fn checked_scope(&self, grants: &[GrantType], wrong: &mut Vec<Contradiction>) -> Scope {
        let code = grants.contains(&GrantType::AuthorizationCode) || grants.contains(&GrantType::DeviceCode);
        let refresh = grants.contains(&GrantType::RefreshToken);
        let default = match (code, refresh) {
            (true, true) => "openid profile email offline_access",
            (true, false) => "openid profile email",
            (false, _) => "",
        };
        let mut say = |problem: &str| wrong.push(Contradiction::new("scope", problem));
        let scope = Scope::parse(self.scope.as_deref().unwrap_or(default)).unwrap_or_else(|_| {
            say("values are separated by one space and hold no quote, backslash or character beyond ASCII (RFC 6749 3.3)");
            Scope::default()
        });
        if scope.has("offline_access") && !refresh {
            say("offline_access needs the grant type refresh_token");
        }
        if !code && ["openid", "profile", "email", "address", "phone"].iter().any(|it| scope.has(it)) {
            say(
                "openid, profile, email, address and phone are about people: they need the grant type authorization_code or the device grant",
            );
        }
        scope
    }

    pub(super) fn check_uris(&self, grants: &[GrantType], wrong: &mut Vec<Contradiction>) {
        let native = self.application_type == Some(ApplicationType::Native);
        let private_schemes = native && self.method() == AuthMethod::None;
        let mut say = |member: String, problem: String| wrong.push(Contradiction::new(member, problem));
        for (member, uris) in [
            ("redirect_uris", &self.redirect_uris),
            ("post_logout_redirect_uris", &self.post_logout_redirect_uris),
        ] {
            if uris.len() > MAX_LIST {
                say(member.to_owned(), format!("at most {MAX_LIST}"));
            }
            for (i, uri) in uris.iter().enumerate() {
                if let Err(bad) = redirect::check(uri, private_schemes) {
                    say(format!("{member}[{i}]"), bad.to_string());
                } else if uris.iter().take(i).any(|earlier| earlier == uri) {
                    say(format!("{member}[{i}]"), "named twice".to_owned());
                }
            }
        }
        if !self.post_logout_redirect_uris.is_empty() && !grants.contains(&GrantType::AuthorizationCode) {
            say(
                "post_logout_redirect_uris".to_owned(),
                "only a client with authorization_code signs people out".to_owned(),
            );
        }
        let signs_in = [GrantType::AuthorizationCode, GrantType::DeviceCode];
        if self.backchannel_logout_uri.is_some() && !signs_in.iter().any(|it| grants.contains(it)) {
            say(
                "backchannel_logout_uri".to_owned(),
                "only a client that signs people in hears of their sign-out".to_owned(),
            );
        }
        if self.backchannel_logout_session_required && self.backchannel_logout_uri.is_none() {
            say(
                "backchannel_logout_session_required".to_owned(),
                "says something of backchannel_logout_uri: set that, or remove it".to_owned(),
            );
        }
        for (member, named) in
            [("resources", &self.resources), ("exchange_resources", &self.exchange_resources)]
        {
            for (i, resource) in named.iter().enumerate() {
                if let Err(problem) = resource_identifier(resource) {
                    say(format!("{member}[{i}]"), problem.to_owned());
                } else if named.iter().take(i).any(|earlier| earlier == resource) {
                    say(format!("{member}[{i}]"), "named twice".to_owned());
                }
            }
        }
        if let Some(asked) = &self.sign_up_claims
            && let Err(bad) = crate::account::asked::Asked::parse(asked.iter().map(String::as_str))
        {
            say("sign_up_claims".to_owned(), bad.to_string());
        }
        for (i, origin) in self.allowed_origins.iter().flatten().enumerate() {
            if !is_origin(origin) {
                say(format!("allowed_origins[{i}]"), "an origin is scheme, host and port as a browser sends them, such as https://app.example: no path, no *, no null".to_owned());
            }
        }
        for (member, uri) in [
            ("jwks_uri", &self.jwks_uri),
            ("backchannel_logout_uri", &self.backchannel_logout_uri),
            ("initiate_login_uri", &self.initiate_login_uri),
            ("client_uri", &self.client_uri),
            ("logo_uri", &self.logo_uri),
            ("policy_uri", &self.policy_uri),
            ("tos_uri", &self.tos_uri),
        ] {
            if uri.as_deref().is_some_and(|uri| !is_web_address(uri)) {
                say(
                    member.to_owned(),
                    "an https address (http on localhost only), without user and fragment".to_owned(),
                );
            }
        }
    }

    pub(super) fn check_lives(&self, grants: &[GrantType], wrong: &mut Vec<Contradiction>) {
        let mut say = |member: &str, problem: String| wrong.push(Contradiction::new(member, problem));
        let lives = [("refresh_idle", self.refresh_idle), ("refresh_absolute", self.refresh_absolute)];
        for (member, life) in lives {
            if life.is_some() && !grants.contains(&GrantType::RefreshToken) {
                say(
                    member,
                    "only refresh_token uses it: add it to grant_types, or remove the lifetime".to_owned(),
                );
            } else if life.is_some_and(|life| !(1..=MAX_AGE).contains(&life)) {
                say(member, format!("seconds, 1 to {MAX_AGE}"));
            }
        }
        if let (Some(idle), Some(absolute)) = (self.refresh_idle, self.refresh_absolute)
            && idle > absolute
        {
            say("refresh_idle", "longer than refresh_absolute: it would never be reached".to_owned());
        }
    }

    pub(super) fn check_people(&self, grants: &[GrantType], wrong: &mut Vec<Contradiction>) {
        if self.authorization_challenge {
            let mut say = |problem: &str| wrong.push(Contradiction::new("authorization_challenge", problem));
            if self.method() == AuthMethod::None {
                say(
                    "a public client would hand people's passwords on for anybody: set token_endpoint_auth_method",
                );
            }
            if !self.first_party {
                say(
                    "it is for your own apps, which see people's passwords: set first_party = true, or remove it",
                );
            }
            if !grants.contains(&GrantType::AuthorizationCode) {
                say("it ends with an authorization code: add authorization_code to grant_types");
            }
        }
        let people = [GrantType::AuthorizationCode, GrantType::DeviceCode];
        if self.organization.is_some() && !grants.iter().any(|it| people.contains(it)) {
            let problem =
                "nobody signs in to this client: remove it, or add authorization_code to grant_types";
            wrong.push(Contradiction::new("organization", problem));
        }
    }

    pub(super) fn check_looks(&self, wrong: &mut Vec<Contradiction>) {
        if self.client_name.as_deref().is_some_and(|name| !is_name(name)) {
            let problem =
                format!("1 to {MAX_NAME} characters on one line, no space around it, nothing invisible");
            wrong.push(Contradiction::new("client_name", problem));
        }
        self.in_languages.check(wrong);
        if self.logo_file.is_some() {
            wrong.push(Contradiction::new(
                "logo_file",
                "a file can be named only where the server reads it: in its configuration",
            ));
        }
        if self.logo.is_some() && self.logo_uri.is_some() {
            wrong.push(Contradiction::new("logo_uri", "logo_file is there as well: name one of them"));
        }
        let is_colour =
            |c: &str| c.len() == 7 && c.starts_with('#') && c.bytes().skip(1).all(|b| b.is_ascii_hexdigit());
        if self.colour.as_deref().is_some_and(|colour| !is_colour(colour)) {
            wrong.push(Contradiction::new(
                "colour",
                "a colour is # and six hexadecimal digits, such as #1f6feb",
            ));
        }
        if self.default_max_age.is_some_and(|age| age > MAX_AGE) {
            wrong.push(Contradiction::new("default_max_age", format!("seconds, at most {MAX_AGE}")));
        }
    }

    /// CORS: what was said, or the origins of the redirect URIs.
    pub(super) fn origins(&self) -> Vec<String> {
        if let Some(origins) = &self.allowed_origins {
            return origins.clone();
        }
        let parsed = self.redirect_uris.iter().filter_map(|uri| Url::parse(uri).ok());
        let mut origins: Vec<_> = parsed
            .map(|url| url.origin())
            .filter(url::Origin::is_tuple)
            .map(|o| o.ascii_serialization())
            .collect();
        origins.sort();
        origins.dedup();
        origins
    }
}

/// RFC 8707 2: an absolute URI without a fragment.
pub(super) fn resource_identifier(text: &str) -> Result<(), &'static str> {
    let graphic = (1..=500).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    match Url::parse(text) {
        Ok(_) if graphic && !text.contains('#') => Ok(()),
        Ok(_) | Err(_) => {
            Err("a resource is an absolute URI without fragment, such as https://api.example (RFC 8707 2)")
        }
    }
}

fn is_origin(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "https" | "http") && url.origin().ascii_serialization() == text
    })
}

/// What may be shown to people as a name.
pub(super) fn is_name(name: &str) -> bool {
    (1..=MAX_NAME).contains(&name.chars().count()) && name.trim() == name && !name.chars().any(is_deceptive)
}

pub(super) fn is_web_address(text: &str) -> bool {
    let clean =
        text.len() <= 2_000 && text.bytes().all(|b| b.is_ascii_graphic()) && !text.contains(['#', '\\']);
    clean
        && Url::parse(text).is_ok_and(|url| {
            let secure = url.scheme() == "https" || (url.scheme() == "http" && redirect::is_loopback(&url));
            secure && url.username().is_empty() && url.password().is_none()
        })
}

/// Control characters, and those that turn or hide text on a consent page.
fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}
