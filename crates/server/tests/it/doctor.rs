//! What `countersign doctor` says of the built program. Behind a proxy: `tests/deployed/doctor.test.mjs`.

use std::os::unix::fs::PermissionsExt as _;

use axum::Router;
use countersign_testkit::postgres_url;
use serde_json::Value as Json;

use crate::running::{Running, folder, free_port, usual};

/// What is not well: state, check, what was found. That there is no mail server is left out.
fn findings(report: &Json) -> Vec<(String, String, String)> {
    let text = |it: &Json, member: &str| it[member].as_str().unwrap().to_owned();
    let all = report["findings"].as_array().unwrap().iter();
    let bad = all.filter(|it| it["state"] != "ok" && it["check"] != "mail");
    bad.map(|it| (text(it, "state"), text(it, "check"), text(it, "what"))).collect()
}

fn ok(report: &Json, check: &str) -> String {
    let mut all = report["findings"].as_array().unwrap().iter();
    let found = all.find(|it| it["check"] == check && it["state"] == "ok");
    found.unwrap_or_else(|| panic!("{check}: {report}"))["what"].as_str().unwrap().to_owned()
}

#[test]
fn an_installation_that_is_well_is_said_to_be() {
    let server = Running::start("well", "");
    let report = server.json(&["doctor"]);
    assert_eq!(findings(&report), [], "{report}");
    assert!(ok(&report, "database").contains("WAL, every commit on the disk"), "{report}");
    assert!(ok(&report, "configuration").ends_with("in force"), "{report}");
    for check in
        ["file modes", "dns", "issuer", "instance", "path", "host", "client address", "cookies", "clock"]
    {
        ok(&report, check);
    }
}

#[test]
fn what_the_running_server_has_not_taken_over_yet_is_named() {
    let server = Running::start("late", "");
    server.rewrite("[sign_in]\nsign_up = false\n[[user]]\nemail = \"anna@example.com\"\n");
    let report = server.json(&["doctor"]);
    let says = "changed since the running server read it: sign_in, anna@example.com";
    assert_eq!(findings(&report), [("warn".to_owned(), "configuration".to_owned(), says.to_owned())]);
    assert_eq!(server.json(&["apply"])["written"], true);
    assert_eq!(findings(&server.json(&["doctor"])), []);
}

/// Another Countersign is the provider: it says whether it knows who asks.
#[test]
fn providers_are_asked_whether_they_know_this_server() {
    const CLIENT: &str = "[[client]]\nclient_id = \"second\"\nclient_secret_file = \"right\"\n\
                          redirect_uris = [\"https://id.example/cb\"]\n";
    let provider = |secret: &str, port: u16| {
        format!(
            "[outbound]\nallow = [\"localhost:{port}\"]\n[[provider]]\nname = \"work\"\nkind = \"oidc\"\nlabel = \"Work\"\ntoken_endpoint_auth_method = \"client_secret_basic\"\n\
             issuer = \"http://localhost:{port}\"\nclient_id = \"second\"\nclient_secret_file = \"{secret}\"\n"
        )
    };
    let start = |name: &str, rest: &dyn Fn(u16) -> String| {
        let (folder, port) = (folder(name), free_port());
        for (file, secret) in [
            ("right", "NzQ0OGY4ZDQtOWI1Mi00NzQ0OGY4ZDQtOWI1Mi00"),
            ("wrong", "Y2U5NDRhZTctNDkzMC00Y2U5NDRhZTctNDkzMC00"),
        ] {
            std::fs::write(folder.join(file), secret).unwrap();
            std::fs::set_permissions(folder.join(file), std::fs::Permissions::from_mode(0o600)).unwrap();
        }
        std::fs::write(folder.join("countersign.toml"), usual(port) + &rest(port)).unwrap();
        Running::from(folder, port)
    };
    let upstream = start("upstream", &|_| CLIENT.to_owned());
    let server = start("asks", &|_| provider("right", upstream.port));
    assert_eq!(ok(&server.json(&["doctor"]), "provider"), "work answers and knows this server");
    let found = |secret: &str, port| {
        server.rewrite(&provider(secret, port));
        server.hang_up();
        findings(&server.json(&["doctor"]))
    };
    let wrong = found("wrong", upstream.port);
    assert_eq!((wrong.len(), wrong[0].0.as_str()), (1, "fail"), "{wrong:?}");
    assert!(wrong[0].2.contains("does not take client_id and secret"), "{wrong:?}");
    let gone = found("right", free_port());
    assert_eq!((gone[0].0.as_str(), gone[0].1.as_str()), ("fail", "provider"), "{gone:?}");
}

/// The document is right, word for word; who gives it is somebody else.
#[tokio::test(flavor = "multi_thread")]
async fn another_server_at_the_issuers_address_is_found_out() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (other, port) = (listener.local_addr().unwrap().port(), free_port());
    let document = serde_json::json!({ "issuer": format!("http://localhost:{other}") }).to_string();
    let router = Router::new().fallback(async move || document);
    tokio::spawn(async move { axum::serve(listener, router).await });
    let folder = folder("other");
    let issuer = usual(port).replacen(&format!("localhost:{port}"), &format!("localhost:{other}"), 1);
    std::fs::write(folder.join("countersign.toml"), issuer).unwrap();
    let report = Running::from(folder, port).json(&["doctor"]);
    let found = findings(&report);
    assert_eq!(found.len(), 1, "{report}");
    assert_eq!((found[0].0.as_str(), found[0].1.as_str()), ("fail", "instance"), "{report}");
}

/// The command line goes to the database itself, and to the socket for what only the process knows.
#[tokio::test(flavor = "multi_thread")]
async fn on_postgresql_the_process_is_asked_at_a_socket_beside_the_configuration() {
    let Some(url) = postgres_url().await else { return };
    let (folder, port) = (folder("postgres"), free_port());
    let config = usual(port).replace("sqlite:countersign.db", &url);
    std::fs::write(folder.join("countersign.toml"), &config).unwrap();
    let server = Running::from(folder, port);
    assert!(server.folder.join("countersign.toml.sock").exists());
    let report = server.json(&["doctor"]);
    // The servers of the tests may write without fsync.
    let found: Vec<_> = findings(&report).into_iter().filter(|it| it.1 != "database").collect();
    assert_eq!(found, [], "{report}");
    ok(&report, "cookies");
    server.write(&format!("{config}[sign_in]\nsign_up = false\n"));
    assert_eq!(server.json(&["apply"])["applied"], serde_json::json!(["sign_in"]));
    server.logged("configuration reloaded", 1);
    // A password in the file is refused; one in the environment is the start's. Another database waits.
    server.write(&config.replace("application_name=", "connect_timeout=5&application_name="));
    let report = server.json(&["apply"]);
    assert_eq!(report["needs_restart"][0]["key"], "database", "{report}");
}
