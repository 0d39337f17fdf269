//! `countersign serve`: from a checked configuration to a serving process, and its reload and end.

use std::sync::Arc;

use countersign_outbound::mail::LiveMailer;
use countersign_outbound::sms::LiveTexter;
use countersign_web::clock::Clock;
use countersign_web::open::{Opened, Role};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::admin::Admin;
use crate::apply::{self, Extent};
use crate::config::{Config, Process};
use crate::failure::Failure;
use crate::listen::{self, Door, Limits, Tls};
use crate::notify::Supervisor;
use crate::reload::{self, Reloader};
use crate::{descriptors, house, logging, socket};

pub(crate) async fn serve(config: Config) -> Result<(), Failure> {
    let log = logging::start(&config.log);
    let supervisor = Supervisor::of(&Process);

    // 1. What can fail for reasons outside, before anything is changed.
    let limits =
        Limits { connections: descriptors::raise_limit(Limits::default().connections), ..Limits::default() };
    let tls = config.tls.as_ref().map(Tls::load).transpose().map_err(|error| {
        Failure::new("the TLS files cannot be used", error, "correct [tls] in the configuration")
    })?;
    let mailer = LiveMailer::from(house::mailer(&config)?);
    let texter = LiveTexter::from(house::texter(&config)?);
    let listener = TcpListener::bind(config.listen).await.map_err(|error| {
        Failure::new(
            format!("{} cannot be listened on", config.listen),
            error,
            "change `listen`, or end what is listening there",
        )
    })?;

    // 2. The database, up to date; the app and its background work; what the configuration declares.
    let db = house::database(&config).await?;
    house::migrate(&db).await?;
    if config.mail.is_empty() {
        tracing::warn!(
            "no transport for mails in the configuration: no confirmation, sign-in link or password reset leaves"
        );
    }
    config.doubted();
    db.set_routes(reload::routes(&config));
    let Opened { app, tasks } = house::bring_up(&config, db, Arc::new(Clock::default()), Role::Node).await?;
    apply::tell(&apply::declare(&app, &config.declared, Extent::Whole, false).await?);
    // The change counter would tell us within half a second; nobody should meet the time before.
    app.directory.load(&app.db).await?;

    // 3. The doors: the socket for operators, then the listener.
    let (stop, stopped) = watch::channel(false);
    let reloader = Arc::new(Reloader::new(
        app.clone(),
        (mailer.clone(), texter.clone()),
        tls.clone(),
        log,
        config.clone(),
    ));
    let admin = Admin::new(app.clone(), Some(reloader.clone()));
    let door = socket::open(&config, admin, stopped.clone())?;
    let mails = tokio::spawn(countersign_web::mailroom::run(app.clone(), mailer, stopped.clone()));
    let texts = tokio::spawn(countersign_web::textroom::run(app.clone(), texter, stopped.clone()));
    let logouts = tokio::spawn(countersign_web::backchannel::run(app.clone(), stopped.clone()));
    let streams = tokio::spawn(countersign_web::revocations::run(app.clone(), stopped.clone()));
    let router = countersign_web::router::router(app.clone());
    let known = app.clone();
    let is_proxy = Arc::new(move |peer| known.proxies.load().iter().any(|network| network.holds(peer)));
    let server = tokio::spawn(listen::serve(listener, Door { router, tls, limits, is_proxy }, stopped));
    // Heard from before anybody is told that we are ready: a reload that comes at once is a reload and not our end.
    let mut signals = Signals::new()?;
    tracing::info!(issuer = config.policy.issuer, listen = %config.listen, "ready");
    supervisor.ready();

    // 4. Until somebody says stop.
    while let Said::Reload = signals.next().await {
        supervisor.reloading();
        reloader.reload_and_tell("SIGHUP").await;
        supervisor.ready();
    }
    supervisor.stopping();
    let _ = stop.send(true);
    for work in
        [Some(server), Some(mails), Some(texts), Some(logouts), Some(streams), door].into_iter().flatten()
    {
        // Each ends by itself at the stop; an error would be a panic of its own, which the log has.
        let _ = work.await;
    }
    tasks.iter().for_each(JoinHandle::abort);
    tracing::info!("stopped");
    Ok(())
}

/// Runs work that watches `stop` until it ends or a signal tells it to.
pub(crate) async fn until_told_to_stop(
    mut work: JoinHandle<Result<(), Failure>>,
    stop: watch::Sender<bool>,
) -> Result<(), Failure> {
    let mut signals = Signals::new()?;
    let ended = loop {
        tokio::select! {
            ended = &mut work => break ended,
            said = signals.next() => match said {
                Said::Reload => {}
                Said::Stop => {
                    let _ = stop.send(true);
                    break work.await;
                }
            },
        }
    };
    ended.unwrap_or_else(|error| {
        Err(Failure::new("the server ended early", error, "report this as a fault of ours"))
    })
}

enum Said {
    Stop,
    Reload,
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    fn new() -> Result<Signals, Failure> {
        let hear = |kind| {
            signal(kind).map_err(|error| {
                Failure::new("signals cannot be heard", error, "see the limits of this machine")
            })
        };
        Ok(Signals {
            terminate: hear(SignalKind::terminate())?,
            interrupt: hear(SignalKind::interrupt())?,
            hangup: hear(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> Said {
        tokio::select! {
            _ = self.terminate.recv() => Said::Stop,
            _ = self.interrupt.recv() => Said::Stop,
            _ = self.hangup.recv() => Said::Reload,
        }
    }
}
