//! What SIGHUP and `countersign apply` change while the server runs.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::running::{Running, exchange, folder, free_port, usual};

const LIVE: &str = "GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n";

const APP: &str = "[[client]]\nclient_id = \"late\"\ntoken_endpoint_auth_method = \"none\"\n\
                   redirect_uris = [\"https://late.test/\"]\n";

#[tokio::test]
async fn a_request_under_way_and_a_kept_connection_survive_sighup() {
    let server = Running::start("survive", "");
    let (mut kept, mut slow) = (server.connect().await, server.connect().await);
    assert_eq!(exchange(&mut kept, LIVE).await.0, 200);
    let body = "grant_type=authorization_code&code=x&client_id=late";
    let head = format!(
        "POST /token HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let (first, second) = body.split_at(20);
    slow.write_all((head + first).as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;

    server.rewrite(&format!("[lifetimes]\ncode = \"30s\"\n{APP}"));
    let log = server.hang_up();
    assert!(log.contains("configuration reloaded") && log.contains("lifetimes"), "{log}");

    let (status, answer) = exchange(&mut slow, second).await;
    assert_eq!(status, 400, "{answer}");
    // The client came with the reload: the request that began before it knows it.
    assert!(answer.contains("invalid_grant"), "{answer}");
    assert_eq!(exchange(&mut kept, LIVE).await.0, 200);
    assert_eq!(exchange(&mut slow, LIVE).await.0, 200);
}

#[tokio::test]
async fn a_providers_button_comes_and_goes_with_the_configuration() {
    let server = Running::start("providers", "");
    std::fs::write(server.folder.join("provider.secret"), "q3Zk9vXyT1p0sV4rW8uB2nM5cL7eH6dA").unwrap();
    let page = async || {
        let login = "GET /login HTTP/1.1\r\nhost: localhost\r\naccept: text/html\r\n\r\n";
        exchange(&mut server.connect().await, login).await.1
    };
    assert!(!page().await.contains("provider-forge"));
    let section = |more: &str| {
        format!(
            "[[provider]]\nname = \"forge\"\nkind = \"github\"\nlabel = \"The Forge\"\nclient_id = \"x\"\n\
             client_secret_file = \"provider.secret\"\n{more}"
        )
    };
    server.rewrite(&section(""));
    assert!(server.hang_up().contains("provider"));
    assert!(page().await.contains("Continue with The Forge"));
    server.rewrite(&section("disabled = true\n"));
    server.hang_up();
    assert!(!page().await.contains("provider-forge"));
}

#[tokio::test]
async fn the_next_mail_goes_to_the_new_mail_server() {
    let (first, second) = (mail_server().await, mail_server().await);
    let to = |port| {
        format!("[smtp]\nhost = \"127.0.0.1\"\nport = {port}\nsecurity = \"none\"\nfrom = \"a@b.test\"\n")
    };
    let server = Running::start("mail", &to(first.0));
    server.ask_for_a_mail("anna@example.com").await;
    arrives(&first, 1).await;

    server.rewrite(&to(second.0));
    assert!(server.hang_up().contains("smtp"));
    server.ask_for_a_mail("bo@example.com").await;
    arrives(&second, 1).await;
    assert_eq!(first.1.load(Ordering::SeqCst), 1);

    // Without a mail server nothing is queued; with one again, mails leave again.
    server.rewrite("");
    server.hang_up();
    server.ask_for_a_mail("cy@example.com").await;
    server.rewrite(&to(first.0));
    server.hang_up();
    server.ask_for_a_mail("di@example.com").await;
    arrives(&first, 2).await;
    assert_eq!(second.1.load(Ordering::SeqCst), 1);
}

#[test]
fn level_and_form_of_the_log_change() {
    let server = Running::start("log", "[log]\nformat = \"json\"\nlevel = \"info\"\n");
    assert!(server.log().lines().all(|line| line.starts_with('{')), "{}", server.log());
    server.rewrite("[log]\nformat = \"human\"\nlevel = \"info\"\n");
    let log = server.hang_up();
    assert!(log.lines().last().is_some_and(|line| !line.starts_with('{')), "{log}");
    server.rewrite("[log]\nformat = \"human\"\nlevel = \"error\"\n");
    let pid_log = server.log().len();
    let report = server.json(&["apply"]);
    assert_eq!(report["applied"], serde_json::json!(["log"]));
    assert_eq!(server.json(&["apply"])["applied"], serde_json::json!([]));
    assert!(!server.log()[pid_log..].contains("configuration reloaded"), "{}", server.log());
}

#[test]
fn what_waits_for_the_next_start_is_named_with_its_line_and_the_rest_is_applied() {
    let server = Running::start("waits", "");
    std::fs::write(server.folder.join("other.key"), "Zk3vQ9xR7tB1nM5pL0sD8fG2hJ6kW4eYcUaVoIzXqTw\n").unwrap();
    let other = free_port();
    server.write(&format!(
        "version = 1\nlisten = \"127.0.0.1:{other}\"\nissuer = \"http://localhost:{other}\"\n\
         database = \"sqlite:other.db\"\nmaster_key_file = \"other.key\"\n\
         [tls]\ncertificate_file = \"none.pem\"\nkey_file = \"none.key\"\n[sign_in]\nsign_up = false\n{APP}"
    ));
    let expected = [("issuer", 3), ("listen", 2), ("database", 4), ("master_key", 5), ("tls", 6)];
    // The socket is beside the database of the start.
    let socket = server.folder.join("countersign.db.sock");
    let wanted = server.folder.join("other.db.sock");
    std::os::unix::fs::symlink(&socket, &wanted).unwrap();

    let check = server.json(&["apply", "--check"]);
    assert_eq!(check["written"], false);
    let report = server.json(&["apply"]);
    for report in [&check, &report] {
        let waits = report["needs_restart"].as_array().unwrap();
        let named: Vec<_> = waits
            .iter()
            .map(|it| (it["key"].as_str().unwrap(), it["place"]["file"]["line"].as_i64().unwrap()))
            .collect();
        assert_eq!(named, expected, "{report}");
        assert_eq!(report["applied"], serde_json::json!(["sign_in"]), "{report}");
        assert_eq!(report["changes"][0]["id"], "late", "{report}");
    }
    assert_eq!(report["written"], true);

    let log = server.hang_up();
    for (key, line) in expected {
        let said = format!("{key}: takes effect at the next start");
        let found = log.lines().find(|it| it.contains(&said)).unwrap_or_else(|| panic!("{key}: {log}"));
        assert!(found.contains("WARN") && found.contains(&format!("countersign.toml:{line}:")), "{found}");
    }
    let (_, text, _) = server.command(&["apply"]);
    assert!(text.contains("! listen: takes effect at the next start"), "{text}");
    assert!(text.contains("5 for the next start"), "{text}");
}

#[tokio::test]
async fn a_wrong_configuration_changes_nothing_at_all() {
    let server = Running::start("wrong", "[sign_in]\nsign_up = true\n");
    let wrong = [
        ("[sign_in]\nsign_upp = false\n", 7),
        ("[log]\nlevel = \"trace\"\n[lifetimes]\ncode = \"9d\"\n", 9),
        ("[sign_in]\nsign_up = false\n[outbound]\nca_file = \"master.key\"\n", 9),
        (
            "[sign_in]\nsign_up = false\n[[user]]\nemail = \"anna@example.com\"\n[[user]]\nemail = \"a@b@c\"\n",
            11,
        ),
        ("[sign_in]\nsign_up = false\n[[user]]\nemail = \"a@b.test\"\npassword_hash = \"$argon2id$x\"\n", 10),
    ];
    for (nth, (rest, line)) in wrong.into_iter().enumerate() {
        server.rewrite(&format!("{rest}{APP}"));
        let log = server.hang_up();
        assert!(log.contains("configuration not reloaded; everything stays as it was"), "{log}");
        assert!(log.contains(&format!("countersign.toml:{line}:")), "{rest}: {log}");
        assert!(!log.contains("configuration reloaded"), "{log}");
        // With a sound configuration the command line reaches the server, and finds what was there before.
        server.rewrite("[sign_in]\nsign_up = true\n");
        assert_eq!(server.json(&["client", "list"])["clients"], serde_json::json!([]));
        assert_eq!(server.json(&["user", "list"])["users"], serde_json::json!([]));
        let report = server.json(&["apply"]);
        assert_eq!(
            (&report["applied"], &report["changes"]),
            (&serde_json::json!([]), &serde_json::json!([]))
        );
        // Its line may come after its answer, and is not the next one's.
        server.logged("configuration reloaded", nth + 1);
    }
    let page = server.browser().get("/signup").await;
    assert!(page.status.is_success() || page.status.is_redirection(), "{}", page.status);
}

#[test]
fn without_a_running_server_there_is_nothing_to_reload() {
    let server = Running::start("nobody", "");
    let away = folder("nobody-away");
    std::fs::write(away.join("countersign.toml"), usual(server.port)).unwrap();
    std::fs::copy(server.folder.join("master.key"), away.join("master.key")).unwrap();
    let config = away.join("countersign.toml");
    let done = Command::new(env!("CARGO_BIN_EXE_countersign"))
        .args(["apply", "--json", "--config"])
        .arg(config)
        .output()
        .unwrap();
    assert_eq!(done.status.code(), Some(1));
    let answer: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(answer["error"]["what"], "no server runs here");
    std::fs::remove_dir_all(away).unwrap();
}

#[tokio::test]
async fn new_connections_get_the_new_certificate_and_old_ones_go_on() {
    let (folder, port) = (folder("tls"), free_port());
    let make = |name: &str| {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/lib/make-ca");
        assert!(Command::new(script).arg(folder.join(name)).status().unwrap().success());
    };
    make("old");
    make("new");
    let config = |name: &str| {
        format!(
            "{}[tls]\ncertificate_file = \"{name}/cert.pem\"\nkey_file = \"{name}/key.pem\"\n",
            usual(port).replace("http://", "https://")
        )
    };
    std::fs::write(folder.join("countersign.toml"), config("old")).unwrap();
    let server = Running::from(folder, port);
    let mut kept = shake(&server, "old").await.unwrap();
    assert_eq!(exchange(&mut kept, LIVE).await.0, 200);
    assert!(shake(&server, "new").await.is_err());

    // Other files by other names; then other files by the same names.
    server.write(&config("new"));
    assert!(server.hang_up().contains("tls"));
    assert!(shake(&server, "old").await.is_err());
    assert_eq!(exchange(&mut shake(&server, "new").await.unwrap(), LIVE).await.0, 200);
    assert_eq!(exchange(&mut kept, LIVE).await.0, 200);

    std::fs::write(server.folder.join("new/cert.pem"), "nothing").unwrap();
    server.write(&format!("{}[sign_in]\nsign_up = false\n", config("new")));
    let log = server.hang_up();
    assert!(log.contains("not reloaded") && log.contains("countersign.toml:6:"), "{log}");
    assert_eq!(exchange(&mut shake(&server, "new").await.unwrap(), LIVE).await.0, 200);
    std::fs::copy(server.folder.join("old/cert.pem"), server.folder.join("new/cert.pem")).unwrap();
    std::fs::copy(server.folder.join("old/key.pem"), server.folder.join("new/key.pem")).unwrap();
    assert!(server.hang_up().contains("sign_in, tls"));
    assert_eq!(exchange(&mut shake(&server, "old").await.unwrap(), LIVE).await.0, 200);
}

/// A handshake that trusts the authority of one of the folders only.
async fn shake(server: &Running, authority: &str) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    let pem = server.folder.join(authority).join("ca.pem");
    roots.add(CertificateDer::from_pem_file(pem).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, server.connect().await).await
}

/// A mail server that takes everything and counts.
async fn mail_server() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (port, count) = (listener.local_addr().unwrap().port(), Arc::new(AtomicUsize::new(0)));
    let taken = count.clone();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(take_mails(stream, taken.clone()));
        }
    });
    (port, count)
}

async fn take_mails(stream: TcpStream, taken: Arc<AtomicUsize>) {
    let mut stream = BufReader::new(stream);
    let mut data = false;
    let _ = stream.write_all(b"220 mail.test\r\n").await;
    let mut line = String::new();
    while matches!(stream.read_line(&mut line).await, Ok(read) if read > 0) {
        let reply = match line.trim_end() {
            "." if data => {
                data = false;
                taken.fetch_add(1, Ordering::SeqCst);
                "250 ok\r\n"
            }
            _ if data => "",
            "DATA" => {
                data = true;
                "354 go on\r\n"
            }
            _ => "250 ok\r\n",
        };
        let _ = stream.write_all(reply.as_bytes()).await;
        line.clear();
    }
}

async fn arrives(server: &(u16, Arc<AtomicUsize>), mails: usize) {
    for _ in 0..300 {
        if server.1.load(Ordering::SeqCst) >= mails {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{} of {mails} mails arrived", server.1.load(Ordering::SeqCst));
}
