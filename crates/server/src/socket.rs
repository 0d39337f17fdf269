//! The operators' door of a running server on SQLite: a socket beside the database, for its owner only.
//!
//! SQLite belongs to one process, so the command line cannot open it while a server runs; it asks the server. One
//! line of JSON goes in, one comes out.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
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

/// Where the door of this installation is; PostgreSQL needs none.
pub fn path(config: &Config) -> Option<PathBuf> {
    match &config.database {
        Database::Sqlite(file) => {
            let mut name = file.clone().into_os_string();
            name.push(".sock");
            Some(PathBuf::from(name))
        }
        Database::Postgres(_) => None,
    }
}

/// Opens the door. The database is ours alone by now, so a socket that is there belongs to nobody any more.
pub fn open(
    config: &Config,
    admin: Admin,
    stop: watch::Receiver<bool>,
) -> Result<Option<JoinHandle<()>>, Failure> {
    let Some(path) = path(config) else { return Ok(None) };
    let listener = bind(&path).map_err(|error| {
        Failure::new(
            format!("{} cannot be made", path.display()),
            error,
            "the folder of the database must be writable, and its path shorter than 100 characters",
        )
    })?;
    Ok(Some(tokio::spawn(serve(listener, path, admin, stop))))
}

/// Asks the running server. `None`: none runs.
pub async fn ask(config: &Config, request: &Request) -> Result<Option<Reply>, Failure> {
    let Some(path) = path(config) else { return Ok(None) };
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
    let mut answer = Vec::new();
    BufReader::new(stream).read_until(b'\n', &mut answer).await.map_err(|error| broken(&error))?;
    match serde_json::from_slice(&answer).map_err(|error| broken(&error))? {
        Answer::Reply(reply) => Ok(Some(reply)),
        Answer::Failure(failure) => Err(failure),
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
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
            match tokio::time::timeout(PATIENCE, answer(stream, &admin)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::debug!(%error, "an operator's command ended early"),
                Err(_) => tracing::warn!("an operator's command took too long"),
            }
        });
    }
    // A socket left behind does no harm: nobody listens, and the next server replaces it.
    let _ = fs::remove_file(&path);
}

async fn answer(stream: UnixStream, admin: &Admin) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut line = Vec::new();
    (&mut stream).take(LONGEST).read_until(b'\n', &mut line).await?;
    let answer = match serde_json::from_slice::<Request>(&line) {
        Ok(request) => match admin.answer(request).await {
            Ok(reply) => Answer::Reply(reply),
            Err(failure) => Answer::Failure(failure),
        },
        Err(error) => Answer::Failure(Failure::new(
            "the running server does not know this command",
            error,
            "use the same version for both, or restart the server",
        )),
    };
    let mut bytes = serde_json::to_vec(&answer)?;
    bytes.push(b'\n');
    stream.write_all(&bytes).await?;
    stream.flush().await
}
