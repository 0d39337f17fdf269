//! The server itself: what it listens on, keeps, fetches, logs and shows.

use super::Kind::{Number, Text, Texts};
use super::{Section, key};

pub(super) const TOP: Section = Section {
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
};

pub(super) const TLS: Section = Section {
    name: "tls",
    many: false,
    about: "TLS without a proxy. Both files are read again on every reload.",
    keys: &[
        key("certificate_file", Text, "", "The certificate chain, PEM."),
        key("key_file", Text, "", "The private key, PEM."),
    ],
};

pub(super) const OUTBOUND: Section = Section {
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
};

pub(super) const LOG: Section = Section {
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
};

pub(super) const PAGES: Section = Section {
    name: "pages",
    many: false,
    about: "How pages and mails look and what they say; docs/pages.md shows it. The look of each app stands with its client.",
    keys: &[key(
        "overrides",
        Text,
        "",
        "A folder: texts (`de.ftl`) laid over ours, `own.css` after ours, `_header.html` and `_footer.html` for every page, and templates in place of ours. All of it is drawn once at the start; a file with a fault stops it and is named with the line.",
    )],
};
