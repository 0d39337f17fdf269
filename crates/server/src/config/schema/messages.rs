//! How mails and text messages leave.

use super::Kind::{Number, Text, Texts};
use super::{Key, Section, key};

pub(super) const MAIL: Section = Section {
    name: "mail",
    many: false,
    about: "How mails leave. Each of the four sections below is a transport; without any of them no mail leaves: no confirmation, no sign-in link, no password reset. When one fails or is silent, the next is tried at once. See [messages.md](messages.md).",
    keys: &[key(
        "order",
        Texts,
        "smtp, smtp_fallback, sendgrid, mail_webhook",
        "Which transport is tried first, and which next: the names of the sections that are there.",
    )],
};

pub(super) const SMTP: Section =
    Section { name: "smtp", many: false, about: "A mail server.", keys: SMTP_KEYS };

pub(super) const SMTP_FALLBACK: Section = Section {
    name: "smtp_fallback",
    many: false,
    about: "A second mail server, with the same keys.",
    keys: SMTP_KEYS,
};

pub(super) const SENDGRID: Section = Section {
    name: "sendgrid",
    many: false,
    about: "SendGrid, or a service that speaks like it.",
    keys: &[
        key("url", Text, "https://api.sendgrid.com/v3/mail/send", "Where mails are posted."),
        key("api_key_env", Text, "", "The environment variable that holds the key."),
        key("api_key_file", Text, "", "The file that holds the key."),
        key("from", Text, "", "Who mails come from: `Example <no-reply@example.com>`."),
    ],
};

pub(super) const MAIL_WEBHOOK: Section = Section {
    name: "mail_webhook",
    many: false,
    about: "A program of your own that sends mails: each is posted to it as JSON, signed as Standard Webhooks are.",
    keys: WEBHOOK_KEYS,
};

pub(super) const SMS: Section = Section {
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
};

pub(super) const TWILIO: Section = Section {
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
};

pub(super) const SMS_WEBHOOK: Section = Section {
    name: "sms_webhook",
    many: false,
    about: "A program of your own that sends text messages.",
    keys: WEBHOOK_KEYS,
};

const SMTP_KEYS: &[Key] = &[
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

const WEBHOOK_KEYS: &[Key] = &[
    key("url", Text, "", "Where messages are posted."),
    key("secret_env", Text, "", "The environment variable that holds the secret of the signature."),
    key("secret_file", Text, "", "The file that holds it: at least 24 characters, or `whsec_` and base64."),
];
