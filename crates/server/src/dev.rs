//! `countersign dev`: everything on localhost, in one process, on the embedded database.

use crate::apply::{self, Extent};
use crate::config::{Declared, PasswordSource, UserSpec};
use crate::failure::Failure;
use crate::house;
use crate::listen::{Door, Limits, no_proxy, serve};
use axum::Router;
use axum::middleware::from_fn_with_state;
use countersign_core::Policy;
use countersign_core::account::Prefix;
use countersign_dev::demo::Demo;
use countersign_dev::demo::relying_party::RelyingParty;
use countersign_dev::inbox::Inbox;
use countersign_dev::providers::Providers;
use countersign_dev::routes;
use countersign_dev::seed::{self, DemoClient, Seed};
use countersign_keys::rotation::RotationPolicy;
use countersign_keys::{HashPoolConfig, MasterRing, SystemRng};
use countersign_outbound::guard::Guard;
use countersign_outbound::mail::Mailer;
use countersign_outbound::sms::Texter;
use countersign_store::account::declared::{Whose, forget, whose};
use countersign_store::{Db, unit};
use countersign_web::App;
use countersign_web::clock::Clock;
use countersign_web::open::{OpenError, Role, Setup, open};
use countersign_web::view::pages::{DevClient, DevIndex, DevLink, DevUser};
use countersign_web::view::{View, ViewError};
use serde::Serialize;
use std::fs::{File, TryLockError};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// What the command line said.
#[derive(Debug, Clone)]
pub struct Options {
    /// The provider's port; the demo app takes the next. 0 finds free ones.
    pub port: u16,
    /// Where database, keys and demo secrets lie.
    pub data: PathBuf,
    /// Begin with nothing.
    pub fresh: bool,
    /// What is laid over our pages.
    pub pages: Option<PathBuf>,
    /// One line of JSON when ready.
    pub json: bool,
}

/// The line of `--json`.
#[derive(Debug, Serialize)]
pub struct Ready {
    issuer: String,
    demo_app: String,
    inbox: String,
    flows: String,
    clock: String,
    users: Vec<ReadyUser>,
    clients: Vec<DemoClient>,
    resources: Vec<String>,
}

#[derive(Debug, Serialize)]
struct ReadyUser {
    email: String,
    password: String,
}

/// Runs until `stop` turns true.
pub async fn run(options: Options, stop: watch::Receiver<bool>) -> Result<(), Failure> {
    // Ports and pages first: where one is taken or broken, nothing of what lies in the folder is gone.
    let (provider, demo_listener) = listeners(options.port).await?;
    pages(options.pages.as_deref())?;
    prepare(&options)?;
    let port = port_of(&provider)?;
    let demo_port = port_of_one(&demo_listener)?;
    let demo_origin = format!("http://127.0.0.1:{demo_port}");
    let issuer = format!("http://localhost:{port}");

    let clock = Arc::new(Clock::default());
    let secrets = seed::secrets(&options.data, &SystemRng).map_err(|e| data_fault(&options.data, e))?;
    let seed = seed::seed(&secrets, &demo_origin).map_err(|e| data_fault(&options.data, e))?;
    house::for_the_owner_only(&options.data.join("countersign.db"))?;
    let db = Db::open(&format!("sqlite:{}", options.data.join("countersign.db").display())).await;
    let db = db.map_err(|e| data_fault(&options.data, e))?;
    house::migrate(&db).await?;
    let setup = Setup {
        policy: policy(&issuer),
        db,
        master: Arc::new(master_key(&options.data)?),
        hashing: HashPoolConfig::for_this_machine(),
        breached: Default::default(),
        rotation: RotationPolicy::default(),
        signer: None,
        role: Role::Node,
        guard: Guard::builder().allow("localhost", port).allow("127.0.0.1", demo_port).build(),
        providers: Providers::declared(&demo_origin),
        proxies: Vec::new(),
        overrides: options.pages.clone(),
        cookie_name: None,
        clock: clock.clone(),
        dev: true,
    };
    let opened = open(setup).await.map_err(|error| match error {
        error @ (OpenError::Db(_) | OpenError::Keys(_)) => data_fault(&options.data, error),
        OpenError::View(error) => pages_fault(options.pages.as_deref(), error),
        error @ (OpenError::Issuer(_) | OpenError::Hashing(_)) => Failure::new(
            "the server cannot come up",
            error,
            "see whether the machine is out of memory or threads",
        ),
    })?;
    let app = opened.app;
    declare(&app, &seed).await?;

    let inbox = Inbox::new(clock);
    let (mails, watched) = (Mailer::Inbox(inbox.clone()), stop.clone());
    tokio::spawn(countersign_web::mailroom::run(app.clone(), mails, watched));
    let texter = Texter::Inbox(inbox.clone());
    tokio::spawn(countersign_web::textroom::run(app.clone(), texter, stop.clone()));
    tokio::spawn(countersign_web::backchannel::run(app.clone(), stop.clone()));
    tokio::spawn(countersign_web::revocations::run(app.clone(), stop.clone()));

    let ready = ready(&issuer, &demo_origin, &seed);
    let router = Router::new()
        .merge(countersign_web::router::routes())
        .merge(routes::routes(index(&ready, &seed), inbox));
    let router = countersign_web::router::finish(router, app.clone());
    let router = router.layer(from_fn_with_state(app.clone(), routes::guard));
    let stubs = Providers::new(app.clone(), &demo_origin);
    let demo = Demo::new(relying_party(&issuer, &demo_origin, &secrets)?, demo_origin, app.clone());

    let mut serving = Vec::new();
    let door = |router| Door { router, tls: None, limits: Limits::default(), is_proxy: no_proxy() };
    for listener in provider {
        serving.push(tokio::spawn(serve(listener, door(router.clone()), stop.clone())));
    }
    let demo = demo.router().merge(stubs.router());
    serving.push(tokio::spawn(serve(demo_listener, door(demo), stop.clone())));
    tell(&options, &ready, &seed);
    for one in serving {
        let _ = one.await;
    }
    opened.tasks.iter().for_each(tokio::task::JoinHandle::abort);
    Ok(())
}

fn data_fault(folder: &Path, why: impl std::fmt::Display) -> Failure {
    Failure::new(
        format!("the data folder {} cannot be used", folder.display()),
        why,
        "start with --fresh to begin anew, or with --data and another folder",
    )
}

/// Drawn once before anything else is touched: a slip in a page is no fault of the data.
fn pages(folder: Option<&Path>) -> Result<(), Failure> {
    let Some(folder) = folder else { return Ok(()) };
    View::new(Some(folder)).map(drop).map_err(|error| pages_fault(Some(folder), error))
}

fn pages_fault(folder: Option<&Path>, why: ViewError) -> Failure {
    let folder = folder.unwrap_or(Path::new("")).display();
    Failure::new(
        format!("the pages in {folder} cannot be laid over ours"),
        why,
        "correct the file, or give another folder with --pages; docs/pages.md says what can be laid over",
    )
}

fn in_use(folder: &Path) -> Failure {
    Failure::new(
        format!("the data folder {} is in use", folder.display()),
        "another countersign dev runs there, and would lose its data",
        "end that one, or choose another folder with --data",
    )
}

/// What `dev` itself puts into its folder; `--fresh` removes these and nothing else. The lock file stays: who holds
/// it would otherwise hold another file than who comes next.
const OURS: [&str; 5] =
    ["countersign.db", "countersign.db-wal", "countersign.db-shm", "dev.json", "master.key"];
const LOCK: &str = "countersign.db.lock";

fn prepare(options: &Options) -> Result<(), Failure> {
    let fault = |e: std::io::Error| data_fault(&options.data, e);
    std::fs::create_dir_all(&options.data).map_err(fault)?;
    if options.fresh {
        // Held until all is removed: a server that runs there does not lose its data from under it.
        let lock = File::options().create(true).truncate(false).write(true).open(options.data.join(LOCK));
        let lock = lock.map_err(fault)?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => in_use(&options.data),
            TryLockError::Error(error) => fault(error),
        })?;
        for name in OURS {
            match std::fs::remove_file(options.data.join(name)) {
                Ok(()) => {}
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
                Err(e) => return Err(fault(e)),
            }
        }
    }
    Ok(())
}

fn master_key(folder: &Path) -> Result<MasterRing, Failure> {
    let file = folder.join("master.key");
    if !file.exists() {
        crate::files::write_private(&file, &MasterRing::generate(&SystemRng))
            .map_err(|e| data_fault(folder, e))?;
    }
    house::master(&std::fs::read_to_string(&file).map_err(|e| data_fault(folder, e))?)
}

/// `localhost` is 127.0.0.1 for some programs and ::1 for others: the provider answers on both.
async fn listeners(port: u16) -> Result<(Vec<TcpListener>, TcpListener), Failure> {
    let fault = |port: u16| {
        move |e: std::io::Error| {
            Failure::new(
                format!("port {port} on this machine cannot be used"),
                e,
                "choose another with --port, or --port 0 for any free one",
            )
        }
    };
    let bind = async |ip: IpAddr, port: u16| TcpListener::bind(SocketAddr::new(ip, port)).await;
    let first = bind(Ipv4Addr::LOCALHOST.into(), port).await.map_err(fault(port))?;
    let chosen = first.local_addr().map_err(fault(port))?.port();
    let mut provider = vec![first];
    provider.extend(bind(Ipv6Addr::LOCALHOST.into(), chosen).await.ok());
    let next = if port == 0 { 0 } else { port.saturating_add(1) };
    let demo = bind(Ipv4Addr::LOCALHOST.into(), next).await.map_err(fault(next))?;
    Ok((provider, demo))
}

fn port_of(listeners: &[TcpListener]) -> Result<u16, Failure> {
    let first = listeners
        .first()
        .ok_or_else(|| Failure::new("no port is open", "none was asked for", "use --port"))?;
    port_of_one(first)
}

fn port_of_one(listener: &TcpListener) -> Result<u16, Failure> {
    listener
        .local_addr()
        .map(|a| a.port())
        .map_err(|e| Failure::new("the port is not known", e, "use --port"))
}

async fn declare(app: &Arc<App>, seed: &Seed) -> Result<(), Failure> {
    let users = seed.users.iter().map(|u| UserSpec {
        email: u.email.to_owned(),
        email_verified: true,
        password: Some(PasswordSource::Plain(u.password.to_owned().into())),
        admin: u.admin,
        claims: u.claims.clone(),
        organizations: None,
    });
    let declared = Declared {
        clients: seed.clients.clone(),
        users: users.collect(),
        resources: seed.resources.clone(),
        ..Declared::default()
    };
    let fault =
        |e: &dyn std::fmt::Display| Failure::new("the demo data cannot be written", e, "start with --fresh");
    // Whoever is named on the terminal can sign in, whatever became of them the last time.
    let demo = Arc::new((app.env(), seed.users.iter().map(|it| it.email).collect::<Vec<_>>()));
    let forget = unit(move |tx| {
        let demo = demo.clone();
        Box::pin(async move {
            for key in &demo.1 {
                let gone = match whose(tx, &demo.0.ctx(), key).await? {
                    Whose::Nobody => false,
                    Whose::Account(owner) => owner.email.is_none(),
                    Whose::Deleted => true,
                };
                if gone {
                    forget(tx, &demo.0.ctx(), key).await?;
                }
            }
            Ok(())
        })
    });
    app.db.run(forget).await.map_err(|e| fault(&e))?;
    apply::declare(app, &declared, Extent::Whole, false).await.map_err(|e| fault(&e))?;
    app.directory.load(&app.db).await.map_err(|e| fault(&e))
}

fn relying_party(issuer: &str, origin: &str, secrets: &seed::Secrets) -> Result<RelyingParty, Failure> {
    let parse = |text: &str| {
        url::Url::parse(text).map_err(|e| Failure::new("an address of ours is no URL", e, "use --port"))
    };
    let host = |u: &url::Url| (u.host_str().unwrap_or_default().to_owned(), u.port().unwrap_or(80));
    let (issuer, own) = (parse(issuer)?, parse(origin)?);
    let (a, b) = (host(&issuer), host(&own));
    Ok(RelyingParty {
        issuer,
        client_id: "demo-app".to_owned(),
        client_secret: secrets.app.clone(),
        redirect_uri: format!("{origin}/callback"),
        resource: format!("{origin}/api"),
        guard: Guard::builder().allow(&a.0, a.1).allow(&b.0, b.1).build(),
        rng: Arc::new(SystemRng),
    })
}

fn ready(issuer: &str, demo: &str, seed: &Seed) -> Ready {
    Ready {
        issuer: issuer.to_owned(),
        demo_app: format!("{demo}/"),
        inbox: format!("{issuer}/dev/inbox"),
        flows: format!("{issuer}/dev/flows"),
        clock: format!("{issuer}/dev/clock"),
        users: seed
            .users
            .iter()
            .map(|u| ReadyUser { email: u.email.to_owned(), password: u.password.to_owned() })
            .collect(),
        clients: seed.shown.clone(),
        resources: seed.resources.iter().map(|r| r.identifier.clone()).collect(),
    }
}

fn index(ready: &Ready, seed: &Seed) -> DevIndex {
    let link = |href: &str, label: &str, note: &str| DevLink {
        href: href.to_owned(),
        label: label.to_owned(),
        note: note.to_owned(),
    };
    DevIndex {
        issuer: ready.issuer.clone(),
        links: vec![
            link(&ready.demo_app, "Demo app", "Sign in and see what an app gets"),
            link("/dev/inbox", "Inbox", "Every mail that the server sent"),
            link("/dev/flows", "Flows", "Every sign-in, drawn as it happened"),
            link("/dev/screens", "Screens", "Every page in every state and language"),
            link("/account", "Account", "Profile, password, devices, apps"),
            link("/.well-known/openid-configuration", "Discovery", "What a client library reads first"),
        ],
        users: ready
            .users
            .iter()
            .map(|u| DevUser { email: u.email.clone(), password: u.password.clone() })
            .collect(),
        clients: seed
            .shown
            .iter()
            .map(|c| DevClient {
                client_id: c.client_id.clone(),
                client_secret: c.client_secret.clone(),
                method: c.token_endpoint_auth_method.clone(),
                redirect_uris: c.redirect_uris.clone(),
            })
            .collect(),
    }
}

fn tell(options: &Options, ready: &Ready, seed: &Seed) {
    if options.json {
        println!("{}", serde_json::to_string(ready).unwrap_or_default());
        return;
    }
    println!("\n  Countersign is ready.\n");
    for (what, place) in [
        ("Demo app", &ready.demo_app),
        ("Inbox", &ready.inbox),
        ("Flows", &ready.flows),
        ("Issuer", &ready.issuer),
    ] {
        println!("    {what:<10} {place}");
    }
    println!("\n    {:<22} Password", "Account");
    for user in &ready.users {
        println!("    {:<22} {}", user.email, user.password);
    }
    println!("\n    {:<22} For", "Client");
    for client in &seed.shown {
        println!("    {:<22} {}", client.client_id, client.note);
    }
    println!("\n  Everything again as JSON: --json. Data: {}. End with Ctrl-C.\n", options.data.display());
}
/// The usual one. Text messages go nowhere but into the inbox, so every country has them.
fn policy(issuer: &str) -> Policy {
    let countries = (1..=9).filter_map(|digit| Prefix::parse(&format!("+{digit}")).ok()).collect();
    Policy { texts: true, countries, ..Policy::new(issuer) }
}
