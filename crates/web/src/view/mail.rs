//! Mails: plain text first, an HTML part that is one card, one button and the code. Nothing to load.

use std::sync::Arc;

use minijinja::value::{Serde, Value};
use minijinja::{Environment, context};
use serde::Serialize;

use super::ViewError;
use super::locale::Locale;
use super::time::{self, Moment};
use super::words::{Speaker, Text, Words};

/// A mail before it has words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The reader's language.
    pub locale: Locale,
    /// The app it is about; else the name of this installation.
    pub app: String,
    /// What it says.
    pub kind: MailKind,
}

/// Who asked: shown so that a stranger's wish is seen for what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// When.
    pub at: Moment,
    /// "near Berlin", or a cut address; if known.
    pub place: Option<String>,
    /// "Firefox on Linux"; if known.
    pub browser: Option<String>,
}

/// What a mail is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailKind {
    /// Confirm this address: a link, or six digits.
    ConfirmEmail {
        /// The link.
        link: String,
        /// The six digits.
        code: String,
        /// How long both work.
        minutes: u32,
        /// Who asked.
        asked: Asked,
    },
    /// Sign in by link.
    MagicLink {
        /// The link.
        link: String,
        /// How long it works.
        minutes: u32,
        /// Who asked.
        asked: Asked,
    },
    /// Choose a new password.
    ResetPassword {
        /// The link.
        link: String,
        /// How long it works.
        minutes: u32,
        /// Who asked.
        asked: Asked,
    },
    /// A new sign-in.
    NewSignIn {
        /// The link for whoever did not do it.
        not_me: String,
        /// From a browser where the person signed in before.
        known: bool,
        /// Who.
        asked: Asked,
    },
    /// The password was changed.
    PasswordChanged {
        /// The way to a new password, if it was somebody else.
        reset: String,
        /// Who.
        asked: Asked,
    },
    /// An old key of an app came back: its access has ended.
    AccessEnded {
        /// The page of apps with access.
        apps: String,
        /// When.
        asked: Asked,
    },
    /// An account at a provider was linked.
    IdentityLinked {
        /// The provider.
        name: String,
        /// The page of linked accounts.
        account: String,
        /// Who.
        asked: Asked,
    },
    /// A linked account was taken away.
    IdentityUnlinked {
        /// The provider.
        name: String,
        /// The page of linked accounts.
        account: String,
        /// Who.
        asked: Asked,
    },
    /// Prove an address that is added to an account: six digits.
    AddEmail {
        /// The six digits.
        code: String,
        /// How long they work.
        minutes: u32,
        /// Who asked.
        asked: Asked,
    },
    /// Somebody wants to add an address that another account has.
    EmailElsewhere {
        /// The sign-in page.
        sign_in: String,
        /// Who asked.
        asked: Asked,
    },
    /// An address was added.
    EmailAdded {
        /// Which.
        address: String,
        /// The page of addresses.
        account: String,
        /// Who.
        asked: Asked,
    },
    /// Another address is in front.
    EmailPrimary {
        /// Which.
        address: String,
        /// The page of addresses.
        account: String,
        /// Who.
        asked: Asked,
    },
    /// The account will be deleted.
    AccountLeaving {
        /// When, in Unix seconds.
        until: i64,
        /// Where it can be kept.
        sign_in: String,
        /// Who asked.
        asked: Asked,
    },
    /// The account stays.
    AccountKept {
        /// The account page.
        account: String,
        /// Who.
        asked: Asked,
    },
    /// An address is gone.
    EmailRemoved {
        /// Which.
        address: String,
        /// The page of addresses.
        account: String,
        /// Who.
        asked: Asked,
    },
    /// A phone came, went, or is the one told to apps.
    PhoneChanged {
        /// Which of them.
        change: PhoneChange,
        /// The page of phones.
        account: String,
        /// Who.
        asked: Asked,
    },
    /// Somebody tried to create an account with an address that has one.
    AccountExists {
        /// The sign-in page.
        sign_in: String,
        /// Who asked.
        asked: Asked,
    },
    /// Somebody asked for a link to an address without an account.
    NoAccount {
        /// The sign-up page, if accounts may be created.
        sign_up: Option<String>,
        /// Who asked.
        asked: Asked,
    },
}

/// What happened to a phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhoneChange {
    /// It was proved.
    Added,
    /// It was taken away.
    Removed,
    /// Apps are told another one.
    Chosen,
}

/// A mail ready to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedMail {
    /// One line.
    pub subject: String,
    /// The plain part.
    pub text: String,
    /// The HTML part.
    pub html: String,
}

/// What the two templates see.
#[derive(Serialize)]
struct Shown<'a> {
    subject: Text,
    intro: Text,
    button: Option<(Text, &'a str)>,
    code: Option<&'a str>,
    valid: Option<Text>,
    asked: &'a Asked,
    otherwise: Text,
    app: &'a str,
}

pub(super) fn render(
    env: &Environment<'static>,
    words: &Arc<Words>,
    mail: &Mail,
) -> Result<RenderedMail, ViewError> {
    let shown = shown(words, mail);
    let subject = words.text(mail.locale, &shown.subject).replace(char::is_control, " ");
    let values = context! {
        mail => Serde(&shown),
        t => Value::from_object(Speaker { words: Arc::clone(words), locale: mail.locale }),
        lang => mail.locale.tag(),
        dir => mail.locale.dir(),
    };
    let text = env.get_template("mail/mail.txt")?.render(values.clone())?;
    let html = env.get_template("mail/mail.html")?.render(values)?;
    Ok(RenderedMail { subject, text, html })
}

fn shown<'a>(words: &Words, mail: &'a Mail) -> Shown<'a> {
    let app = mail.app.as_str();
    let valid = |minutes: u32| Some(Text::plain("mail-valid").with("minutes", minutes));
    let plain = |subject, intro, otherwise, asked| Shown {
        subject: Text::plain(subject).with("app", app),
        intro: Text::plain(intro).with("app", app),
        button: None,
        code: None,
        valid: None,
        asked,
        otherwise: Text::plain(otherwise).with("app", app),
        app,
    };
    let button = |id, link| Some((Text::plain(id).with("app", app), link));
    match &mail.kind {
        MailKind::ConfirmEmail { link, code, minutes, asked } => {
            let base = plain("mail-confirm-subject", "mail-confirm-intro", "mail-confirm-otherwise", asked);
            Shown {
                subject: base.subject.with("code", code.as_str()),
                button: button("mail-confirm-button", link.as_str()),
                code: Some(code),
                valid: valid(*minutes),
                ..base
            }
        }
        MailKind::MagicLink { link, minutes, asked } => Shown {
            button: button("mail-link-button", link.as_str()),
            valid: valid(*minutes),
            ..plain("mail-link-subject", "mail-link-intro", "mail-link-otherwise", asked)
        },
        MailKind::ResetPassword { link, minutes, asked } => Shown {
            button: button("mail-reset-button", link.as_str()),
            valid: valid(*minutes),
            ..plain("mail-reset-subject", "mail-reset-intro", "mail-reset-otherwise", asked)
        },
        MailKind::NewSignIn { not_me, known, asked } => {
            let intro = if *known { "mail-new-intro-known" } else { "mail-new-intro" };
            Shown {
                button: button("mail-new-button", not_me.as_str()),
                ..plain("mail-new-subject", intro, "mail-new-otherwise", asked)
            }
        }
        MailKind::PasswordChanged { reset, asked } => Shown {
            button: button("mail-changed-button", reset.as_str()),
            ..plain("mail-changed-subject", "mail-changed-intro", "mail-changed-otherwise", asked)
        },
        MailKind::AccessEnded { apps, asked } => Shown {
            button: button("mail-ended-button", apps.as_str()),
            ..plain("mail-ended-subject", "mail-ended-intro", "mail-ended-otherwise", asked)
        },
        MailKind::IdentityLinked { name, account, asked } => {
            let base = plain("mail-linked-subject", "mail-linked-intro", "mail-linked-otherwise", asked);
            Shown {
                subject: base.subject.with("name", name.as_str()),
                intro: base.intro.with("name", name.as_str()),
                button: button("mail-linked-button", account.as_str()),
                ..base
            }
        }
        MailKind::IdentityUnlinked { name, account, asked } => {
            let base =
                plain("mail-unlinked-subject", "mail-unlinked-intro", "mail-unlinked-otherwise", asked);
            Shown {
                subject: base.subject.with("name", name.as_str()),
                intro: base.intro.with("name", name.as_str()),
                button: button("mail-unlinked-button", account.as_str()),
                ..base
            }
        }
        MailKind::AddEmail { code, minutes, asked } => {
            let base = plain("mail-add-subject", "mail-add-intro", "mail-add-otherwise", asked);
            Shown {
                subject: base.subject.with("code", code.as_str()),
                code: Some(code),
                valid: valid(*minutes),
                ..base
            }
        }
        MailKind::EmailElsewhere { sign_in, asked } => Shown {
            button: button("mail-elsewhere-button", sign_in.as_str()),
            ..plain("mail-elsewhere-subject", "mail-elsewhere-intro", "mail-elsewhere-otherwise", asked)
        },
        MailKind::EmailAdded { address, account, asked } => {
            let base = plain("mail-added-subject", "mail-added-intro", "mail-address-otherwise", asked);
            Shown {
                intro: base.intro.with("address", address.as_str()),
                button: button("mail-address-button", account.as_str()),
                ..base
            }
        }
        MailKind::EmailPrimary { address, account, asked } => {
            let base = plain("mail-primary-subject", "mail-primary-intro", "mail-address-otherwise", asked);
            Shown {
                intro: base.intro.with("address", address.as_str()),
                button: button("mail-address-button", account.as_str()),
                ..base
            }
        }
        MailKind::AccountLeaving { until, sign_in, asked } => {
            let base = plain("mail-leaving-subject", "mail-leaving-intro", "mail-leaving-otherwise", asked);
            let date = time::date(words, mail.locale, *until);
            Shown {
                intro: base.intro.with("date", date.as_str()),
                button: button("mail-leaving-button", sign_in.as_str()),
                ..base
            }
        }
        MailKind::AccountKept { account, asked } => Shown {
            button: button("mail-kept-button", account.as_str()),
            ..plain("mail-kept-subject", "mail-kept-intro", "mail-kept-otherwise", asked)
        },
        MailKind::EmailRemoved { address, account, asked } => {
            let base = plain("mail-removed-subject", "mail-removed-intro", "mail-address-otherwise", asked);
            Shown {
                intro: base.intro.with("address", address.as_str()),
                button: button("mail-address-button", account.as_str()),
                ..base
            }
        }
        MailKind::PhoneChanged { change, account, asked } => {
            let (subject, intro) = match change {
                PhoneChange::Added => ("mail-phone-added-subject", "mail-phone-added-intro"),
                PhoneChange::Removed => ("mail-phone-removed-subject", "mail-phone-removed-intro"),
                PhoneChange::Chosen => ("mail-phone-chosen-subject", "mail-phone-chosen-intro"),
            };
            Shown {
                button: button("mail-phone-button", account.as_str()),
                ..plain(subject, intro, "mail-phone-otherwise", asked)
            }
        }
        MailKind::AccountExists { sign_in, asked } => Shown {
            button: button("mail-exists-button", sign_in.as_str()),
            ..plain("mail-exists-subject", "mail-exists-intro", "mail-exists-otherwise", asked)
        },
        MailKind::NoAccount { sign_up, asked } => Shown {
            button: sign_up.as_deref().and_then(|link| button("mail-none-button", link)),
            ..plain("mail-none-subject", "mail-none-intro", "mail-none-otherwise", asked)
        },
    }
}

impl Mail {
    /// One of each kind, for tests and pictures.
    pub fn samples(locale: Locale) -> Vec<(&'static str, Mail)> {
        let asked = Asked {
            at: Moment { at: 1_795_273_200, now: 1_795_273_380 },
            place: Some("203.0.113.0/24".into()),
            browser: Some("Firefox on Linux".into()),
        };
        let bare = Asked { place: None, browser: None, ..asked.clone() };
        let link = || "https://id.example/link?ticket=Qm9vdHN0cmFwLXNhbXBsZS10aWNrZXQ&x=1".to_owned();
        let new = || "anna@new.example".to_owned();
        let phone = |change| MailKind::PhoneChanged { change, account: link(), asked: asked.clone() };
        let kinds = [
            (
                "confirm_email",
                MailKind::ConfirmEmail {
                    link: link(),
                    code: "402913".into(),
                    minutes: 10,
                    asked: asked.clone(),
                },
            ),
            ("magic_link", MailKind::MagicLink { link: link(), minutes: 15, asked: asked.clone() }),
            ("reset_password", MailKind::ResetPassword { link: link(), minutes: 30, asked: asked.clone() }),
            ("new_sign_in", MailKind::NewSignIn { not_me: link(), known: false, asked: asked.clone() }),
            ("new_session", MailKind::NewSignIn { not_me: link(), known: true, asked: asked.clone() }),
            ("password_changed", MailKind::PasswordChanged { reset: link(), asked: asked.clone() }),
            ("access_ended", MailKind::AccessEnded { apps: link(), asked: bare.clone() }),
            (
                "identity_linked",
                MailKind::IdentityLinked { name: "GitHub".into(), account: link(), asked: asked.clone() },
            ),
            (
                "identity_unlinked",
                MailKind::IdentityUnlinked { name: "GitHub".into(), account: link(), asked: asked.clone() },
            ),
            ("add_email", MailKind::AddEmail { code: "402913".into(), minutes: 10, asked: asked.clone() }),
            ("email_elsewhere", MailKind::EmailElsewhere { sign_in: link(), asked: bare.clone() }),
            ("email_added", MailKind::EmailAdded { address: new(), account: link(), asked: asked.clone() }),
            (
                "email_primary",
                MailKind::EmailPrimary { address: new(), account: link(), asked: asked.clone() },
            ),
            (
                "email_removed",
                MailKind::EmailRemoved { address: new(), account: link(), asked: asked.clone() },
            ),
            (
                "account_leaving",
                MailKind::AccountLeaving { until: 1_796_482_980, sign_in: link(), asked: asked.clone() },
            ),
            ("account_kept", MailKind::AccountKept { account: link(), asked: asked.clone() }),
            ("phone_added", phone(PhoneChange::Added)),
            ("phone_removed", phone(PhoneChange::Removed)),
            ("phone_chosen", phone(PhoneChange::Chosen)),
            ("account_exists", MailKind::AccountExists { sign_in: link(), asked: bare.clone() }),
            ("no_account", MailKind::NoAccount { sign_up: Some(link()), asked }),
            ("no_account_closed", MailKind::NoAccount { sign_up: None, asked: bare }),
        ];
        kinds.map(|(name, kind)| (name, Mail { locale, app: "Planner".into(), kind })).to_vec()
    }
}
