//! Nodes tell each other that something has changed, so that nobody waits for the next look. Only a hint: what is true is
//! found by looking, with this connection or without.

use std::time::Duration;

use futures_util::stream::poll_fn;
use futures_util::{StreamExt, TryStreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio_postgres::config::SslMode;
use tokio_postgres::{AsyncMessage, Client, Connection, NoTls, SimpleQueryMessage};

use super::convert::{unreachable, wrong};
use super::tls;
use crate::DbError;
use crate::counters::Shared;

/// At most one notification in this time: many commits are one piece of news.
const PAUSE: Duration = Duration::from_millis(50);
/// Before the next try, when the connection is lost.
const AGAIN: Duration = Duration::from_secs(1);
/// Asks for what the channel is named after, so that databases in one cluster and schemas in one database stay apart, and
/// for what this connection is called there.
const WHO: &str = "SELECT pg_backend_pid(), quote_ident('countersign:' || COALESCE(current_schema(), ''))";

/// Tells and hears, for as long as the process lives. On a connection of its own: a pooled one would not hear.
pub(super) async fn follow(config: &tokio_postgres::Config, shared: &Shared) {
    loop {
        if let Err(error) = once(config, shared).await {
            tracing::debug!(%error, "other nodes are heard by looking, until the connection is back");
        }
        tokio::time::sleep(AGAIN).await;
    }
}

async fn once(config: &tokio_postgres::Config, shared: &Shared) -> Result<(), DbError> {
    let (client, mut heard) = listen(config).await?;
    let failed = |e| wrong("LISTEN", &e);
    let answer = client.simple_query(WHO).await.map_err(failed)?;
    let row =
        answer.iter().find_map(|it| if let SimpleQueryMessage::Row(row) = it { Some(row) } else { None });
    let said = |at| row.and_then(|row| row.try_get(at).ok().flatten()).unwrap_or_default().to_owned();
    let (own, channel) = (said(0), said(1));
    client.batch_execute(&format!("LISTEN {channel}")).await.map_err(failed)?;
    // What was said while nobody listened.
    shared.hear();
    let mut told = shared.told();
    let telling = async {
        while told.changed().await.is_ok() {
            client.batch_execute(&format!("NOTIFY {channel}")).await.map_err(failed)?;
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    };
    let hearing = async {
        while let Some(pid) = heard.recv().await {
            // Our own commits have woken us already.
            if pid.to_string() != own {
                shared.hear();
            }
        }
        Err(DbError::Unavailable("the connection that listens has ended".to_owned()))
    };
    tokio::select! { ended = telling => ended, ended = hearing => ended }
}

/// A connection whose notifications come out at the side, by the process that sent each.
async fn listen(config: &tokio_postgres::Config) -> Result<(Client, mpsc::Receiver<i32>), DbError> {
    let (say, heard) = mpsc::channel(16);
    let failed = |e| unreachable(&e);
    let client = match config.get_ssl_mode() {
        SslMode::Require => {
            let (client, connection) = config.connect(tls::connector()?).await.map_err(failed)?;
            tokio::spawn(drive(connection, say));
            client
        }
        _ => {
            let (client, connection) = config.connect(NoTls).await.map_err(failed)?;
            tokio::spawn(drive(connection, say));
            client
        }
    };
    Ok((client, heard))
}

async fn drive<S, T>(mut connection: Connection<S, T>, say: mpsc::Sender<i32>)
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    let mut messages = poll_fn(move |cx| connection.poll_message(cx)).into_stream();
    while let Some(Ok(message)) = messages.next().await {
        if let AsyncMessage::Notification(it) = message {
            // Full means that a look is due anyway.
            let _ = say.try_send(it.process_id());
        }
    }
}
