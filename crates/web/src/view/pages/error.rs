//! One page for all that can go wrong: what happened, what to do now, and one way on.

use serde::Serialize;
use serde::ser::Serializer;

use super::parts::waiting;
use super::{Page, WayOn};
use crate::view::words::Text;

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrorKind {
    /// The flow is older than its hour.
    ExpiredFlow,
    /// This sign-in has ended before (back button, second tab).
    AlreadyFinished,
    /// The browser that began the sign-in is another one: its cookie is not here.
    OtherBrowser,
    /// The browser keeps no cookies at all.
    CookiesOff,
    /// No app of that id.
    UnknownApp,
    /// The app named an address that is not registered.
    RedirectNotRegistered {
        /// The app's name.
        app: String,
    },
    /// The app's request cannot be understood.
    BadRequest {
        /// The app's name, if it is known.
        app: Option<String>,
    },
    /// Too many tries.
    TooManyTries {
        /// Seconds to wait.
        wait: u32,
    },
    /// More work than hands.
    ServerBusy {
        /// Seconds to wait.
        wait: u32,
    },
    /// No such page.
    NotFound,
    /// The page exists and wants to be asked otherwise.
    MethodNotAllowed,
    /// More was sent than any form of ours holds.
    TooLarge,
    /// A link from a mail that has been used.
    LinkUsed,
    /// A link from a mail that is too old, or lost a part on its way.
    LinkExpired,
    /// The same for "It was not me": nobody can ask for another.
    NotMeLink,
    /// The code of a device is too old.
    DeviceExpired,
    /// The form's token is missing or another one's.
    FormRefused,
    /// The account is disabled.
    AccountDisabled,
    /// Accounts are not made here.
    SignUpClosed,
    /// A provider could not be reached.
    ProviderDown {
        /// Its name.
        name: String,
    },
    /// What a provider sent the browser back with belongs to no sign-in here.
    ProviderAnswer,
    /// Our fault.
    SomethingWrong,
}

impl ErrorKind {
    /// Its stable name, which its message ids share.
    pub fn id(&self) -> &'static str {
        match self {
            ErrorKind::ExpiredFlow => "expired-flow",
            ErrorKind::AlreadyFinished => "already-finished",
            ErrorKind::OtherBrowser => "other-browser",
            ErrorKind::CookiesOff => "cookies-off",
            ErrorKind::UnknownApp => "unknown-app",
            ErrorKind::RedirectNotRegistered { .. } => "redirect",
            ErrorKind::BadRequest { app: Some(_) } => "bad-request",
            ErrorKind::BadRequest { app: None } => "bad-request-unknown",
            ErrorKind::TooManyTries { .. } => "tries",
            ErrorKind::ServerBusy { .. } => "busy",
            ErrorKind::NotFound => "not-found",
            ErrorKind::MethodNotAllowed => "method",
            ErrorKind::TooLarge => "too-large",
            ErrorKind::LinkUsed => "link-used",
            ErrorKind::LinkExpired => "link-expired",
            ErrorKind::NotMeLink => "not-me-link",
            ErrorKind::DeviceExpired => "device-expired",
            ErrorKind::FormRefused => "form-refused",
            ErrorKind::AccountDisabled => "account-disabled",
            ErrorKind::SignUpClosed => "sign-up-closed",
            ErrorKind::ProviderDown { .. } => "provider-down",
            ErrorKind::ProviderAnswer => "provider-answer",
            ErrorKind::SomethingWrong => "something",
        }
    }

    /// Title, what happened, what to do now.
    fn texts(&self) -> (Text, Text, Text) {
        let (title, what, now) = ids(self.id());
        let named =
            |name: &'static str, value: &str| [title, what, now].map(|id| Text::plain(id).with(name, value));
        let [title, what, now] = match self {
            ErrorKind::RedirectNotRegistered { app } | ErrorKind::BadRequest { app: Some(app) } => {
                named("app", app)
            }
            ErrorKind::ProviderDown { name } => named("name", name),
            ErrorKind::TooManyTries { wait } | ErrorKind::ServerBusy { wait } => {
                let wait = waiting("error-wait-seconds", "error-wait-minutes", *wait);
                [Text::plain(title), Text::plain(what), wait]
            }
            ErrorKind::ExpiredFlow
            | ErrorKind::AlreadyFinished
            | ErrorKind::OtherBrowser
            | ErrorKind::CookiesOff
            | ErrorKind::UnknownApp
            | ErrorKind::BadRequest { app: None }
            | ErrorKind::NotFound
            | ErrorKind::MethodNotAllowed
            | ErrorKind::TooLarge
            | ErrorKind::LinkUsed
            | ErrorKind::LinkExpired
            | ErrorKind::NotMeLink
            | ErrorKind::DeviceExpired
            | ErrorKind::FormRefused
            | ErrorKind::AccountDisabled
            | ErrorKind::SignUpClosed
            | ErrorKind::ProviderAnswer
            | ErrorKind::SomethingWrong => [title, what, now].map(Text::plain),
        };
        (title, what, now)
    }
}

macro_rules! message_ids {
    ($($kind:literal),* $(,)?) => {
        /// Title, what happened, what to do now.
        fn ids(kind: &'static str) -> (&'static str, &'static str, &'static str) {
            match kind {
                $($kind => (concat!("error-", $kind), concat!("error-", $kind, "-what"), concat!("error-", $kind, "-now")),)*
                _ => ("error-something", "error-something-what", "error-something-now"),
            }
        }
    };
}

message_ids![
    "expired-flow",
    "already-finished",
    "other-browser",
    "cookies-off",
    "unknown-app",
    "redirect",
    "bad-request",
    "bad-request-unknown",
    "tries",
    "busy",
    "not-found",
    "method",
    "too-large",
    "link-used",
    "link-expired",
    "not-me-link",
    "device-expired",
    "form-refused",
    "account-disabled",
    "sign-up-closed",
    "provider-down",
    "provider-answer",
    "something",
];

/// Where somebody goes who has nowhere to go back to.
const ACCOUNT: &str = "/account";

/// The page. The flow's id comes from `RenderCtx`.
#[derive(Debug, Clone)]
pub struct ErrorPage {
    /// What went wrong.
    pub kind: ErrorKind,
    /// Our own short code for it (`flow_expired`), small print for the operator.
    pub detail_code: Option<String>,
    /// The one way on; no page is a dead end.
    pub way_on: WayOn,
    /// A second one, where one question cannot be answered for the person.
    pub also: Option<WayOn>,
}

impl ErrorPage {
    /// The page for what went wrong, with the way on.
    pub fn new(kind: ErrorKind, way_on: WayOn) -> ErrorPage {
        ErrorPage { kind, detail_code: None, way_on, also: None }
    }

    /// The same where no app and no step is known to go back to: the account page asks who somebody is.
    pub fn alone(kind: ErrorKind) -> ErrorPage {
        ErrorPage::new(kind, WayOn::account(ACCOUNT))
    }

    /// "It was not me" cannot be asked for again. A new password signs everybody out as its button would have, and the
    /// other page shows who is in.
    pub fn not_me_link() -> ErrorPage {
        let also = Some(WayOn::devices("/account/sessions"));
        ErrorPage { also, ..ErrorPage::new(ErrorKind::NotMeLink, WayOn::new_password("/forgot")) }
    }

    /// The same page with a short code in the small print.
    pub fn with_code(mut self, code: &str) -> ErrorPage {
        self.detail_code = Some(code.to_owned());
        self
    }

    /// The sign-in has been open for too long.
    pub fn expired_flow(way_on: WayOn) -> ErrorPage {
        ErrorPage::new(ErrorKind::ExpiredFlow, way_on)
    }

    /// The sign-in has ended before.
    pub fn already_finished(way_on: WayOn) -> ErrorPage {
        ErrorPage::new(ErrorKind::AlreadyFinished, way_on)
    }

    /// The sign-in began in another browser.
    pub fn other_browser(way_on: WayOn) -> ErrorPage {
        ErrorPage::new(ErrorKind::OtherBrowser, way_on)
    }

    /// The browser keeps no cookies.
    pub fn cookies_off(way_on: WayOn) -> ErrorPage {
        ErrorPage::new(ErrorKind::CookiesOff, way_on)
    }

    /// No app of that id; nothing of its to link to, for the id could be anybody's.
    pub fn unknown_app() -> ErrorPage {
        ErrorPage::alone(ErrorKind::UnknownApp)
    }

    /// The app named an address that is not registered.
    pub fn redirect_not_registered(app: &str) -> ErrorPage {
        ErrorPage::alone(ErrorKind::RedirectNotRegistered { app: app.to_owned() })
    }

    /// Something went wrong on our side.
    pub fn something_wrong(way_on: WayOn) -> ErrorPage {
        ErrorPage::new(ErrorKind::SomethingWrong, way_on)
    }

    /// No such page.
    pub fn not_found() -> ErrorPage {
        ErrorPage::alone(ErrorKind::NotFound)
    }
}

#[derive(Serialize)]
struct Shown<'a> {
    title: Text,
    what: Text,
    now: Text,
    detail_code: &'a Option<String>,
    way_on: &'a WayOn,
    also: &'a Option<WayOn>,
}

impl Serialize for ErrorPage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (title, what, now) = self.kind.texts();
        let ErrorPage { kind: _, detail_code, way_on, also } = self;
        let shown = Shown { title, what, now, detail_code, way_on, also };
        shown.serialize(serializer)
    }
}

impl Page for ErrorPage {
    const TEMPLATE: &'static str = "error.html";
    fn samples() -> Vec<(&'static str, Self)> {
        let app = || WayOn::app("Planner", "https://planner.example/");
        let name = || "Planner".to_owned();
        vec![
            ("expired_flow", ErrorPage::expired_flow(app())),
            ("already_finished", ErrorPage::already_finished(app())),
            ("other_browser", ErrorPage::other_browser(WayOn::again("/login"))),
            ("cookies_off", ErrorPage::cookies_off(WayOn::again("/login"))),
            ("unknown_app", ErrorPage::unknown_app().with_code("unknown_client")),
            (
                "redirect",
                ErrorPage::redirect_not_registered("Planner").with_code("redirect_uri_not_registered"),
            ),
            ("bad_request", ErrorPage::new(ErrorKind::BadRequest { app: Some(name()) }, app())),
            ("bad_request_unknown", ErrorPage::alone(ErrorKind::BadRequest { app: None })),
            ("tries", ErrorPage::new(ErrorKind::TooManyTries { wait: 240 }, WayOn::again("/login"))),
            ("busy", ErrorPage::new(ErrorKind::ServerBusy { wait: 5 }, WayOn::again("/login"))),
            ("not_found", ErrorPage::not_found()),
            ("method", ErrorPage::alone(ErrorKind::MethodNotAllowed)),
            ("too_large", ErrorPage::alone(ErrorKind::TooLarge)),
            ("link_used", ErrorPage::new(ErrorKind::LinkUsed, app())),
            ("link_expired", ErrorPage::new(ErrorKind::LinkExpired, WayOn::sign_in("/login"))),
            ("not_me_link", ErrorPage::not_me_link()),
            ("form_refused", ErrorPage::new(ErrorKind::FormRefused, WayOn::again("/login"))),
            ("sign_up_closed", ErrorPage::new(ErrorKind::SignUpClosed, WayOn::sign_in("/login"))),
            ("account_disabled", ErrorPage::new(ErrorKind::AccountDisabled, app())),
            (
                "provider_down",
                ErrorPage::new(ErrorKind::ProviderDown { name: "GitHub".into() }, WayOn::again("/login")),
            ),
            ("provider_answer", ErrorPage::new(ErrorKind::ProviderAnswer, WayOn::sign_in("/login"))),
            ("something", ErrorPage::something_wrong(WayOn::again("/login"))),
        ]
    }
}
