//! What an operator can ask of an installation: of the running server over its socket, or, when none runs, of the
//! database itself. Both ways end here.

pub(crate) mod keys;
mod messages;
mod organizations;
mod sessions;
mod table;
mod users;

use std::fmt::Write as _;
use std::sync::Arc;

use countersign_core::account::StandardClaims;
use countersign_core::account::operator::Order;
use countersign_core::oauth::{Client, Resource};
use countersign_core::organization::{MemberOrder, OrgHandle};
use countersign_core::{Id, id};
use countersign_keys::rotation::RotationPolicy;
use countersign_store::inspect::Inspection;
use countersign_store::oauth::clients;
use countersign_store::{Db, DbError, trace, unit};
use countersign_web::App;
use countersign_web::clock::Clock;
use countersign_web::open::Role;
use countersign_web::view::diagram;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::apply::{self, Extent};
use crate::config::{Config, Declared, OrgSpec, PasswordSource, Reference, UserSpec};
use crate::failure::Failure;
use crate::house;
use crate::progress::Teller;
use crate::reload::{Reloader, Report};
use crate::words::count;
use table::{Table, moment};

/// A request of an operator. May hold passwords, so it does not print itself.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case")]
#[allow(missing_docs)] // the command line describes each
pub enum Request {
    Migrate {
        check: bool,
    },
    ClientList,
    UserCreate {
        email: String,
        admin: bool,
    },
    UserList,
    UserOrder {
        user: String,
        order: UserOrder,
    },
    UserExport {
        user: String,
    },
    UserMerge {
        from: String,
        into: String,
        dry_run: bool,
    },
    UserMessages {
        user: String,
    },
    SessionList {
        user: Option<String>,
    },
    SessionEnd {
        session: String,
    },
    KeysList,
    KeysRotate {
        alg: Option<String>,
    },
    KeysRevoke {
        kid: String,
    },
    KeysRewrap {
        #[serde(default)]
        progress: bool,
    },
    FlowList,
    FlowShow {
        id: String,
        mermaid: bool,
    },
    Reload {
        check: bool,
    },
    Inspect,
    ProbeOpen,
    ProbeClose {
        nonce: String,
    },
    OrgCreate {
        handle: String,
        name: Option<String>,
    },
    OrgList,
    OrgShow {
        handle: String,
    },
    OrgMembers {
        handle: String,
    },
    OrgMember {
        handle: String,
        user: String,
        add: bool,
    },
    Apply {
        clients: Vec<Client>,
        resources: Vec<Resource>,
        users: Vec<SentUser>,
        #[serde(default)]
        organizations: Vec<OrgSpec>,
        #[serde(default)]
        references: Vec<Reference>,
        check: bool,
    },
}

impl Request {
    /// Does only the running process know the answer, whatever the database?
    pub fn is_for_the_process(&self) -> bool {
        match self {
            Request::Reload { .. } | Request::ProbeOpen | Request::ProbeClose { .. } => true,
            Request::Migrate { .. }
            | Request::Inspect
            | Request::ClientList
            | Request::UserCreate { .. }
            | Request::UserList
            | Request::UserOrder { .. }
            | Request::UserExport { .. }
            | Request::UserMerge { .. }
            | Request::UserMessages { .. }
            | Request::SessionList { .. }
            | Request::SessionEnd { .. }
            | Request::KeysList
            | Request::KeysRotate { .. }
            | Request::KeysRevoke { .. }
            | Request::KeysRewrap { .. }
            | Request::FlowList
            | Request::FlowShow { .. }
            | Request::OrgCreate { .. }
            | Request::OrgList
            | Request::OrgShow { .. }
            | Request::OrgMembers { .. }
            | Request::OrgMember { .. }
            | Request::Apply { .. } => false,
        }
    }
}

impl Request {
    /// Does whoever asks want to hear how far it is?
    pub fn wants_progress(&self) -> bool {
        matches!(self, Request::KeysRewrap { progress: true })
    }
}

/// What is to become of a person's sign-ins or account.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the command line describes each
pub enum UserOrder {
    EndSessions,
    Disable,
    Enable,
    Delete,
}

impl From<UserOrder> for Order {
    fn from(order: UserOrder) -> Self {
        match order {
            UserOrder::EndSessions => Order::EndSessions,
            UserOrder::Disable => Order::Disable,
            UserOrder::Enable => Order::Enable,
            UserOrder::Delete => Order::Delete,
        }
    }
}

/// A declared person on the way through the socket, which is for its owner only.
#[derive(Clone, Serialize, Deserialize)]
pub struct SentUser {
    email: String,
    email_verified: bool,
    admin: bool,
    claims: StandardClaims,
    password: Option<SentPassword>,
    #[serde(default)]
    organizations: Option<Vec<OrgHandle>>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SentPassword {
    Plain(String),
    Hash(String),
}

impl From<UserSpec> for SentUser {
    fn from(user: UserSpec) -> Self {
        let password = user.password.map(|password| match password {
            PasswordSource::Plain(plain) => SentPassword::Plain(plain.expose_secret().to_owned()),
            PasswordSource::Hash(hash) => SentPassword::Hash(hash),
        });
        let UserSpec { email, email_verified, admin, claims, organizations, .. } = user;
        SentUser { email, email_verified, admin, claims, password, organizations }
    }
}

impl From<SentUser> for UserSpec {
    fn from(user: SentUser) -> Self {
        let password = user.password.map(|password| match password {
            SentPassword::Plain(plain) => PasswordSource::Plain(plain.into()),
            SentPassword::Hash(hash) => PasswordSource::Hash(hash),
        });
        let SentUser { email, email_verified, admin, claims, organizations, .. } = user;
        UserSpec { email, email_verified, password, admin, claims, organizations }
    }
}

/// An answer, for programs and for people.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Reply {
    /// For programs.
    pub json: Json,
    /// For people.
    pub text: String,
}

/// Answers requests.
#[derive(Clone)]
pub struct Admin {
    app: Arc<App>,
    rotation: RotationPolicy,
    /// `None` when no server runs.
    reloader: Option<Arc<Reloader>>,
}

impl Admin {
    /// For a running server.
    pub fn new(app: Arc<App>, reloader: Option<Arc<Reloader>>) -> Admin {
        Admin { app, rotation: RotationPolicy::default(), reloader }
    }

    /// When no server runs: everything that a server has behind its doors, on a database that is up to date.
    pub async fn open(config: &Config) -> Result<Admin, Failure> {
        let db = house::database(config).await?;
        let plan = db.migrate(true).await?;
        if !plan.pending.is_empty() {
            return Err(Failure::new(
                "the database is not up to date",
                count(plan.pending.len(), "change is missing", "changes are missing"),
                "run `countersign migrate`, or `countersign serve`, which does it too",
            ));
        }
        let opened = house::bring_up(config, db, Arc::new(Clock::default()), Role::Command).await?;
        // One answer is all that is wanted; a server's background work would only be cut.
        opened.tasks.iter().for_each(|task| task.abort());
        Ok(Admin::new(opened.app, None))
    }

    /// Answers one request.
    pub async fn answer(&self, request: Request) -> Result<Reply, Failure> {
        self.answer_telling(request, &Teller::default()).await
    }

    /// The same, and tells how far it is where that takes long.
    pub async fn answer_telling(&self, request: Request, tell: &Teller) -> Result<Reply, Failure> {
        match request {
            Request::Migrate { check } => migrate(&self.app.db, check).await,
            Request::ClientList => self.client_list().await,
            Request::UserCreate { email, admin } => users::create(&self.app, &email, admin).await,
            Request::UserList => users::list(&self.app).await,
            Request::UserOrder { user, order } => sessions::order(&self.app, &user, order.into()).await,
            Request::UserExport { user } => users::export(&self.app, &user).await,
            Request::UserMerge { from, into, dry_run } => {
                users::merge(&self.app, &from, &into, dry_run).await
            }
            Request::UserMessages { user } => messages::list(&self.app, &user).await,
            Request::SessionList { user } => sessions::list(&self.app, user.as_deref()).await,
            Request::SessionEnd { session } => sessions::end(&self.app, &session).await,
            Request::KeysList => self.keys_list().await,
            Request::KeysRotate { alg } => self.keys_rotate(alg.as_deref()).await,
            Request::KeysRevoke { kid } => self.keys_revoke(kid).await,
            Request::KeysRewrap { .. } => self.keys_rewrap(tell).await,
            Request::FlowList => self.flow_list().await,
            Request::FlowShow { id, mermaid } => self.flow_show(&id, mermaid).await,
            Request::Reload { check } => {
                let Some(reloader) = &self.reloader else { return Err(no_server()) };
                let report = reloader.reload(check).await?;
                if !check {
                    report.tell("countersign apply");
                }
                Ok(told(&report))
            }
            Request::Inspect => {
                let found = inspect(&self.app.db).await?;
                silent(&found)
            }
            Request::ProbeOpen => {
                let nonce = self.app.probes.open(self.app.rng.as_ref(), self.app.clock.now());
                silent(&nonce)
            }
            Request::ProbeClose { nonce } => silent(&self.app.probes.close(&nonce, self.app.clock.now())),
            Request::OrgCreate { handle, name } => organizations::create(&self.app, &handle, name).await,
            Request::OrgList => organizations::list(&self.app).await,
            Request::OrgShow { handle } => organizations::show(&self.app, &handle).await,
            Request::OrgMembers { handle } => organizations::members(&self.app, &handle).await,
            Request::OrgMember { handle, user, add } => {
                let order = if add { MemberOrder::Add } else { MemberOrder::Remove };
                organizations::member(&self.app, &handle, &user, order).await
            }
            Request::Apply { clients, resources, users, organizations, references, check } => {
                let users = users.into_iter().map(UserSpec::from).collect();
                self.apply(&Declared { clients, users, resources, organizations, references }, check).await
            }
        }
    }

    async fn apply(&self, declared: &Declared, check: bool) -> Result<Reply, Failure> {
        let changes = apply::declare(&self.app, declared, Extent::Part, check).await?;
        Ok(told(&Report { changes, written: !check, ..Report::default() }))
    }

    async fn client_list(&self) -> Result<Reply, Failure> {
        let all = declared(&self.app.db).await?;
        let mut table = Table::new(["client_id", "name", "method", "profile", "from"]);
        for (client, origin) in &all.clients {
            let (id, from) = (client.id.to_string(), origin.as_str().to_owned());
            table.row([id, client.name.clone(), method(client), word(&client.profile), from]);
        }
        let json = all.clients.iter().map(|(client, origin)| {
            json!({
                "client_id": client.id.as_str(), "client_name": client.name,
                "token_endpoint_auth_method": method(client), "profile": client.profile,
                "redirect_uris": client.redirect_uris, "first_party": client.first_party,
                "disabled": client.disabled, "declared_by": origin.as_str(),
            })
        });
        Ok(Reply { json: json!({ "clients": json.collect::<Vec<_>>() }), text: table.to_string() })
    }

    async fn flow_list(&self) -> Result<Reply, Failure> {
        self.app.trace.written().await;
        let lines = self.app.db.read(unit(|tx| Box::pin(async move { trace::latest(tx, 50).await }))).await?;
        let mut table = Table::new(["flow", "began", "steps", "is"]);
        for line in &lines {
            let is = if line.refused { "refused" } else { "" };
            table.row([line.flow.to_string(), moment(line.at), line.steps.to_string(), is.to_owned()]);
        }
        let json = lines.iter().map(|line| {
            json!({ "flow": line.flow.to_string(), "at": line.at.seconds(), "steps": line.steps, "refused": line.refused })
        });
        Ok(Reply { json: json!({ "flows": json.collect::<Vec<_>>() }), text: table.to_string() })
    }

    async fn flow_show(&self, flow: &str, mermaid: bool) -> Result<Reply, Failure> {
        let missing = || {
            Failure::new(
                "no such flow",
                "no line of a flow with this id is kept; lines live for a day",
                "see `countersign flow list`",
            )
        };
        let id: Id<id::Flow> = flow.parse().map_err(|_| missing())?;
        self.app.trace.written().await;
        let steps =
            self.app.db.read(unit(move |tx| Box::pin(async move { trace::steps(tx, id).await }))).await?;
        if steps.is_empty() {
            return Err(missing());
        }
        let drawn: Vec<_> = steps.iter().map(countersign_dev::flows::drawn).collect();
        let text = if mermaid { diagram::mermaid(&drawn) } else { diagram::text(&drawn) };
        Ok(Reply { json: json!({ "flow": flow, "steps": steps, "diagram": text }), text })
    }
}

/// How the database is set, and whether it is up to date.
pub async fn inspect(db: &Db) -> Result<Database, Failure> {
    let plan = db.migrate(true).await?;
    Ok(Database { found: db.inspect().await?, target: plan.target.to_string(), pending: plan.pending.len() })
}

/// The database as a server finds it, for `doctor`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Database {
    /// How it is set.
    pub found: Inspection,
    /// The schema that this program needs.
    pub target: String,
    /// Changes that it lacks.
    pub pending: usize,
}

/// For programs only.
fn silent(answer: &impl Serialize) -> Result<Reply, Failure> {
    let json = serde_json::to_value(answer).map_err(|error| {
        Failure::new("the answer cannot be written", error, "report this as a fault of ours")
    })?;
    Ok(Reply { json, text: String::new() })
}

/// The same answer to every kind of apply.
fn told(report: &Report) -> Reply {
    Reply { json: json!(report), text: report.to_string() }
}

/// Only a running server has something to reload.
pub fn no_server() -> Failure {
    Failure::new(
        "no server runs here",
        "there is nothing that could take over the configuration while it runs",
        "start it: `countersign serve` reads the configuration; on another machine, send SIGHUP to it there",
    )
}

/// Brings the database up to date, or says what that would do.
pub async fn migrate(db: &Db, check: bool) -> Result<Reply, Failure> {
    let plan = db.migrate(check).await?;
    let pending = plan.pending.iter().map(
        |it| json!({ "id": it.id, "name": it.name, "contract": it.contract, "statements": it.statements }),
    );
    let pending: Vec<_> = pending.collect();
    let mut text = match (plan.pending.len(), check) {
        (0, _) => format!("the database is up to date at {}", plan.target),
        (count, true) => format!("{count} missing:"),
        (count, false) => format!("{count} made:"),
    };
    for it in &plan.pending {
        let _ = write!(text, "\n  {:04} {}", it.id, it.name);
        if check {
            it.statements.iter().for_each(|statement| text.push_str(&format!("\n{statement};")));
        }
    }
    let json = json!({
        "target": plan.target, "applied": plan.applied, "pending": pending, "newer": plan.newer, "done": plan.done
    });
    Ok(Reply { json, text })
}

async fn declared(db: &Db) -> Result<clients::Declared, DbError> {
    db.read(unit(|tx| Box::pin(async move { clients::all(tx).await }))).await
}

fn method(client: &Client) -> String {
    let json = serde_json::to_value(&client.auth).unwrap_or_default();
    json.get("method").and_then(Json::as_str).unwrap_or_default().to_owned()
}

fn word<T: Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|json| json.as_str().map(str::to_owned)).unwrap_or_default()
}
