//! Who may come in, with which passwords, and for how long.

use super::Kind::{Flag, Number, Text, Texts, Time};
use super::{Section, key};

pub(super) const SIGN_IN: Section = Section {
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
};

pub(super) const PASSWORDS: Section = Section {
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
};

pub(super) const LIFETIMES: Section = Section {
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
};
