//! Every key of the configuration: what it is called, what it holds, and what it means. Reading, the environment
//! overlay and the reference page all follow this one table.

mod declared;
mod messages;
mod provider;
mod server;
mod sign_in;

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

/// All of them, in the order of the reference page.
pub(crate) const SECTIONS: &[Section] = &[
    server::TOP,
    server::TLS,
    messages::MAIL,
    messages::SMTP,
    messages::SMTP_FALLBACK,
    messages::SENDGRID,
    messages::MAIL_WEBHOOK,
    messages::SMS,
    messages::TWILIO,
    messages::SMS_WEBHOOK,
    sign_in::SIGN_IN,
    sign_in::PASSWORDS,
    sign_in::LIFETIMES,
    server::OUTBOUND,
    server::LOG,
    server::PAGES,
    provider::PROVIDER,
    declared::CLIENT,
    declared::USER,
    declared::ORGANIZATION,
    declared::RESOURCE,
];

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
