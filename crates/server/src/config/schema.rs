//! Every key of the configuration: what it is called, what it holds, and what it means. Reading, the environment
//! overlay and the reference page all follow this one table.

/// What a key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A string.
    Text,
    /// A whole number, not negative.
    Number,
    /// `true` or `false`.
    Flag,
    /// A length of time: `"90s"`, `"15m"`, `"1h"`, `"7d"`.
    Time,
    /// A list of strings; in the environment separated by commas.
    Texts,
    /// A table of strings.
    Table,
    /// A table with any content.
    Json,
}

/// One key.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// As shown in the reference; empty when there is none.
    pub(crate) default: &'static str,
    pub(crate) about: &'static str,
}

/// One section; `name` is empty for the top of the file.
#[derive(Debug)]
pub(crate) struct Section {
    pub(crate) name: &'static str,
    /// `[[name]]`, any number of times.
    pub(crate) many: bool,
    pub(crate) about: &'static str,
    pub(crate) keys: &'static [Key],
}

/// Keys that people try first for a secret, and that are refused with the way to do it.
pub(crate) const INLINE_SECRETS: &[&str] = &[
    "password",
    "secret",
    "client_secret",
    "master_key",
    "pepper",
    "private_key",
    "token",
    "api_key",
    "auth_token",
];

pub(crate) fn section(name: &str) -> Option<&'static Section> {
    SECTIONS.iter().find(|section| section.name == name)
}

const fn key(name: &'static str, kind: Kind, default: &'static str, about: &'static str) -> Key {
    Key { name, kind, default, about }
}

use Kind::{Flag, Json, Number, Table, Text, Texts, Time};

const SMTP: &[Key] = &[
    key("host", Text, "", "Its name."),
    key("port", Number, "587, or 465 for `tls`", "Its port."),
    key("security", Text, "starttls", "`starttls`, `tls`, or `none`; the last only to this machine."),
    key("username", Text, "", "The user name, if it wants one."),
    key("password_env", Text, "", "The environment variable that holds the password."),
    key("password_file", Text, "", "The file that holds the password."),
    key("from", Text, "", "Who mails come from: `Example <no-reply@example.com>`."),
    key("hello", Text, "the host of the issuer", "The name given in EHLO."),
    key("ca_file", Text, "", "A certificate authority to trust beside the system's, PEM."),
];

const WEBHOOK: &[Key] = &[
    key("url", Text, "", "Where messages are posted."),
    key("secret_env", Text, "", "The environment variable that holds the secret of the signature."),
    key("secret_file", Text, "", "The file that holds it: at least 24 characters, or `whsec_` and base64."),
];

pub(crate) const SECTIONS: &[Section] = &[
    Section {
        name: "",
        many: false,
        about: "The server itself.",
        keys: &[
            key("version", Number, "", "The form of this file. Always `1`."),
            key(
                "issuer",
                Text,
                "",
                "The address that apps know this server by, exactly as they write it: `https://id.example.com` or, behind a proxy, with a path. No slash at the end. `http` only on this machine.",
            ),
            key("listen", Text, "127.0.0.1:8080", "The address and port to listen on."),
            key(
                "database",
                Text,
                "sqlite:countersign.db",
                "`sqlite:FILE`, relative to this file, or `postgres://user@host/name`. A password is never written here: see `database_password_file`.",
            ),
            key(
                "database_password_env",
                Text,
                "",
                "The environment variable that holds the PostgreSQL password.",
            ),
            key("database_password_file", Text, "", "The file that holds the PostgreSQL password."),
            key("master_key_env", Text, "", "The environment variable that holds the master key."),
            key(
                "master_key_file",
                Text,
                "",
                "The file that holds the master key, which encrypts private keys in the database. `countersign init` makes one. Without it a backup cannot be read.",
            ),
            key(
                "trusted_proxies",
                Texts,
                "[]",
                "Addresses or ranges whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed. Everybody else's are ignored.",
            ),
            key(
                "cookie_name",
                Text,
                "countersign",
                "What the names of our cookies begin with, after the prefix `__Host-` that https demands: letters, digits and hyphens. Changing it signs everybody out.",
            ),
        ],
    },
    Section {
        name: "tls",
        many: false,
        about: "TLS without a proxy. Both files are read again on every reload.",
        keys: &[
            key("certificate_file", Text, "", "The certificate chain, PEM."),
            key("key_file", Text, "", "The private key, PEM."),
        ],
    },
    Section {
        name: "mail",
        many: false,
        about: "How mails leave. Each of the four sections below is a transport; without any of them no mail leaves: no confirmation, no sign-in link, no password reset. When one fails or is silent, the next is tried at once. See [messages.md](messages.md).",
        keys: &[key(
            "order",
            Texts,
            "smtp, smtp_fallback, sendgrid, mail_webhook",
            "Which transport is tried first, and which next: the names of the sections that are there.",
        )],
    },
    Section { name: "smtp", many: false, about: "A mail server.", keys: SMTP },
    Section {
        name: "smtp_fallback",
        many: false,
        about: "A second mail server, with the same keys.",
        keys: SMTP,
    },
    Section {
        name: "sendgrid",
        many: false,
        about: "SendGrid, or a service that speaks like it.",
        keys: &[
            key("url", Text, "https://api.sendgrid.com/v3/mail/send", "Where mails are posted."),
            key("api_key_env", Text, "", "The environment variable that holds the key."),
            key("api_key_file", Text, "", "The file that holds the key."),
            key("from", Text, "", "Who mails come from: `Example <no-reply@example.com>`."),
        ],
    },
    Section {
        name: "mail_webhook",
        many: false,
        about: "A program of your own that sends mails: each is posted to it as JSON, signed as Standard Webhooks are.",
        keys: WEBHOOK,
    },
    Section {
        name: "sms",
        many: false,
        about: "Text messages, to prove phone numbers. Each of the two sections below is a transport; without one nobody is asked for a phone.",
        keys: &[
            key(
                "countries",
                Texts,
                "",
                "What numbers may begin with: `+49`, `+44`. To other numbers nothing is sent. Needed as soon as there is a transport.",
            ),
            key(
                "country_per_hour",
                Number,
                "200",
                "Messages to all numbers of one of these countries together, in an hour.",
            ),
            key(
                "order",
                Texts,
                "twilio, sms_webhook",
                "Which transport is tried first, and which next: the names of the sections that are there.",
            ),
        ],
    },
    Section {
        name: "twilio",
        many: false,
        about: "Twilio, or a service that speaks like it.",
        keys: &[
            key("url", Text, "https://api.twilio.com", "Where the interface is."),
            key("account_sid", Text, "", "The id of the account, `AC..`."),
            key("auth_token_env", Text, "", "The environment variable that holds its token."),
            key("auth_token_file", Text, "", "The file that holds its token."),
            key(
                "from",
                Text,
                "",
                "Who messages come from: a number, a name, or the id of a messaging service, `MG..`.",
            ),
        ],
    },
    Section {
        name: "sms_webhook",
        many: false,
        about: "A program of your own that sends text messages.",
        keys: WEBHOOK,
    },
    Section {
        name: "sign_in",
        many: false,
        about: "Who may come in, and how.",
        keys: &[
            key("sign_up", Flag, "true", "People may create their own account."),
            key("confirm_email", Flag, "true", "An address is confirmed before an app is reached."),
            key(
                "sign_up_claims",
                Texts,
                "[\"name?\"]",
                "The standard claims that the sign-up page asks, such as `[\"given_name\", \"family_name\", \"birthdate?\"]`. Those that end in `?` may be left out.",
            ),
            key(
                "notify",
                Text,
                "new_device",
                "Of which sign-ins a person is told by mail, with a link that locks out whoever it was: `new_device`, `every_session` or `off`.",
            ),
        ],
    },
    Section {
        name: "passwords",
        many: false,
        about: "Passwords are hashed with Argon2id. Stronger values take effect at each person's next sign-in.",
        keys: &[
            key("min_length", Number, "10", "The shortest new password, in characters. At least 8."),
            key("max_length", Number, "128", "The longest password, in characters. At least 64."),
            key(
                "memory_kib",
                Number,
                "19456",
                "Memory for one hash. At least 19456 with two passes, 47104 with one, 12288 with three.",
            ),
            key("iterations", Number, "2", "Passes over the memory."),
            key("parallelism", Number, "1", "Lanes of one hash."),
            key(
                "breached_file",
                Text,
                "",
                "A list of passwords that are known from breaches, made by `countersign passwords compile`. None of them can be chosen.",
            ),
            key(
                "breached_url",
                Text,
                "",
                "A source that is asked by the first five digits of a new password's SHA-1, which are put behind it, such as `https://api.pwnedpasswords.com/range/`. While it does not answer, passwords are taken.",
            ),
        ],
    },
    Section {
        name: "lifetimes",
        many: false,
        about: "How long things live.",
        keys: &[
            key("session_idle", Time, "7d", "A sign-in that nobody uses."),
            key("session_absolute", Time, "30d", "A sign-in, however much it is used."),
            key("refresh_idle", Time, "30d", "A refresh token that nobody uses."),
            key("refresh_absolute", Time, "90d", "A grant, however often it is refreshed."),
            key(
                "refresh_grace",
                Time,
                "60s",
                "A rotated refresh token still gets the same answer, for clients that lost it.",
            ),
            key("access_token", Time, "10m", "Access tokens."),
            key("id_token", Time, "10m", "ID tokens."),
            key("code", Time, "60s", "Authorization codes."),
            key("magic_link", Time, "15m", "Sign-in links."),
            key("reset_link", Time, "30m", "Links to set a new password."),
            key("short_code", Time, "10m", "Six-digit codes."),
            key("flow", Time, "1h", "An authorization request on its way."),
            key("par", Time, "90s", "Pushed authorization requests."),
            key("device", Time, "10m", "Codes that a device shows, to be typed in a browser."),
            key(
                "deletion_grace",
                Time,
                "14d",
                "An account whose person asked for its deletion: so long they may still keep it by signing in.",
            ),
        ],
    },
    Section {
        name: "outbound",
        many: false,
        about: "What the server fetches, such as the `jwks_uri` of a client.",
        keys: &[
            key(
                "allow",
                Texts,
                "[]",
                "`host:port` pairs that may be private and may be spoken to without TLS, whoever wrote the address.",
            ),
            key("ca_file", Text, "", "Certificate authorities to trust beside the system's, PEM."),
        ],
    },
    Section {
        name: "log",
        many: false,
        about: "The log goes to the standard error.",
        keys: &[
            key("format", Text, "auto", "`human`, `json`, or `auto`: human on a terminal, JSON otherwise."),
            key(
                "level",
                Text,
                "info",
                "`error`, `warn`, `info`, `debug` or `trace`, or a filter such as `info,countersign_web=debug`.",
            ),
        ],
    },
    Section {
        name: "pages",
        many: false,
        about: "How pages and mails look and what they say; docs/pages.md shows it. The look of each app stands with its client.",
        keys: &[key(
            "overrides",
            Text,
            "",
            "A folder: texts (`de.ftl`) laid over ours, `own.css` after ours, `_header.html` and `_footer.html` for every page, and templates in place of ours. All of it is drawn once at the start; a file with a fault stops it and is named with the line.",
        )],
    },
    Section {
        name: "provider",
        many: true,
        about: "A provider that people may sign in with, several of a kind if need be. Register this server there with the redirect URI `ISSUER/login/provider/NAME/callback`. docs/providers.md walks through each kind.",
        keys: &[
            key(
                "name",
                Text,
                "",
                "Small letters, digits and hyphens. It stands in the redirect URI and beside every linked account: never change it.",
            ),
            key("kind", Text, "", "`github`, `gitlab`, `microsoft`, `google`, `oidc` or `oauth2`."),
            key("label", Text, "the kind's own name", "What the button says after \"Continue with\"."),
            key("client_id", Text, "", "Who this server is there."),
            key("client_secret_env", Text, "", "The environment variable that holds the secret."),
            key("client_secret_file", Text, "", "The file that holds the secret."),
            key(
                "token_endpoint_auth_method",
                Text,
                "client_secret_post",
                "`client_secret_post`, `client_secret_basic` or `none`.",
            ),
            key(
                "url",
                Text,
                "the public one",
                "For `github`, `gitlab`, `microsoft` and `google`: the address of one's own installation or of a national cloud.",
            ),
            key(
                "tenant",
                Text,
                "",
                "For `microsoft`: the tenant's id, or `organizations`, `consumers` or `common` for accounts of any.",
            ),
            key(
                "issuer",
                Text,
                "",
                "For `oidc`: the issuer, exactly as it calls itself; the rest is found by discovery. For `oauth2`: a name for who vouches.",
            ),
            key("authorization_endpoint", Text, "", "For `oauth2`: where people are sent."),
            key("token_endpoint", Text, "", "For `oauth2`: where codes are redeemed."),
            key("userinfo_endpoint", Text, "", "For `oauth2`: what tells who somebody is, as JSON."),
            key(
                "claims",
                Table,
                "",
                "For `oauth2`: where in that JSON things stand: `{ subject = \"id\", email = \"email\", email_verified = \"verified\", name = \"name\", username = \"login\" }`. A full stop leads into an object. `subject` must never change or be given anew.",
            ),
            key("scope", Text, "what the kind needs", "What is asked for there."),
            key(
                "trust_email",
                Text,
                "flag; never for oidc and oauth2",
                "`flag`: an address is proved if the provider says so. `always`: all of its addresses are. `never`: people confirm theirs here.",
            ),
            key("sign_up", Flag, "from [sign_in]", "Who comes by it for the first time gets an account."),
            key(
                "claim",
                Text,
                "",
                "The claim in which apps with the scope `profile` are told the person's subject there, such as `github_id`.",
            ),
            key("disabled", Flag, "false", "Switched off: no button, and no answer of it counts."),
        ],
    },
    Section {
        name: "client",
        many: true,
        about: "An app. Names as in RFC 7591; also in a file given to `countersign apply`.",
        keys: &[
            key("client_id", Text, "", "Its id."),
            key(
                "client_name",
                Text,
                "the id",
                "What people see. In other languages (RFC 7591 2.2): `\"client_name#de\" = \"Planer\"`, and so for `client_uri`, `policy_uri` and `tos_uri`.",
            ),
            key(
                "profile",
                Text,
                "oauth21",
                "`oauth21`, or `oidc-compat` for older libraries: PKCE and nonce optional.",
            ),
            key(
                "application_type",
                Text,
                "web",
                "`web` or `native`; a native app may come back by a scheme of its own.",
            ),
            key("first_party", Flag, "false", "Your own app: people are not asked for consent."),
            key(
                "authorization_challenge",
                Flag,
                "false",
                "Your own app or gateway, which has a secret, asks people for passwords and codes itself, by JSON (draft-ietf-oauth-first-party-apps). docs/gateway.md walks through it.",
            ),
            key(
                "organization",
                Text,
                "",
                "The handle of an organization: only its members sign in, and who leaves it loses what this app was given.",
            ),
            key("redirect_uris", Texts, "[]", "Where people may return to; compared exactly."),
            key("post_logout_redirect_uris", Texts, "[]", "Where people may go after signing out."),
            key(
                "backchannel_logout_uri",
                Text,
                "",
                "Where the app hears, server to server, that a session has ended (OpenID Connect Back-Channel Logout).",
            ),
            key(
                "backchannel_logout_session_required",
                Flag,
                "false",
                "The app needs `sid` in logout tokens. They always have it.",
            ),
            key(
                "grant_types",
                Texts,
                "authorization_code",
                "`authorization_code`, `refresh_token`, `client_credentials`, `urn:ietf:params:oauth:grant-type:jwt-bearer`, `urn:ietf:params:oauth:grant-type:token-exchange`, `urn:ietf:params:oauth:grant-type:device_code`.",
            ),
            key("response_types", Texts, "code", "`code`, for those who use `authorization_code`."),
            key(
                "token_endpoint_auth_method",
                Text,
                "client_secret_basic",
                "`none`, `client_secret_basic`, `client_secret_post` or `private_key_jwt`.",
            ),
            key(
                "client_secret_env",
                Text,
                "",
                "The environment variable that holds the secret, at least 32 characters.",
            ),
            key("client_secret_file", Text, "", "The file that holds the secret."),
            key(
                "client_secret_sha256",
                Texts,
                "",
                "The SHA-256 of the secret in hex; two for a change without a gap.",
            ),
            key("jwks", Json, "", "Its public keys, for `private_key_jwt`."),
            key("jwks_uri", Text, "", "Where its public keys are."),
            key(
                "scope",
                Text,
                "openid profile email for apps that sign people in",
                "The scopes it may ask for, separated by spaces.",
            ),
            key(
                "resources",
                Texts,
                "[]",
                "The resources it may ask for (RFC 8707). The first is the default audience.",
            ),
            key(
                "exchange_resources",
                Texts,
                "[]",
                "The resources it may reach for a person whose token it was sent, by token exchange (RFC 8693). The first is the default.",
            ),
            key("access_token_format", Text, "jwt", "`jwt` or `opaque`."),
            key("id_token_signed_response_alg", Text, "RS256", "`RS256`, `PS256`, `ES256` or `EdDSA`."),
            key(
                "refresh_idle",
                Time,
                "from [lifetimes]",
                "A refresh token of this app that nobody uses. Needs the grant type refresh_token.",
            ),
            key(
                "refresh_absolute",
                Time,
                "from [lifetimes]",
                "A grant of this app, however often it is refreshed. A shorter life counts at once.",
            ),
            key(
                "introspection_signed_response_alg",
                Text,
                "RS256",
                "What signs the introspection answers that it wants signed (RFC 9701).",
            ),
            key(
                "sign_up_claims",
                Texts,
                "from [sign_in]",
                "The standard claims that its sign-up page asks; those that end in `?` may be left out.",
            ),
            key("providers", Texts, "all", "The providers that its sign-in page offers, by name."),
            key(
                "confirm",
                Texts,
                "email, or none where [sign_in] says so",
                "What has to be confirmed before this app is reached: `email`, `phone`, both, or neither with `[]`.",
            ),
            key("default_max_age", Time, "", "A sign-in older than this is asked for again."),
            key("require_auth_time", Flag, "false", "The ID token always says when the person signed in."),
            key(
                "allowed_origins",
                Texts,
                "from redirect_uris",
                "Web origins that may call the token endpoint from a page.",
            ),
            key("initiate_login_uri", Text, "", "Where sign-in may be started anew."),
            key("client_uri", Text, "", "Its home page."),
            key(
                "logo_uri",
                Text,
                "",
                "Its logo: PNG, JPEG, GIF, WebP or SVG, at most 32 KiB. Fetched once and looked at again each day; browsers get our copy, so that nobody hears who signs in.",
            ),
            key("logo_file", Text, "", "The file that holds its logo, in place of `logo_uri`."),
            key("policy_uri", Text, "", "Its privacy policy, linked at the foot of its sign-in pages."),
            key("tos_uri", Text, "", "Its terms of service, linked there too."),
            key(
                "colour",
                Text,
                "",
                "Its colour, `#rrggbb`, for buttons and links, lightened in the dark. One too pale for white text (WCAG 2.2: 4.5:1) gives way to ours.",
            ),
            key("subject_type", Text, "public", "Nothing else exists."),
            key("disabled", Flag, "false", "Switched off: nothing works with it."),
        ],
    },
    Section {
        name: "user",
        many: true,
        about: "A person. Standard claims as in OpenID Connect Core 5.1; also in a file given to `countersign apply`.",
        keys: &[
            key("email", Text, "", "The address to sign in with."),
            key(
                "email_verified",
                Flag,
                "false",
                "The address is known to be theirs. Whoever took it before without proving it loses password and sign-ins.",
            ),
            key("password_env", Text, "", "The environment variable that holds the password."),
            key("password_file", Text, "", "The file that holds the password."),
            key(
                "password_hash",
                Text,
                "",
                "An Argon2id hash in PHC form. Another one in its place sets the password and ends every sign-in of the old.",
            ),
            key("admin", Flag, "false", "May administer the installation."),
            key(
                "organizations",
                Texts,
                "as they are",
                "The handles of the organizations that the person is a member of, and of no other. Without this key, `countersign org member` says.",
            ),
            key("name", Text, "", "Full name."),
            key("given_name", Text, "", "Given name."),
            key("family_name", Text, "", "Family name."),
            key("middle_name", Text, "", "Middle name."),
            key("nickname", Text, "", "Casual name."),
            key("preferred_username", Text, "", "Short name to show."),
            key("profile", Text, "", "Profile page."),
            key("picture", Text, "", "Picture."),
            key("website", Text, "", "Website."),
            key("gender", Text, "", "Gender."),
            key("birthdate", Text, "", "`YYYY-MM-DD`."),
            key("zoneinfo", Text, "", "Time zone, such as `Europe/Berlin`."),
            key("locale", Text, "", "Language, such as `de-DE`."),
            key("phone_number", Text, "", "E.164, such as `+4930123456`."),
            key("phone_number_verified", Flag, "false", "The number is known to be theirs."),
            key(
                "address",
                Table,
                "",
                "`formatted`, `street_address`, `locality`, `region`, `postal_code`, `country`.",
            ),
        ],
    },
    Section {
        name: "organization",
        many: true,
        about: "A group of people that apps can be for; also in a file given to `countersign apply`, or by `countersign org create`. One that is not named any more stays.",
        keys: &[
            key("handle", Text, "", "What it is called here: lower-case letters, digits and hyphens."),
            key("name", Text, "the handle", "What people call it."),
        ],
    },
    Section {
        name: "resource",
        many: true,
        about: "An API that accepts our access tokens; also in a file given to `countersign apply`.",
        keys: &[
            key("identifier", Text, "", "Its URI, which becomes `aud` (RFC 8707)."),
            key("name", Text, "the identifier", "What people see."),
            key("scope", Text, "", "The scopes it knows, separated by spaces."),
            key(
                "scope_descriptions",
                Table,
                "",
                "What a scope lets an app do, as the consent page says it: `\"tasks:read\" = \"See your tasks\"`, or by language `\"tasks:read\" = { en = \"..\", de = \"..\" }`.",
            ),
            key(
                "introspection_clients",
                Texts,
                "[]",
                "The client ids that serve it: they may introspect the tokens that are for it, hear on the revocation stream when they end, and exchange them if they have the grant type.",
            ),
        ],
    },
];
