//! Pages for developers: the start page of `countersign dev`, the inbox, recorded flows and the demo app. In English.

use serde::Serialize;

use super::{Form, Page};
use crate::view::diagram::{self, Step};
use crate::view::time::Moment;

/// A claim as an app received it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Claim {
    /// The claim's name.
    pub name: String,
    /// Its value as text.
    pub value: String,
}

/// A link with a word about where it leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DevLink {
    /// Where.
    pub href: String,
    /// What it is called.
    pub label: String,
    /// What is there.
    pub note: String,
}

/// A demo account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DevUser {
    /// Its e-mail.
    pub email: String,
    /// Its password, made for this data folder.
    pub password: String,
}

/// A demo client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DevClient {
    /// Its id.
    pub client_id: String,
    /// Its secret, if it has one.
    pub client_secret: Option<String>,
    /// `token_endpoint_auth_method`: how it proves who it is.
    pub method: String,
    /// Its redirect addresses.
    pub redirect_uris: Vec<String>,
}

/// Somebody that a stub provider knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StubPerson {
    /// The value of the button `person`.
    pub id: String,
    /// Who.
    pub name: String,
    /// What the provider tells of them.
    pub note: String,
}

/// What stands for a provider in development: pick somebody, or refuse. Posts `question` and `person`.
#[derive(Debug, Clone, Serialize)]
pub struct StubProvider {
    /// Where to.
    pub action: String,
    /// The provider.
    pub name: String,
    /// Its mark.
    pub kind: &'static str,
    /// The query that it was asked with.
    pub question: String,
    /// Whom it knows.
    pub people: Vec<StubPerson>,
}

impl Page for StubProvider {
    const TEMPLATE: &'static str = "dev/provider.html";
    const ENGLISH_ONLY: bool = true;
    fn samples() -> Vec<(&'static str, Self)> {
        let person = |id: &str, name: &str, note: &str| StubPerson {
            id: id.into(),
            name: name.into(),
            note: note.into(),
        };
        let plain = StubProvider {
            action: "/providers/github/decide".into(),
            name: "GitHub".into(),
            kind: "github",
            question: "client_id=countersign&state=x".into(),
            people: vec![
                person("anna", "Anna Muster", "anna@example.com, proved"),
                person("kim", "Kim Lind", "kim@example.net, proved"),
            ],
        };
        vec![("plain", plain)]
    }
}

/// What runs here.
#[derive(Debug, Clone, Serialize)]
pub struct DevIndex {
    /// The issuer.
    pub issuer: String,
    /// Where to go.
    pub links: Vec<DevLink>,
    /// Demo accounts.
    pub users: Vec<DevUser>,
    /// Demo clients.
    pub clients: Vec<DevClient>,
}

impl Page for DevIndex {
    const TEMPLATE: &'static str = "dev/index.html";
    const ENGLISH_ONLY: bool = true;
    fn samples() -> Vec<(&'static str, Self)> {
        let link = |href: &str, label: &str, note: &str| DevLink {
            href: href.into(),
            label: label.into(),
            note: note.into(),
        };
        vec![(
            "plain",
            DevIndex {
                issuer: "http://localhost:8080".into(),
                links: vec![
                    link("http://127.0.0.1:8081/", "Demo app", "Sign in and see what an app gets"),
                    link("/dev/inbox", "Inbox", "Every mail that the server sent"),
                    link("/dev/flows", "Flows", "Every sign-in, drawn as it happened"),
                    link("/account", "Account", "Profile, password, devices, apps"),
                    link(
                        "/.well-known/openid-configuration",
                        "Discovery",
                        "What a client library reads first",
                    ),
                ],
                users: vec![
                    DevUser { email: "anna@example.com".into(), password: "correct horse battery".into() },
                    DevUser { email: "ben@example.com".into(), password: "staple paper lantern".into() },
                ],
                clients: vec![
                    DevClient {
                        client_id: "demo-public".into(),
                        client_secret: None,
                        method: "none".into(),
                        redirect_uris: vec!["http://127.0.0.1/callback".into()],
                    },
                    DevClient {
                        client_id: "demo-confidential".into(),
                        client_secret: Some("kq3V9mJw2Xz7".into()),
                        method: "client_secret_basic".into(),
                        redirect_uris: vec![
                            "http://127.0.0.1/callback".into(),
                            "http://localhost/callback".into(),
                        ],
                    },
                    DevClient {
                        client_id: "demo-key".into(),
                        client_secret: None,
                        method: "private_key_jwt".into(),
                        redirect_uris: vec!["http://127.0.0.1/callback".into()],
                    },
                ],
            },
        )]
    }
}

/// One mail in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InboxRow {
    /// Our path of the mail's page.
    pub href: String,
    /// To whom.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// When it was sent.
    pub at: Moment,
    /// Links in it.
    pub links: Vec<String>,
    /// Six-digit codes in it.
    pub codes: Vec<String>,
}

/// The mails that the server sent, newest first.
#[derive(Debug, Clone, Serialize)]
pub struct Inbox {
    /// The mails.
    pub mails: Vec<InboxRow>,
}

impl InboxRow {
    fn sample() -> InboxRow {
        InboxRow {
            href: "/dev/inbox/1".into(),
            to: "anna@example.com".into(),
            subject: "402913 is your code for Planner".into(),
            at: Moment { at: 1_795_273_360, now: 1_795_273_380 },
            links: vec!["http://localhost:8080/confirm?ticket=Qm9vdHN0cmFwLXNhbXBsZS10aWNrZXQ".into()],
            codes: vec!["402913".into()],
        }
    }
}

impl Page for Inbox {
    const TEMPLATE: &'static str = "dev/inbox.html";
    const ENGLISH_ONLY: bool = true;
    fn samples() -> Vec<(&'static str, Self)> {
        let changed = InboxRow {
            href: "/dev/inbox/2".into(),
            subject: "Your password was changed".into(),
            links: Vec::new(),
            codes: Vec::new(),
            ..InboxRow::sample()
        };
        vec![
            ("two", Inbox { mails: vec![InboxRow::sample(), changed] }),
            ("empty", Inbox { mails: Vec::new() }),
        ]
    }
}

/// One mail.
#[derive(Debug, Clone, Serialize)]
pub struct InboxMail {
    /// Envelope, links and codes.
    pub mail: InboxRow,
    /// From whom.
    pub from: String,
    /// The plain text.
    pub text: String,
    /// Our path where the HTML part is served by itself, under its own policy.
    pub html_href: Option<String>,
}

impl Page for InboxMail {
    const TEMPLATE: &'static str = "dev/inbox_mail.html";
    const ENGLISH_ONLY: bool = true;
    fn samples() -> Vec<(&'static str, Self)> {
        vec![(
            "plain",
            InboxMail {
                mail: InboxRow::sample(),
                from: "Countersign <no-reply@localhost>".into(),
                text: "Hello,\n\nyour code is 402913.\n\nhttp://localhost:8080/confirm?ticket=Qm9vdHN0cmFwLXNhbXBsZS10aWNrZXQ\n".into(),
                html_href: Some("/dev/inbox/1.html".into()),
            },
        )]
    }
}

/// One recorded flow in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DevFlowRow {
    /// Our path of the flow's page.
    pub href: String,
    /// The flow's id.
    pub id: String,
    /// The client's id.
    pub app: String,
    /// When it began.
    pub at: Moment,
    /// Number of steps.
    pub steps: u32,
    /// The first refusal's reason, if there was one.
    pub refused: Option<String>,
}

/// Recorded flows, newest first.
#[derive(Debug, Clone, Serialize)]
pub struct DevFlows {
    /// The flows.
    pub flows: Vec<DevFlowRow>,
}

impl Page for DevFlows {
    const TEMPLATE: &'static str = "dev/flows.html";
    const ENGLISH_ONLY: bool = true;
    fn samples() -> Vec<(&'static str, Self)> {
        let row = |id: &str, refused: Option<&str>| DevFlowRow {
            href: format!("/dev/flows/{id}"),
            id: id.into(),
            app: "demo-public".into(),
            at: Moment { at: 1_795_273_200, now: 1_795_273_380 },
            steps: 12,
            refused: refused.map(str::to_owned),
        };
        vec![
            (
                "two",
                DevFlows {
                    flows: vec![
                        row("01k9zq4m7c", None),
                        row("01k9zq1b2x", Some("PKCE: the verifier does not match the challenge")),
                    ],
                },
            ),
            ("empty", DevFlows { flows: Vec::new() }),
        ]
    }
}

/// One recorded flow: picture, text, Mermaid. Make it with [`DevFlow::new`].
#[derive(Debug, Clone, Serialize)]
pub struct DevFlow {
    id: String,
    app: String,
    at: Moment,
    steps: Vec<Step>,
    svg: String,
    text: String,
    mermaid: String,
}

impl DevFlow {
    /// The page for these steps.
    pub fn new(id: &str, app: &str, at: Moment, steps: Vec<Step>) -> DevFlow {
        DevFlow {
            id: id.to_owned(),
            app: app.to_owned(),
            at,
            svg: diagram::svg(&steps),
            text: diagram::text(&steps),
            mermaid: diagram::mermaid(&steps),
            steps,
        }
    }
}

impl Page for DevFlow {
    const TEMPLATE: &'static str = "dev/flow.html";
    const ENGLISH_ONLY: bool = true;
    fn samples() -> Vec<(&'static str, Self)> {
        let at = Moment { at: 1_795_273_200, now: 1_795_273_380 };
        vec![
            ("done", DevFlow::new("01k9zq4m7c", "demo-public", at, diagram::sample(false))),
            ("refused", DevFlow::new("01k9zq1b2x", "demo-public", at, diagram::sample(true))),
        ]
    }
}

/// The demo app before sign-in.
#[derive(Debug, Clone, Serialize)]
pub struct DemoHome {
    /// What the app calls itself.
    pub name: String,
    /// Begins the sign-in.
    pub sign_in: String,
    /// Where accounts come from.
    pub issuer: String,
    /// Other ways to begin (`prompt=consent`, `max_age=0`, ...).
    pub variants: Vec<DevLink>,
    /// What the provider said no with, if it did (`access_denied`).
    pub error: Option<String>,
}

impl Page for DemoHome {
    const TEMPLATE: &'static str = "dev/demo_home.html";
    const ENGLISH_ONLY: bool = true;
    fn samples() -> Vec<(&'static str, Self)> {
        let plain = DemoHome {
            name: "Planner".into(),
            sign_in: "/sign-in".into(),
            issuer: "http://localhost:8080".into(),
            variants: vec![DevLink {
                href: "/sign-in?prompt=consent".into(),
                label: "prompt=consent".into(),
                note: "Ask for consent once more".into(),
            }],
            error: None,
        };
        vec![
            ("plain", plain.clone()),
            ("denied", DemoHome { error: Some("access_denied".into()), variants: Vec::new(), ..plain }),
        ]
    }
}

/// A call to the protected endpoint, and what came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EndpointCall {
    /// `GET http://127.0.0.1:8081/api/me`.
    pub request: String,
    /// The status.
    pub status: u16,
    /// The body.
    pub body: String,
}

/// The demo app after sign-in: what an app gets, and what it checked.
#[derive(Debug, Clone, Serialize)]
pub struct DemoSignedIn {
    /// What the app calls itself.
    pub name: String,
    /// Who is signed in.
    pub person: String,
    /// What was verified ("Signature ES256, key k1").
    pub checks: Vec<String>,
    /// Claims of the ID token.
    pub id_token: Vec<Claim>,
    /// Claims from userinfo.
    pub userinfo: Vec<Claim>,
    /// The protected endpoint's answer.
    pub endpoint: Option<EndpointCall>,
    /// The form whose buttons say `do` = refresh or sign-out.
    pub form: Form,
    /// Whether there is a refresh token.
    pub can_refresh: bool,
    /// The recorded flow's page.
    pub flow_href: Option<String>,
    /// The recorded flow, drawn.
    pub flow_svg: Option<String>,
}

impl Page for DemoSignedIn {
    const TEMPLATE: &'static str = "dev/demo_signed_in.html";
    const ENGLISH_ONLY: bool = true;
    fn samples() -> Vec<(&'static str, Self)> {
        let claim = |name: &str, value: &str| Claim { name: name.into(), value: value.into() };
        vec![(
            "plain",
            DemoSignedIn {
                name: "Planner".into(),
                person: "Anna Berg".into(),
                checks: vec![
                    "Signature: RS256, key k-2026-11".into(),
                    "Issuer: http://localhost:8080".into(),
                    "Audience: demo-public".into(),
                    "Nonce: matches".into(),
                    "Expires in 10 minutes".into(),
                ],
                id_token: vec![
                    claim("iss", "http://localhost:8080"),
                    claim("sub", "u_7Jq2m9Xk4TzQ"),
                    claim("aud", "demo-public"),
                    claim("nonce", "n-0S6_WzA2Mj"),
                    claim("auth_time", "1795273360"),
                ],
                userinfo: vec![
                    claim("sub", "u_7Jq2m9Xk4TzQ"),
                    claim("email", "anna@example.com"),
                    claim("email_verified", "true"),
                    claim("address", "{\"locality\":\"Berlin\",\"country\":\"DE\"}"),
                ],
                endpoint: Some(EndpointCall {
                    request: "GET http://127.0.0.1:8081/api/me".into(),
                    status: 200,
                    body: "{\n  \"hello\": \"Anna\"\n}".into(),
                }),
                form: Form::of_account("/session", "ZmO1Yzk3"),
                can_refresh: true,
                flow_href: Some("http://localhost:8080/dev/flows/01k9zq4m7c".into()),
                flow_svg: Some(diagram::svg(&diagram::sample(false))),
            },
        )]
    }
}
