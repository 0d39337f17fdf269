//! `countersign user`, `session` and `org`, over the socket of a running server.

use crate::running::Running;
use countersign_core::{Id, Party, TraceStep};
use countersign_server::admin::{Admin, Request, UserOrder};
use countersign_store::{trace, unit};
use countersign_testkit::World;
use serde_json::{Value as Json, json};
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

#[test]
fn an_account_is_switched_off_on_and_deleted_over_the_socket() {
    let server = Running::start("people", "");
    let made = server.json(&["user", "create", "anna@example.com"]);
    let id = made["user"].as_str().unwrap();
    assert_eq!(server.json(&["session", "list"]), json!({ "sessions": [] }));
    assert_eq!(server.json(&["session", "list", "anna@example.com"]), json!({ "sessions": [] }));
    let disabled = || server.json(&["user", "list"])["users"][0]["disabled"].clone();
    assert_eq!(
        server.json(&["user", "disable", "anna@example.com"]),
        json!({ "user": id, "now": "disabled" })
    );
    assert_eq!(disabled(), true);
    assert_eq!(server.json(&["user", "enable", id])["now"], "enabled");
    assert_eq!(disabled(), false);
    assert_eq!(server.json(&["session", "end", "--user", id])["now"], "ended");
    assert_eq!(server.json(&["user", "delete", id, "--yes"])["now"], "deleted");
    assert_eq!(server.json(&["user", "list"]), json!({ "users": [] }));
    for (line, told) in [
        (vec!["user", "disable", id], "no such account"),
        (vec!["session", "end", id], "no such session"),
        (vec!["session", "list", "nobody@example.com"], "no such account"),
    ] {
        let (code, _, errors) = server.command(&line);
        assert!(code != 0 && errors.contains(told), "{line:?}: {errors}");
    }
}

/// Lines of the trace wait up to a second to be written; who goes takes those along too.
#[tokio::test]
async fn no_line_of_the_trace_outlives_an_account_that_goes() {
    let world = World::new().await;
    let app = world.server.app.clone();
    let admin = Admin::new(app.clone(), None);
    let made = async |email: &str| {
        let made = admin.answer(Request::UserCreate { email: email.to_owned(), admin: false }).await.unwrap();
        made.json["user"].as_str().unwrap().to_owned()
    };
    let (anna, kim, into) =
        (made("a@example.net").await, made("k@example.net").await, made("i@example.net").await);
    let ends = [
        (&anna, Request::UserOrder { user: anna.clone(), order: UserOrder::Delete }),
        (&kim, Request::UserMerge { from: kim.clone(), into, dry_run: false }),
    ];
    for (n, (who, end)) in (1..).zip(ends) {
        let flow = Id::from_bytes([n; 16]);
        let mut step = TraceStep::new(flow, app.clock.now(), Party::Browser, Party::Countersign, "GET /");
        step.user = Some(who.parse().unwrap());
        app.trace.record(vec![step]);
        admin.answer(end).await.unwrap();
        app.trace.written().await;
        let steps = unit(move |tx| Box::pin(async move { trace::steps(tx, flow).await }));
        assert_eq!(app.db.read(steps).await.unwrap(), [], "{n}");
    }
}

#[test]
fn two_accounts_become_one_over_the_socket_and_a_dry_run_only_says_so() {
    let server = Running::start("merge", "");
    let made = |email: &str| server.json(&["user", "create", email])["user"].as_str().unwrap().to_owned();
    let (anna, kim) = (made("anna@example.com"), made("kim@example.net"));
    let count = || server.json(&["user", "list"])["users"].as_array().unwrap().len();
    let plan = server.json(&["user", "merge", "kim@example.net", "anna@example.com", "--dry-run"]);
    assert_eq!((&plan["from"], &plan["into"]), (&json!(kim), &json!(anna)));
    assert_eq!((&plan["emails"], &plan["phones"], &plan["written"]), (&json!(1), &json!(0), &json!(false)));
    assert_eq!(count(), 2);
    assert_eq!(server.json(&["user", "merge", &kim, &anna])["written"], true);
    assert_eq!(count(), 1);
    let (off, boss) =
        (made("off@example.net"), server.json(&["user", "create", "--admin", "boss@example.net"]));
    let boss = boss["user"].as_str().unwrap().to_owned();
    server.json(&["user", "disable", &off]);
    for (line, told) in [
        (vec!["user", "merge", "kim@example.net", "anna@example.com"], "name two accounts"),
        (vec!["user", "merge", &kim, "anna@example.com"], "see `countersign user list`"),
        (vec!["user", "merge", &off, "anna@example.com"], "`countersign user enable`"),
        (vec!["user", "merge", &boss, "anna@example.com"], "the other way round"),
    ] {
        let (code, _, errors) = server.command(&line);
        assert!(code != 0 && errors.contains(told), "{line:?}: {errors}");
    }
}

/// A mail server that is not there.
const AWAY: &str = "[smtp]\nhost = \"127.0.0.1\"\nport = 1\nsecurity = \"none\"\nfrom = \"a@b.test\"\n";

#[tokio::test(flavor = "multi_thread")]
async fn what_was_mailed_to_a_person_is_listed_with_what_became_of_it() {
    let server = Running::start("messages", AWAY);
    let anna = server.json(&["user", "create", "anna@example.com"])["user"].as_str().unwrap().to_owned();
    assert_eq!(server.json(&["user", "messages", "anna@example.com"]), json!({ "messages": [] }));
    server.ask_for_a_mail("anna@example.com").await;
    let until = Instant::now() + Duration::from_secs(30);
    let mail = loop {
        let all = server.json(&["user", "messages", &anna]);
        let mail = all["messages"][0].clone();
        if mail["reason"].is_string() {
            assert_eq!(all["messages"].as_array().unwrap().len(), 1);
            break mail;
        }
        assert!(Instant::now() < until, "{all}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert_eq!(
        (&mail["channel"], &mail["about"], &mail["to"], &mail["state"], &mail["transport"]),
        (&json!("mail"), &json!("reset_password"), &json!("anna@example.com"), &json!("queued"), &Json::Null)
    );
    assert!(
        mail["attempts"].as_u64() >= Some(1) && mail["reason"].as_str().unwrap().contains("smtp"),
        "{mail}"
    );
    let (code, text, errors) = server.command(&["user", "messages", &anna]);
    assert!(code == 0 && text.contains("reset_password") && text.contains("queued"), "{text}{errors}");
    assert!(!text.contains("/reset?"), "no link stands in the trail: {text}");
    let (code, _, errors) = server.command(&["user", "messages", "nobody@example.com"]);
    assert!(code != 0 && errors.contains("no such account"), "{errors}");
}

/// A mail server without SMTPUTF8: it says yes to everything, and was never asked to take the mail.
#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_no_transport_can_write_to_is_refused_once_and_the_trail_says_why() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (read, mut write) = socket.split();
                let mut lines = BufReader::new(read).lines();
                write.write_all(b"220 sink\r\n").await.unwrap();
                while let Ok(Some(_)) = lines.next_line().await {
                    let _ = write.write_all(b"250 sink\r\n").await;
                }
            });
        }
    });
    let server = Running::start("umlaut", &AWAY.replace("port = 1\n", &format!("port = {port}\n")));
    server.json(&["user", "create", "ünï@example.net"]);
    server.ask_for_a_mail("ünï@example.net").await;
    let until = Instant::now() + Duration::from_secs(30);
    let mail = loop {
        let mail = server.json(&["user", "messages", "ünï@example.net"])["messages"][0].clone();
        if mail["reason"].is_string() {
            break mail;
        }
        assert!(Instant::now() < until, "{mail}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert_eq!((&mail["state"], &mail["attempts"]), (&json!("refused"), &json!(1)), "{mail}");
    assert!(mail["reason"].as_str().unwrap().contains("letters beyond ASCII"), "{mail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_is_kept_about_a_person_is_handed_out_without_secrets_and_the_record_says_so() {
    let server = Running::start("export", AWAY);
    let made = server.json(&["user", "create", "anna@example.com"]);
    let (id, link) = (made["user"].as_str().unwrap(), made["link"].as_str().unwrap());
    let mut browser = server.browser();
    let page = browser.open(link).await;
    let done = browser.press(&page, "continue", &[("new-password", "seven green bicycles")]).await;
    assert_eq!(done.status, 200, "{}", done.body);
    let all = server.json(&["user", "export", "anna@example.com"]);
    assert_eq!(all["format"], "countersign.account/1");
    assert_eq!(all["emails"][0]["address"], "anna@example.com");
    assert_eq!(all["sessions"].as_array().unwrap().len(), 1);
    assert!(all["account"]["password_changed_at"].is_string(), "{all}");
    let text = all.to_string();
    let (_, secret) = link.rsplit_once('=').unwrap();
    for never in ["$argon2", "seven green bicycles", secret] {
        assert!(!text.contains(never), "{never}");
    }
    let again = server.json(&["user", "export", id]);
    assert!(again["activity"].as_array().unwrap().iter().any(|it| it["kind"] == "data.exported"), "{again}");
    let (code, _, errors) = server.command(&["user", "export", "nobody@example.com"]);
    assert!(code != 0 && errors.contains("no such account"), "{errors}");
}

#[test]
fn an_organization_is_made_and_its_members_come_and_go_over_the_socket() {
    let server = Running::start("organizations", "");
    let anna = server.json(&["user", "create", "anna@example.com"])["user"].clone();
    assert_eq!(server.json(&["org", "list"]), json!({ "organizations": [] }));
    assert_eq!(
        server.json(&["org", "create", "acme", "--name", "Acme Ltd"]),
        json!({ "organization": "acme", "name": "Acme Ltd" })
    );
    let member = |act: &str, who: &str| server.json(&["org", "member", act, "acme", who]);
    let added = json!({ "organization": "acme", "user": anna, "now": "added" });
    assert_eq!(member("add", "anna@example.com"), added);
    let shown = server.json(&["org", "show", "acme"]);
    assert_eq!((&shown["members"], &shown["apps"]), (&json!(1), &json!([])));
    assert_eq!(server.json(&["org", "list"])["organizations"][0], shown);
    let members = server.json(&["org", "member", "list", "acme"]);
    assert_eq!(
        (&members["members"][0]["user"], &members["members"][0]["email"]),
        (&anna, &json!("anna@example.com"))
    );
    for (line, told) in [
        (vec!["org", "create", "acme"], "another organization has this handle"),
        (vec!["org", "create", "Acme Ltd"], "lower-case letters"),
        (vec!["org", "show", "beta"], "no such organization"),
        (vec!["org", "member", "list", "no handle"], "no such organization"),
        (vec!["org", "member", "add", "beta", "anna@example.com"], "no such organization"),
        (vec!["org", "member", "add", "acme", "nobody@example.com"], "no such account"),
        (vec!["org", "member", "add", "acme", "anna@example.com"], "a member already"),
    ] {
        let (code, _, errors) = server.command(&line);
        assert!(code != 0 && errors.contains(told), "{line:?}: {errors}");
    }
    assert_eq!(member("remove", anna.as_str().unwrap())["now"], "removed");
    let (code, _, errors) = server.command(&["org", "member", "remove", "acme", "anna@example.com"]);
    assert!(code != 0 && errors.contains("no member"), "{errors}");
    assert_eq!(server.json(&["org", "member", "list", "acme"])["members"], json!([]));
}

/// What the configuration says of memberships is so after the next `apply`.
#[test]
fn declared_memberships_come_and_go_with_the_configuration() {
    let declared = |organizations: &str| {
        format!(
            "[[organization]]\nhandle = \"acme\"\nname = \"Acme\"\n\
             [[user]]\nemail = \"anna@example.com\"\norganizations = [{organizations}]\n\
             [[client]]\nclient_id = \"planner\"\norganization = \"acme\"\n\
             token_endpoint_auth_method = \"none\"\nredirect_uris = [\"https://planner.example/cb\"]\n"
        )
    };
    let server = Running::start("memberships", &declared("\"acme\""));
    let shown = server.json(&["org", "show", "acme"]);
    assert_eq!(
        (&shown["members"], &shown["apps"], &shown["name"]),
        (&json!(1), &json!(["planner"]), &json!("Acme"))
    );
    let apply = |text: &str| {
        let file = server.folder.join("more.toml");
        std::fs::write(&file, text).unwrap();
        server.command(&["apply", file.to_str().unwrap(), "--json"])
    };
    let (code, out, errors) = apply(&declared(""));
    assert!(
        code == 0 && out.contains("\"remove\"") && out.contains("anna@example.com in acme"),
        "{out}{errors}"
    );
    assert_eq!(server.json(&["org", "show", "acme"])["members"], 0);
    let (code, out, errors) = apply("[[user]]\nemail = \"anna@example.com\"\norganizations = [\"beta\"]\n");
    assert!(code != 0 && out.contains("there is no organization `beta`"), "{out}{errors}");
    let slip = declared("").replace("organization = \"acme\"", "organization = \"acne\"");
    let (code, out, errors) = apply(&slip);
    assert!(code != 0 && out.contains("there is no organization `acne`"), "{out}{errors}");
}

/// What the configuration declares of somebody ends with their account, until an operator makes them again.
#[test]
fn a_deleted_person_is_told_of_and_not_made_again_by_a_start() {
    let declared = "[[user]]\nemail = \"anna@example.com\"\nemail_verified = true\nadmin = true\n";
    let mut server = Running::start("deleted", declared);
    let people = |server: &Running| server.json(&["user", "list"])["users"].as_array().unwrap().clone();
    assert_eq!(people(&server)[0]["admin"], true);
    server.json(&["user", "delete", "anna@example.com", "--yes"]);
    let (code, plan, errors) = server.command(&["apply", "--check"]);
    assert!(code == 0 && plan.contains("! user anna@example.com: was deleted"), "{plan}{errors}");
    assert!(plan.contains("0 change"), "{plan}");
    let report = server.json(&["apply"]);
    assert_eq!(report["changes"][0]["act"], "note", "{report}");
    server.kill();
    server.again();
    assert_eq!(people(&server).len(), 0);
    assert!(server.log().contains("anna@example.com"), "{}", server.log());
    server.json(&["user", "create", "anna@example.com"]);
    assert_eq!(server.json(&["apply"])["changes"][0]["act"], "change");
    assert_eq!(people(&server)[0]["admin"], true);
}

/// A slip of the pen is told with its line, by whatever reads the configuration, and is no fault of the database.
#[test]
fn an_organization_that_nobody_made_is_refused_with_its_line() {
    let at = |line: usize| format!("countersign.toml:{line}:");
    let app = "[[client]]\nclient_id = \"planner\"\ntoken_endpoint_auth_method = \"none\"\n\
               redirect_uris = [\"https://planner.example/cb\"]\n";
    let mut server = Running::start("no-organization", app);
    let lines = std::fs::read_to_string(server.folder.join("countersign.toml")).unwrap().lines().count();
    server.rewrite(&format!("{app}organization = \"nope\"\n"));
    let (code, said, _) = server.command(&["serve", "--check"]);
    assert!(
        code == 0 && said.contains("ok: ") && said.contains(&at(lines + 1)) && said.contains("`nope`"),
        "{said}"
    );
    assert_eq!(server.json(&["serve", "--check"])["warnings"].as_array().unwrap().len(), 1);
    let (code, _, said) = server.command(&["apply"]);
    assert!(
        code == 3 && said.contains(&at(lines + 1)) && said.contains("`countersign org create nope`"),
        "{said}"
    );
    server.kill();
    let (code, said) = server.refuses();
    assert!(code == Some(3) && said.contains(&at(lines + 1)) && !said.contains("database"), "{said}");
    server.rewrite(&format!("{app}[[user]]\nemail = \"anna@example.com\"\norganizations = [\"ghost\"]\n"));
    let (code, said) = server.refuses();
    assert!(code == Some(3) && said.contains(&at(lines + 3)) && said.contains("`ghost`"), "{said}");
    server.json(&["org", "create", "ghost"]);
    server.again();
}

/// A file for `apply` neither takes over an app of the configuration nor lies about it until the next reload.
#[test]
fn what_the_configuration_declares_a_file_does_not_change() {
    let app = "[[client]]\nclient_id = \"web\"\nclient_secret_sha256 = [\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"]\n\
               redirect_uris = [\"https://web.example/cb\"]\n";
    let api = "[[resource]]\nidentifier = \"https://api.example\"\nscope = \"read\"\n";
    let server = Running::start("owned", &format!("{app}{api}"));
    let apply = |text: &str| {
        let file = server.folder.join("more.toml");
        std::fs::write(&file, text).unwrap();
        server.command(&["apply", file.to_str().unwrap()])
    };
    let public = "[[client]]\nclient_id = \"web\"\ntoken_endpoint_auth_method = \"none\"\nredirect_uris = [\"https://web.example/cb\"]\n";
    let (code, _, said) = apply(public);
    assert!(code == 1 && said.contains("the configuration owns client `web`"), "{said}");
    let (code, _, said) = apply(&api.replace("read", "write"));
    assert!(code == 1 && said.contains("the configuration owns resource `https://api.example`"), "{said}");
    assert_eq!(
        server.json(&["client", "list"])["clients"][0]["token_endpoint_auth_method"],
        "client_secret_basic"
    );
    let (code, said, _) = apply(&format!("{app}{api}{}", public.replace("\"web\"", "\"other\"")));
    assert!(code == 0 && said.contains("+ client other") && said.contains("1 change"), "{said}");
}
