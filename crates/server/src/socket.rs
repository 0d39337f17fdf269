//! The operators' door of a running server: a socket for its owner only, one line of JSON in, one out, and before it,
//! for who wants to hear it, how far it is.
//!
//! SQLite belongs to one process, so the command line cannot open it while a server runs; it asks the server, at a
//! socket beside the database. On PostgreSQL the command line goes to the database itself and comes here only for
//! what concerns this one process; the socket stands beside the configuration, where it can be made.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream as StdStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::admin::{Admin, Reply, Request};
use crate::config::{Config, Database};
use crate::failure::Failure;
use crate::progress::{EVERY, Progress, Teller};

/// Where the door of this installation is.
pub fn path(config: &Config) -> PathBuf {
    let beside = match &config.database {
        Database::Sqlite(file) => file,
        Database::Postgres(_) => &config.path,
    };
    let mut name = beside.clone().into_os_string();
    name.push(".sock");
    PathBuf::from(name)
}

/// Opens the door. A SQLite database is ours alone by now, so a socket that is there belongs to nobody any more. On
/// PostgreSQL another node on this machine may have it, or its folder may not be ours: then there is none here.
pub fn open(
    config: &Config,
    admin: Admin,
    stop: watch::Receiver<bool>,
) -> Result<Option<JoinHandle<()>>, Failure> {
    let path = path(config);
    let optional = match &config.database {
        Database::Sqlite(_) => false,
        Database::Postgres(_) => true,
    };
    if optional && StdStream::connect(&path).is_ok() {
        tracing::info!(path = %path.display(), "another server has the operators' socket");
        return Ok(None);
    }
    match bind(&path) {
        Ok(listener) => Ok(Some(tokio::spawn(serve(listener, path, admin, stop)))),
        Err(error) if optional => {
            let path = path.display();
            tracing::info!(%path, %error, "no operators' socket: reload by SIGHUP, `doctor` sees less");
            Ok(None)
        }
        Err(error) => Err(Failure::new(
            format!("{} cannot be made", path.display()),
            error,
            "the folder of the database must be writable, and its path shorter than 100 characters",
        )),
    }
}

/// Asks the running server. `None`: none runs.
pub async fn ask(config: &Config, request: &Request) -> Result<Option<Reply>, Failure> {
    ask_watching(config, request, |_| {}).await
}

/// The same, and hears how far it is until the answer comes.
pub async fn ask_watching(
    config: &Config,
    request: &Request,
    mut heard: impl FnMut(Progress),
) -> Result<Option<Reply>, Failure> {
    let path = path(config);
    let by_itself = match &config.database {
        Database::Sqlite(_) => false,
        Database::Postgres(_) => !request.is_for_the_process(),
    };
    if by_itself {
        return Ok(None);
    }
    let mut stream = match UnixStream::connect(&path).await {
        Ok(stream) => stream,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
            return Ok(None);
        }
        Err(error) => {
            return Err(Failure::new(
                format!("the running server at {} cannot be asked", path.display()),
                error,
                "run the command as the user that the server runs as",
            ));
        }
    };
    let broken = |error: &dyn std::fmt::Display| {
        Failure::new("the running server did not answer", error, "see its log")
    };
    let mut line = serde_json::to_vec(request).map_err(|error| broken(&error))?;
    line.push(b'\n');
    stream.write_all(&line).await.map_err(|error| broken(&error))?;
    let mut stream = BufReader::new(stream);
    loop {
        let mut answer = Vec::new();
        stream.read_until(b'\n', &mut answer).await.map_err(|error| broken(&error))?;
        match serde_json::from_slice(&answer).map_err(|error| broken(&error))? {
            Answer::Progress(progress) => heard(progress),
            Answer::Reply(reply) => return Ok(Some(reply)),
            Answer::Failure(failure) => return Err(failure),
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    /// Any number of these before the answer, for who asked to hear them.
    Progress(Progress),
    Reply(Reply),
    Failure(Failure),
}

/// A file for `apply` with thousands of clients fits.
const LONGEST: u64 = 16 * 1024 * 1024;
const PATIENCE: Duration = Duration::from_secs(30);

fn bind(path: &Path) -> io::Result<UnixListener> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let listener = UnixListener::bind(path)?;
    fs::set_permissions(path, Permissions::from_mode(0o600))?;
    Ok(listener)
}

async fn serve(listener: UnixListener, path: PathBuf, admin: Admin, mut stop: watch::Receiver<bool>) {
    let owner = fs::metadata(&path).map(|data| data.uid()).ok();
    loop {
        let stream = tokio::select! {
            _ = async { stop.wait_for(|stop| *stop).await.map(drop) } => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "the operators' socket cannot accept for the moment");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
        };
        // The mode of the file says the same; between its making and its change it did not.
        let caller = stream.peer_cred().map(|cred| cred.uid()).ok();
        if caller.is_none() || caller != owner && caller != Some(0) {
            tracing::warn!("somebody else's command line was turned away");
            continue;
        }
        let admin = admin.clone();
        tokio::spawn(async move {
            match answer(stream, &admin).await {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                    tracing::warn!("an operator's command took too long");
                }
                Err(error) => tracing::debug!(%error, "an operator's command ended early"),
            }
        });
    }
    // A socket left behind does no harm: nobody listens, and the next server replaces it.
    let _ = fs::remove_file(&path);
}

async fn answer(stream: UnixStream, admin: &Admin) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut line = Vec::new();
    patiently((&mut stream).take(LONGEST).read_until(b'\n', &mut line)).await?;
    let answer = match serde_json::from_slice::<Request>(&line) {
        Ok(request) => match carried_out(&mut stream, admin, request).await? {
            Ok(reply) => Answer::Reply(reply),
            Err(failure) => Answer::Failure(failure),
        },
        Err(error) => Answer::Failure(Failure::new(
            "the running server does not know this command",
            error,
            "use the same version for both, or restart the server",
        )),
    };
    patiently(say(&mut stream, &answer)).await
}

/// Long work may take as long as it goes on; what stands still for too long is given up.
async fn carried_out(
    stream: &mut BufReader<UnixStream>,
    admin: &Admin,
    request: Request,
) -> io::Result<Result<Reply, Failure>> {
    let aloud = request.wants_progress();
    let teller = Teller::default();
    let mut heard = teller.subscribe();
    let mut work = std::pin::pin!(admin.answer_telling(request, &teller));
    loop {
        let (done, told) = tokio::select! {
            done = &mut work => (Some(done), heard.has_changed().unwrap_or_default()),
            told = tokio::time::timeout(PATIENCE, heard.changed()) => match told {
                Ok(Ok(())) => (None, true),
                Ok(Err(_)) | Err(_) => return Err(io::ErrorKind::TimedOut.into()),
            }
        };
        let progress = *heard.borrow_and_update();
        if aloud && told {
            patiently(say(stream, &Answer::Progress(progress))).await?;
        }
        if let Some(done) = done {
            return Ok(done);
        }
        // No more often than anybody can follow; the work goes on meanwhile.
        if let Ok(done) = tokio::time::timeout(EVERY, &mut work).await {
            return Ok(done);
        }
    }
}

async fn say(stream: &mut BufReader<UnixStream>, answer: &Answer) -> io::Result<()> {
    let mut bytes = serde_json::to_vec(answer)?;
    bytes.push(b'\n');
    stream.write_all(&bytes).await?;
    stream.flush().await
}

async fn patiently<T>(work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    tokio::time::timeout(PATIENCE, work).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::config::{Surroundings, load};
    use crate::house;

    /// A configuration in a folder of its own, gone afterwards.
    struct Installation {
        folder: PathBuf,
        config: Config,
    }

    struct Files(BTreeMap<PathBuf, String>);

    impl Surroundings for Files {
        fn variable(&self, _name: &str) -> Option<String> {
            None
        }
        fn overlay(&self) -> Vec<(String, String)> {
            Vec::new()
        }
        fn file(&self, path: &Path) -> io::Result<String> {
            self.0.get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
        }
    }

    impl Installation {
        fn new(name: &str) -> Installation {
            let folder =
                std::env::temp_dir().join(format!("countersign-socket-{name}-{}", std::process::id()));
            fs::create_dir_all(&folder).unwrap();
            let toml = "version = 1\nissuer = \"http://localhost:1\"\nmaster_key_file = \"key\"\n";
            let key = "wJ3r8Zq1T5mYc0Nf7LpXbK2dVh9GsA4eUo6RiQtMzEk";
            let path = folder.join("countersign.toml");
            let files = [(path.clone(), toml.to_owned()), (folder.join("key"), key.to_owned())];
            let config = load(&path, &Files(files.into())).unwrap();
            Installation { folder, config }
        }

        async fn admin(&self) -> Admin {
            let db = house::database(&self.config).await.unwrap();
            db.migrate(false).await.unwrap();
            drop(db);
            Admin::open(&self.config).await.unwrap()
        }
    }

    impl Drop for Installation {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }

    #[tokio::test]
    async fn the_command_line_asks_the_running_server_and_nobody_else_can() {
        let there = Installation::new("asks");
        assert!(ask(&there.config, &Request::KeysList).await.unwrap().is_none());
        let (stop, stopped) = watch::channel(false);
        let door = open(&there.config, there.admin().await, stopped).unwrap().unwrap();
        let path = path(&there.config);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let reply = ask(&there.config, &Request::KeysList).await.unwrap().unwrap();
        assert!(reply.json["keys"].as_array().is_some_and(|keys| keys.len() >= 2), "{}", reply.json);
        let create = || Request::UserCreate { email: "root@example.com".to_owned(), admin: true };
        let made = ask(&there.config, &create()).await.unwrap().unwrap();
        assert!(made.json["link"].as_str().is_some_and(|link| link.starts_with("http://localhost:1/")));
        assert!(ask(&there.config, &create()).await.is_err());
        stop.send(true).unwrap();
        door.await.unwrap();
        assert!(!path.exists());
    }

    /// Who asks for it hears how far long work is, before the answer; nobody else does.
    #[tokio::test]
    async fn long_work_tells_how_far_it_is() {
        let there = Installation::new("progress");
        let (_stop, stopped) = watch::channel(false);
        let _door = open(&there.config, there.admin().await, stopped).unwrap().unwrap();
        for (progress, lines) in [(true, true), (false, false)] {
            let mut heard = Vec::new();
            let request = Request::KeysRewrap { progress };
            let reply = ask_watching(&there.config, &request, |it| heard.push(it)).await.unwrap().unwrap();
            let rows = reply.json["kept"].as_u64().unwrap();
            assert!(rows >= 3, "{}", reply.json);
            assert!(heard.iter().all(|it| it.total == rows && it.done <= rows), "{heard:?}");
            assert_eq!(!heard.is_empty(), lines, "{heard:?}");
        }
        // As a command line of the version before writes it.
        let mut stream = UnixStream::connect(path(&there.config)).await.unwrap();
        stream.write_all(b"{\"request\":\"keys_rewrap\"}\n").await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("{\"reply\"") && answer.lines().count() == 1, "{answer}");
    }

    #[tokio::test]
    async fn an_unknown_command_is_answered_and_harms_nothing() {
        let there = Installation::new("unknown");
        let (_stop, stopped) = watch::channel(false);
        let _door = open(&there.config, there.admin().await, stopped).unwrap().unwrap();
        for line in ["{}\n", "[[[[\n", "\0\n", "{\"request\":\"drop_everything\"}\n"] {
            let mut stream = UnixStream::connect(path(&there.config)).await.unwrap();
            stream.write_all(line.as_bytes()).await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            assert!(answer.contains("does not know this command"), "{line:?}: {answer}");
        }
        assert!(ask(&there.config, &Request::ClientList).await.unwrap().is_some());
    }
}
