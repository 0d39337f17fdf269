//! The command line.

mod init;
mod org;
mod passwords;
mod serve;
mod usage;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use serde_json::{Value as Json, json};
use tokio::sync::watch;

use crate::admin::{self, Admin, Reply, Request, UserOrder};
use crate::config::{self, Config, LogFormat, LogSettings, Process, Reference};
use crate::failure::{Exit, Failure};
use crate::progress::{Bar, EVERY, Teller};
use crate::words::count;
use crate::{dev, doctor, house, logging, socket};

/// Sign-in for your apps: OAuth 2.1 and OpenID Connect with login pages, in one program.
///
/// `countersign init` writes a first configuration; `countersign serve` serves it.
#[derive(Debug, Parser)]
#[command(name = "countersign", version, propagate_version = true)]
pub struct Cli {
    /// The configuration file.
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        default_value = "countersign.toml",
        env = "COUNTERSIGN_CONFIG"
    )]
    config: PathBuf,
    /// Answer in JSON, one document on the standard output.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a configuration and a master key; nothing that exists is overwritten.
    Init {
        /// The address that apps will know the server by.
        #[arg(long, default_value = "http://localhost:8080")]
        issuer: String,
    },
    /// Serve.
    Serve {
        /// Only say whether the configuration is sound.
        #[arg(long)]
        check: bool,
    },
    /// Everything on localhost, to try it or to test against: provider, demo app, inbox, recorded flows.
    Dev {
        /// The provider's port; the demo app takes the next. 0 finds free ones.
        #[arg(long, default_value_t = 8080)]
        port: u16,
        /// Where the database and the demo secrets lie.
        #[arg(long, value_name = "DIR", default_value = ".countersign-dev")]
        data: PathBuf,
        /// Begin with nothing.
        #[arg(long)]
        fresh: bool,
        /// A folder of what is laid over the pages, as `[pages] overrides` names one.
        #[arg(long, value_name = "DIR")]
        pages: Option<PathBuf>,
    },
    /// Make the running server take over its configuration, or add the clients, users and resources of a file.
    ///
    /// Without FILE the running server reads its configuration again, as on SIGHUP: clients, users, resources,
    /// providers, sign-in, lifetimes, passwords, mail, trusted proxies, outgoing requests, log and TLS files change without a
    /// connection being dropped. Issuer, listen address, database, master key, cookie names and switching TLS on or
    /// off wait for the next start, and are named. If anything is wrong, everything stays as it was.
    ///
    /// With FILE, what it names is added or changed; what it does not name stays as it is.
    Apply {
        /// A file with [[client]], [[user]], [[resource]] and [[organization]] sections.
        file: Option<PathBuf>,
        /// Only say what would change.
        #[arg(long)]
        check: bool,
    },
    /// Bring the database up to date. `serve` does this by itself.
    Migrate {
        /// Only say what would be done.
        #[arg(long)]
        check: bool,
    },
    /// People.
    #[command(subcommand)]
    User(UserCommand),
    /// Sign-ins.
    #[command(subcommand)]
    Session(SessionCommand),
    /// Groups of people that apps can be for.
    #[command(subcommand)]
    Org(org::OrgCommand),
    /// Apps.
    #[command(subcommand)]
    Client(ClientCommand),
    /// Passwords that are known from breaches.
    #[command(subcommand)]
    Passwords(passwords::PasswordsCommand),
    /// Signing keys, and the master keys that they lie under.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// What really happened in a sign-in, as a sequence diagram.
    #[command(subcommand)]
    Flow(FlowCommand),
    /// Say what is wrong with this installation, and how to mend it.
    Doctor,
    /// Print the reference of the configuration.
    #[command(hide = true)]
    ConfigReference,
}

#[derive(Debug, Subcommand)]
enum UserCommand {
    /// Make an account and print a one-time link to choose its password.
    Create {
        /// Their address.
        email: String,
        /// May administer the installation.
        #[arg(long)]
        admin: bool,
    },
    /// List them.
    List,
    /// List the mails and text messages of the last 30 days, and what became of each.
    Messages {
        /// Their id or address.
        user: String,
    },
    /// Switch an account off: every session and grant ends, its tokens are refused, nobody signs in to it.
    Disable {
        /// Their id or address.
        user: String,
    },
    /// Switch an account on again. What had ended stays ended.
    Enable {
        /// Their id or address.
        user: String,
    },
    /// All that is kept about a person, as JSON (docs/account.md says what each member is). No password, no secret.
    Export {
        /// Their id or address.
        user: String,
    },
    /// Make one account of two: linked accounts, addresses, phones and consents of FROM become INTO's. FROM is signed out
    /// everywhere, its password does not move, and its subject never comes back.
    Merge {
        /// The account that goes: id or address.
        from: String,
        /// The account that stays: id or address.
        into: String,
        /// Only say what would be done.
        #[arg(long)]
        dry_run: bool,
    },
    /// Delete an account and everything personal. Its subject never comes back.
    Delete {
        /// Their id or address.
        user: String,
        /// It cannot be undone.
        #[arg(long, required = true)]
        yes: bool,
    },
}

#[derive(Debug, Subcommand)]
enum SessionCommand {
    /// List those that are open.
    List {
        /// Only this person's: id or address.
        user: Option<String>,
    },
    /// End one, or all of a person, with everything that apps were given in it, offline access too.
    #[command(group = clap::ArgGroup::new("which").required(true).args(["session", "user"]))]
    End {
        /// Its id, from `session list`.
        session: Option<String>,
        /// All of this person: id or address.
        #[arg(long)]
        user: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
enum ClientCommand {
    /// List them.
    List,
}

#[derive(Debug, Subcommand)]
enum KeysCommand {
    /// List them with their phases and what happens to each next, and say which old master key may go.
    List,
    /// Let the successors sign, as soon as every cache of the key set has them; says when. No token dies by it.
    Rotate {
        /// Only this algorithm: RS256, PS256, ES256 or EdDSA.
        #[arg(long)]
        alg: Option<String>,
    },
    /// A key is known to others: accept nothing any more that it signed. Its successor signs at once.
    Revoke {
        /// Its id, from `keys list`.
        // One in 64 begins like an option.
        #[arg(allow_hyphen_values = true)]
        kid: String,
    },
    /// Seal what lies under an old master key under the new one. The servers do it by themselves within minutes.
    Rewrap,
}

#[derive(Debug, Subcommand)]
enum FlowCommand {
    /// The latest flows.
    List,
    /// Draw one. Its id stands on the error page.
    Show {
        /// Its id.
        id: String,
        /// Mermaid instead of text.
        #[arg(long)]
        mermaid: bool,
    },
}

/// Runs the command line.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return not_understood(&error),
    };
    match run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            match (cli.json, failure.exit) {
                // The findings are the document.
                (true, Exit::Found) => {}
                (true, Exit::Failed | Exit::Usage | Exit::Config) => print_json(&json!({ "error": failure })),
                (false, _) => print_error(&failure),
            }
            failure.code()
        }
    }
}

/// Whoever asked for JSON gets it, whatever else is wrong with the line.
fn not_understood(error: &clap::Error) -> ExitCode {
    let mut words = std::env::args_os().skip(1).take_while(|word| word != "--");
    match usage::refused(error).filter(|_| words.any(|word| word == "--json")) {
        Some(failure) => {
            print_json(&json!({ "error": failure }));
            failure.code()
        }
        None => error.exit(),
    }
}

fn run(cli: &Cli) -> Result<(), Failure> {
    match &cli.command {
        Command::Init { issuer } => {
            let made = init::init(&cli.config, issuer)?;
            show(cli, made.to_json(), &made.to_string());
            Ok(())
        }
        Command::ConfigReference => {
            print(&config::reference::markdown());
            Ok(())
        }
        Command::Serve { check: true } => {
            let config = load(cli)?;
            let declared = &config.declared;
            // Whether the database has them is seen at the start.
            let mut doubts = config.warnings.clone();
            for Reference { handle, place } in &declared.references {
                doubts.add(
                    place,
                    format!("no [[organization]] has the handle `{handle}`"),
                    "the server starts only if the database has it",
                    format!("write one, or see that `countersign org list` has it, or run `countersign org create {handle}`"),
                );
            }
            let (clients, users, resources) =
                (declared.clients.len(), declared.users.len(), declared.resources.len());
            show(
                cli,
                json!({
                    "ok": true, "issuer": config.policy.issuer, "clients": clients, "users": users,
                    "resources": resources, "warnings": doubts.0,
                }),
                &format!(
                    "{}ok: {} with {}, {}, {}",
                    doubts.0.iter().map(|it| format!("warning: {it}\n")).collect::<String>(),
                    config.policy.issuer,
                    count(clients, "client", "clients"),
                    count(users, "user", "users"),
                    count(resources, "resource", "resources")
                ),
            );
            Ok(())
        }
        Command::Serve { check: false } => {
            let config = load(cli)?;
            runtime()?.block_on(serve::serve(config))
        }
        Command::Migrate { check } => ask(cli, Request::Migrate { check: *check }),
        Command::Dev { port, data, fresh, pages } => {
            logging::start(&LogSettings { format: LogFormat::Auto, level: "warn".to_owned() });
            let options = dev::Options {
                port: *port,
                data: data.clone(),
                fresh: *fresh,
                pages: pages.clone(),
                json: cli.json,
            };
            runtime()?.block_on(async {
                let (stop, stopped) = watch::channel(false);
                let work = tokio::spawn(dev::run(options, stopped));
                serve::until_told_to_stop(work, stop).await
            })
        }
        Command::Doctor => runtime()?.block_on(examine(cli)),
        Command::Apply { file: None, check } => ask(cli, Request::Reload { check: *check }),
        Command::Apply { file: Some(file), check } => {
            let declared = config::load_declared(file, &Process)?;
            let users = declared.users.into_iter().map(Into::into).collect();
            let config::Declared { clients, resources, organizations, references, .. } = declared;
            ask(cli, Request::Apply { clients, resources, users, organizations, references, check: *check })
        }
        Command::User(UserCommand::Create { email, admin }) => {
            ask(cli, Request::UserCreate { email: email.clone(), admin: *admin })
        }
        Command::User(UserCommand::List) => ask(cli, Request::UserList),
        Command::User(UserCommand::Messages { user }) => {
            ask(cli, Request::UserMessages { user: user.clone() })
        }
        Command::User(UserCommand::Disable { user }) => order(cli, user, UserOrder::Disable),
        Command::User(UserCommand::Enable { user }) => order(cli, user, UserOrder::Enable),
        Command::User(UserCommand::Export { user }) => ask(cli, Request::UserExport { user: user.clone() }),
        Command::User(UserCommand::Merge { from, into, dry_run }) => {
            ask(cli, Request::UserMerge { from: from.clone(), into: into.clone(), dry_run: *dry_run })
        }
        Command::User(UserCommand::Delete { user, yes: _ }) => order(cli, user, UserOrder::Delete),
        Command::Session(SessionCommand::List { user }) => {
            ask(cli, Request::SessionList { user: user.clone() })
        }
        Command::Session(SessionCommand::End { user: Some(user), .. }) => {
            order(cli, user, UserOrder::EndSessions)
        }
        Command::Session(SessionCommand::End { session, user: None }) => {
            ask(cli, Request::SessionEnd { session: session.clone().unwrap_or_default() })
        }
        Command::Org(command) => ask(cli, command.request()),
        Command::Passwords(command) => {
            let mut bar = if cli.json { Bar::none() } else { Bar::on_terminal() };
            let Reply { json, text } = command.run(&mut bar)?;
            drop(bar);
            show(cli, json, &text);
            Ok(())
        }
        Command::Client(ClientCommand::List) => ask(cli, Request::ClientList),
        Command::Keys(KeysCommand::List) => ask(cli, Request::KeysList),
        Command::Keys(KeysCommand::Rotate { alg }) => ask(cli, Request::KeysRotate { alg: alg.clone() }),
        Command::Keys(KeysCommand::Rewrap) => ask(cli, Request::KeysRewrap { progress: true }),
        Command::Keys(KeysCommand::Revoke { kid }) => ask(cli, Request::KeysRevoke { kid: kid.clone() }),
        Command::Flow(FlowCommand::List) => ask(cli, Request::FlowList),
        Command::Flow(FlowCommand::Show { id, mermaid }) => {
            ask(cli, Request::FlowShow { id: id.clone(), mermaid: *mermaid })
        }
    }
}

fn load(cli: &Cli) -> Result<Config, Failure> {
    Ok(config::load(&cli.config, &Process)?)
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    // The first thing to touch TLS would otherwise have to guess which library is meant. An error means that it
    // is set already.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| {
        Failure::new("the program cannot start", error, "see whether the machine is out of memory or threads")
    })
}

fn order(cli: &Cli, user: &str, order: UserOrder) -> Result<(), Failure> {
    ask(cli, Request::UserOrder { user: user.to_owned(), order })
}

/// Puts a request to the running server, or, when there is none, opens the database.
fn ask(cli: &Cli, request: Request) -> Result<(), Failure> {
    let config = load(cli)?;
    runtime()?.block_on(async {
        let mut bar = if cli.json { Bar::none() } else { Bar::on_terminal() };
        let asked = socket::ask_watching(&config, &request, |progress| bar.draw(progress)).await;
        let reply = match asked? {
            Some(reply) => reply,
            None => match request {
                Request::Reload { .. } => return Err(admin::no_server()),
                Request::Migrate { check } => admin::migrate(&house::database(&config).await?, check).await?,
                request => by_ourselves(&config, request, &mut bar).await?,
            },
        };
        drop(bar);
        let Reply { json, text } = reply;
        show(cli, json, &text);
        Ok(())
    })
}

/// Without a running server the work is ours, and so is the bar.
async fn by_ourselves(
    config: &Config,
    request: Request,
    bar: &mut Bar<std::io::Stderr>,
) -> Result<Reply, Failure> {
    let admin = Admin::open(config).await?;
    let teller = Teller::default();
    let mut told = teller.subscribe();
    let mut work = std::pin::pin!(admin.answer_telling(request, &teller));
    loop {
        tokio::select! {
            reply = &mut work => return reply,
            Ok(()) = told.changed() => {
                let progress = *told.borrow_and_update();
                bar.draw(progress);
                if let Ok(reply) = tokio::time::timeout(EVERY, &mut work).await {
                    return reply;
                }
            }
        }
    }
}

async fn examine(cli: &Cli) -> Result<(), Failure> {
    let findings = doctor::examine(&cli.config, &Process).await;
    let worst = findings.iter().map(|finding| finding.state).max().unwrap_or(doctor::State::Ok);
    show(cli, json!({ "state": worst, "findings": findings }), &doctor::text(&findings));
    if worst == doctor::State::Fail {
        let failing = findings.iter().filter(|finding| finding.state == doctor::State::Fail).count();
        return Err(Failure {
            what: format!("{failing} of {} failed, see above", count(findings.len(), "check", "checks")),
            why: String::new(),
            mend: String::new(),
            exit: Exit::Found,
        });
    }
    Ok(())
}

fn show(cli: &Cli, json: Json, text: &str) {
    if cli.json { print_json(&json) } else { print(text) }
}

fn print_json(json: &Json) {
    print(&json.to_string());
}

/// Whoever reads us may have gone: that is no reason to panic as `println!` does.
fn print(text: &str) {
    let _ = writeln!(std::io::stdout(), "{}", text.trim_end());
}

fn print_error(failure: &Failure) {
    let _ = writeln!(std::io::stderr(), "{failure}");
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_contradicts_itself_nowhere_and_every_command_is_described() {
        Cli::command().debug_assert();
        fn described(command: &clap::Command) {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            command.get_subcommands().for_each(described);
        }
        described(&Cli::command());
    }

    #[test]
    fn json_is_understood_behind_every_command() {
        for line in [
            "doctor --json",
            "keys list --json",
            "flow show X --mermaid --json",
            "session list --json",
            "org create acme --name Acme --json",
            "org member add acme anna@example.com --json",
            "session end X --json",
            "passwords compile in.txt out.list --bits 12 --at-least 10 --json",
            "session end --user anna@example.com --json",
            "user disable anna@example.com --json",
            "user delete X --yes --json",
            "user merge X Y --dry-run --json",
            "user messages anna@example.com --json",
            "user export anna@example.com --json",
            "serve --check --json --config x.toml",
        ] {
            let cli = Cli::try_parse_from(std::iter::once("countersign").chain(line.split(' '))).unwrap();
            assert!(cli.json, "{line}");
        }
        for line in ["serve --chekc", "session end", "session end X --user Y", "user delete X"] {
            assert!(Cli::try_parse_from(std::iter::once("countersign").chain(line.split(' '))).is_err());
        }
        assert!(Cli::try_parse_from(["countersign", "keys", "revoke", "-FefA-bQ6", "--json"]).unwrap().json);
    }
}
