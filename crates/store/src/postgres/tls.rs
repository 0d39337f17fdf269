//! TLS to PostgreSQL, for `sslmode=require`: always with the server's name and certificate verified.

use std::sync::Arc;

use rustls::ClientConfig;
use rustls::crypto::aws_lc_rs;
use rustls_platform_verifier::BuilderVerifierExt;
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::convert::unreachable;
use crate::DbError;

/// The roots are the operating system's.
pub(super) fn connector() -> Result<MakeRustlsConnect, DbError> {
    let failed = |e: rustls::Error| DbError::Refused(format!("TLS to PostgreSQL cannot be set up: {e}"));
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|it| it.with_platform_verifier())
        .map_err(failed)?
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// One connection outside the pools.
pub(super) async fn connect(config: &tokio_postgres::Config) -> Result<tokio_postgres::Client, DbError> {
    let failed = |e| unreachable(&e);
    match config.get_ssl_mode() {
        SslMode::Require => {
            let (client, connection) = config.connect(connector()?).await.map_err(failed)?;
            tokio::spawn(async move { drop(connection.await) });
            Ok(client)
        }
        _ => {
            let (client, connection) = config.connect(tokio_postgres::NoTls).await.map_err(failed)?;
            tokio::spawn(async move { drop(connection.await) });
            Ok(client)
        }
    }
}
