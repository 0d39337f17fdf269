//! The certificate of the server, and that it can be changed while running. The two here are for these tests alone.

use std::path::PathBuf;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::*;
use crate::config::TlsFiles;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/listen/tests/certificates");

pub(super) fn one() -> Tls {
    Tls::load(&files("one")).unwrap()
}

/// A connection whose client trusts both certificates and nothing else.
pub(super) async fn trusting(alpn: &[&str], to: SocketAddr) -> TlsStream<TcpStream> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(certificate("one")).unwrap();
    roots.add(certificate("two")).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    let stream = TcpStream::connect(to).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap()
}

fn files(name: &str) -> TlsFiles {
    let file = |end| PathBuf::from(format!("{FOLDER}/{name}.{end}"));
    TlsFiles { certificate: file("pem"), key: file("key") }
}

fn certificate(name: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_file(files(name).certificate).unwrap()
}

fn shown(stream: &TlsStream<TcpStream>) -> CertificateDer<'static> {
    stream.get_ref().1.peer_certificates().unwrap()[0].clone().into_owned()
}

async fn served(stream: &mut TlsStream<TcpStream>) {
    stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    assert_eq!(answer(stream).await.1, "hello");
}

#[tokio::test]
async fn after_an_exchange_new_connections_see_the_new_certificate_and_old_ones_live_on() {
    let folder = std::env::temp_dir().join(format!("countersign-reload-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let here = TlsFiles { certificate: folder.join("cert.pem"), key: folder.join("key.pem") };
    let put = |name| {
        std::fs::copy(files(name).certificate, &here.certificate).unwrap();
        std::fs::copy(files(name).key, &here.key).unwrap();
    };
    put("one");
    let tls = Tls::load(&here).unwrap();
    let long = Limits { head: Duration::from_secs(20), ..limits() };
    let server = start_with(long, Some(tls.clone())).await;
    let mut old = trusting(&["http/1.1"], server.address).await;
    assert_eq!(shown(&old), certificate("one"));
    served(&mut old).await;

    put("two");
    let changed = Certificate::read(&here).unwrap();
    assert!(tls.differs(&changed));
    tls.exchange(changed);
    assert!(!tls.differs(&Certificate::read(&here).unwrap()));
    let mut new = trusting(&["http/1.1"], server.address).await;
    assert_eq!(shown(&new), certificate("two"));
    served(&mut new).await;
    served(&mut old).await;

    // Files that do not fit together are refused before anything is exchanged.
    std::fs::copy(files("one").key, &here.key).unwrap();
    assert!(matches!(Certificate::read(&here), Err(TlsError::Unusable(_))));
    std::fs::write(&here.certificate, "").unwrap();
    assert!(matches!(Certificate::read(&here), Err(TlsError::Empty(_))));
    std::fs::remove_file(&here.certificate).unwrap();
    assert!(matches!(Certificate::read(&here), Err(TlsError::File { .. })));
    let mut newer = trusting(&["http/1.1"], server.address).await;
    assert_eq!(shown(&newer), certificate("two"));
    served(&mut newer).await;
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
async fn whoever_speaks_no_tls_or_stops_in_the_handshake_is_dropped() {
    let quick = Limits { handshake: Duration::from_millis(300), ..limits() };
    let server = start_with(quick, Some(one())).await;
    let mut silent = server.open().await;
    let mut clear = server.open().await;
    clear.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    let mut alert = Vec::new();
    let _ = clear.read_to_end(&mut alert).await;
    assert!(!alert.starts_with(b"HTTP/"));
    assert_eq!(rest(&mut silent).await, "");
    let mut stream = trusting(&["http/1.1"], server.address).await;
    served(&mut stream).await;
}
