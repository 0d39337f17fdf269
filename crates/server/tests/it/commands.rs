//! What operators do at the command line, and what comes of it.

use std::time::{Duration, Instant};

use axum::http::Method;
use serde_json::{Value as Json, json};

use crate::running::{PROGRAM, Running};

#[tokio::test(flavor = "multi_thread")]
async fn the_first_administrator_gets_in_by_a_link_that_works_once() {
    let server = Running::start("admin", "");
    let made = server.json(&["user", "create", "--admin", "boss@example.org"]);
    assert_eq!(made["admin"], true, "{made}");
    let link = made["link"].as_str().unwrap();
    let mut browser = server.browser();
    let page = browser.open(link).await;
    let weak = browser.press(&page, "continue", &[("new-password", "short")]).await;
    assert_eq!(weak.status, 422, "{}", weak.body);
    let done = browser.press(&page, "continue", &[("new-password", "seven green bicycles")]).await;
    assert_eq!(done.status, 200, "{}", done.body);
    assert!(browser.open("/account").await.body.contains("boss@example.org"));
    assert_eq!(server.browser().open(link).await.status, 410);
    let again = browser.press(&page, "continue", &[("new-password", "seven red bicycles")]).await;
    assert_eq!(again.status, 410);
    let (code, _, errors) = server.command(&["user", "create", "boss@example.org"]);
    assert!(code == 1 && errors.contains("has this address already"), "{errors}");
    let (_, people, _) = server.command(&["user", "list"]);
    assert!(people.contains("boss@example.org") && people.contains("admin"), "{people}");
}

#[test]
fn help_says_of_each_command_what_it_does_and_takes() {
    for (line, told) in [
        (&["user", "--help"][..], &["messages", "export", "merge"][..]),
        (&["user", "messages", "--help"], &["30 days", "<USER>", "--json"]),
        (&["user", "export", "--help"], &["No password, no secret", "<USER>", "--json"]),
        (&["user", "merge", "--help"], &["phones", "<FROM> <INTO>", "--dry-run", "--json"]),
        (
            &["passwords", "compile", "--help"],
            &["breached_file", "<FROM> <TO>", "--at-least", "--bits", "--json"],
        ),
        (&["dev", "--help"], &["--pages", "--fresh", "--json"]),
    ] {
        let done = std::process::Command::new(PROGRAM).args(line).output().unwrap();
        // Lines are broken where the terminal ends.
        let text = String::from_utf8(done.stdout).unwrap();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(done.status.success(), "{line:?}");
        for told in told {
            assert!(text.contains(told), "{line:?} does not say {told}:\n{text}");
        }
    }
}

#[test]
fn a_line_that_is_not_understood_is_refused_in_json_where_json_was_asked_for() {
    let run = |line: &[&str]| {
        let done = std::process::Command::new(PROGRAM).args(line).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (done.status.code(), text(done.stdout), text(done.stderr))
    };
    for line in [
        &["serve", "--chekc", "--json"][..],
        &["--json", "user", "delete"],
        &["user", "delete", "anna@example.com", "--json"],
        &["--json"],
        &["nothing", "--json"],
    ] {
        let (code, answer, errors) = run(line);
        let json: Json = serde_json::from_str(&answer).unwrap_or_else(|e| panic!("{line:?}: {e}: {answer}"));
        assert_eq!((code, errors.as_str()), (Some(2), ""), "{line:?}");
        let error = json["error"].as_object().unwrap();
        assert_eq!(error.keys().collect::<Vec<_>>(), ["exit", "mend", "what", "why"]);
        assert!(error["exit"] == "usage" && error.values().all(|it| it != ""), "{json}");
    }
    for line in [&["serve", "--chekc"][..], &["keys", "revoke", "--", "--json", "too many"]] {
        let (code, answer, errors) = run(line);
        assert_eq!((code, answer.as_str()), (Some(2), ""), "{line:?}");
        assert!(errors.starts_with("error: "), "{errors}");
    }
    let (code, answer, _) = run(&["user", "--help", "--json"]);
    assert!(code == Some(0) && answer.contains("Usage:"), "{answer}");
}

/// Whatever is listed, people read columns that line up and times that they know; programs get numbers.
#[tokio::test(flavor = "multi_thread")]
async fn every_list_has_columns_and_times_for_people_and_seconds_for_programs() {
    let rest = "[smtp]\nhost = \"127.0.0.1\"\nport = 1\nsecurity = \"none\"\nfrom = \"a@b.test\"\n\
                [[client]]\nclient_id = \"a-client-with-a-long-and-winding-name\"\nclient_name = \"Zoë's\"\n\
                token_endpoint_auth_method = \"none\"\nredirect_uris = [\"https://a.test/\"]\n";
    let server = Running::start("lists", rest);
    let made = server.json(&["user", "create", "anna@example.com"]);
    let mut browser = server.browser();
    let page = browser.open(made["link"].as_str().unwrap()).await;
    browser.press(&page, "continue", &[("new-password", "seven green bicycles")]).await;
    server.ask_for_a_mail("anna@example.com").await;
    let accept = [("accept", "application/json")];
    server.browser().call(Method::GET, "/authorize?client_id=nobody", &accept, "").await;
    server.json(&["org", "create", "acme", "--name", "Acme Ltd"]);
    server.json(&["org", "member", "add", "acme", "anna@example.com"]);
    for (line, time) in [
        (&["client", "list"][..], None),
        (&["user", "list"], None),
        (&["org", "list"], None),
        (&["session", "list"], Some("last used")),
        (&["org", "member", "list", "acme"], Some("since")),
        (&["user", "messages", "anna@example.com"], Some("queued")),
        (&["flow", "list"], Some("began")),
        (&["keys", "list"], None),
    ] {
        let (code, text, errors) = server.command(line);
        assert_eq!(code, 0, "{errors}");
        let rows: Vec<&str> = text.lines().take_while(|row| !row.is_empty()).collect();
        let title = rows[0];
        assert!(rows.len() > 1, "{line:?}: nothing is listed");
        // A column begins where a title begins, behind two blanks; in every row, blanks stand before it.
        let begins = |at: usize| at > 1 && title[..at].ends_with("  ") && !title[at..].starts_with(' ');
        for row in &rows[1..] {
            let cells: Vec<char> = row.chars().collect();
            for at in (0..title.len()).filter(|at| begins(*at)) {
                let gap: String = cells.iter().skip(at - 2).take(2).collect();
                assert_eq!(gap.trim_end(), "", "{line:?}: column {at}\n{text}");
            }
        }
        if let Some(time) = time {
            let at = title.find(time).unwrap();
            let read: String = rows[1].chars().skip(at).take(20).collect();
            let bytes = read.as_bytes();
            assert!(bytes[4] == b'-' && bytes[10] == b'T' && bytes[19] == b'Z', "{line:?}: {read}\n{text}");
        }
    }
    for (line, list, time) in [
        (&["session", "list"][..], "sessions", "seen_at"),
        (&["org", "member", "list", "acme"], "members", "since"),
        (&["user", "messages", "anna@example.com"], "messages", "queued_at"),
        (&["flow", "list"], "flows", "at"),
    ] {
        assert!(server.json(line)[list][0][time].as_u64() > Some(1_700_000_000), "{line:?}");
    }
}

#[test]
fn one_is_not_several() {
    let person = "[[user]]\nemail = \"anna@example.com\"\n";
    let server = Running::start("plurals", person);
    let (_, text, _) = server.command(&["serve", "--check"]);
    assert!(text.contains("0 clients, 1 user, 0 resources"), "{text}");
    server.rewrite(&format!("{person}[sign_in]\nsign_up = false\n"));
    let (_, text, _) = server.command(&["apply", "--check"]);
    assert!(text.contains("\n1 change; nothing was written"), "{text}");
    let (_, text, _) = server.command(&["apply"]);
    assert!(text.ends_with("\n1 change\n"), "{text}");
    server.json(&["user", "create", "kim@example.com"]);
    let (_, text, _) = server.command(&["user", "merge", "kim@example.com", "anna@example.com"]);
    assert!(text.contains("1 address, 0 phones, 0 linked accounts, 0 consents"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compiled_list_of_breached_passwords_is_asked_at_sign_up() {
    let server = Running::start("breached", "");
    let words = server.folder.join("words.txt");
    std::fs::write(&words, "flying teapot 77\nanother one\n").unwrap();
    let list = server.folder.join("known.list");
    let (words, list) = (words.to_str().unwrap(), list.to_str().unwrap());
    let made = server.json(&["passwords", "compile", words, list]);
    assert_eq!(
        (made["passwords"].as_u64(), made["bytes"].as_u64()),
        (Some(2), Some(std::fs::metadata(list).unwrap().len()))
    );
    let (code, _, errors) = server.command(&["passwords", "compile", "/nowhere", list]);
    assert!(code == 1 && errors.contains("/nowhere cannot be read"), "{errors}");
    server.rewrite("[passwords]\nbreached_file = \"known.list\"\n");
    server.json(&["apply"]);
    let mut browser = server.browser();
    let page = browser.open("/signup").await;
    let fill = [("identifier", "cleo@example.com"), ("new-password", "flying teapot 77")];
    let page = browser.press(&page, "continue", &fill).await;
    assert!(page.body.contains("stolen elsewhere"), "{}", page.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_id_in_an_error_is_drawn_as_text_and_as_mermaid() {
    let server = Running::start("drawn", "");
    let accept = [("accept", "application/json")];
    let refused = server.browser().call(Method::GET, "/authorize?client_id=nobody", &accept, "").await;
    let said = refused.json()["error_description"].as_str().unwrap().to_owned();
    let id = said.rsplit_once("(flow ").unwrap().1.trim_end_matches(')');
    // Lines are written within a second.
    let until = Instant::now() + Duration::from_secs(10);
    let text = loop {
        let (code, text, errors) = server.command(&["flow", "show", id]);
        if code == 0 {
            break text;
        }
        assert!(errors.contains("no such flow") && Instant::now() < until, "{errors}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert!(text.contains("REFUSED") && text.contains("client_unknown"), "{text}");
    let (_, mermaid, _) = server.command(&["flow", "show", id, "--mermaid"]);
    assert!(mermaid.starts_with("sequenceDiagram") && mermaid.contains("client_unknown"), "{mermaid}");
    assert!(server.json(&["flow", "list"]).to_string().contains(id));
}

#[test]
fn a_file_is_planned_then_applied_and_survives_a_restart() {
    let mut server = Running::start("file", "");
    let file = server.folder.join("more.toml");
    let client = "[[client]]\nclient_id = \"more\"\ntoken_endpoint_auth_method = \"none\"\n\
                  redirect_uris = [\"https://more.test/\"]\n";
    std::fs::write(&file, client).unwrap();
    let file = file.to_str().unwrap();
    let clients = |server: &Running| -> Vec<Json> {
        let list = server.json(&["client", "list"]);
        list["clients"].as_array().unwrap().iter().map(|client| client["client_id"].clone()).collect()
    };
    let plan = server.json(&["apply", file, "--check"]);
    assert_eq!(plan["changes"], json!([{ "act": "add", "kind": "client", "id": "more" }]), "{plan}");
    assert_eq!((&plan["written"], clients(&server)), (&json!(false), vec![]));
    let done = server.json(&["apply", file]);
    assert_eq!((&done["changes"], &done["written"]), (&plan["changes"], &json!(true)));
    assert_eq!(clients(&server), ["more"]);
    assert_eq!(server.json(&["apply", file])["changes"], json!([]));
    server.kill();
    server.again();
    assert_eq!(clients(&server), ["more"]);
}

/// Without confirmation anybody may have written an address down first. Whoever the operator then declares under it
/// is not let in by the stranger's password, and the stranger is out.
#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_who_took_an_address_first_gets_nothing_of_who_is_declared_under_it() {
    for (name, granted) in
        [("first-verified", "email_verified = true\nadmin = true"), ("first-admin", "admin = true")]
    {
        let server = Running::start(name, "[sign_in]\nconfirm_email = false\n");
        let mut stranger = server.browser();
        let page = stranger.open("/signup").await;
        let fill = [("identifier", "boss@example.org"), ("new-password", "seven green bicycles")];
        stranger.press(&page, "continue", &fill).await;
        assert!(stranger.open("/account").await.has("sign-out"));

        let file = server.folder.join("people.toml");
        let secret = server.folder.join("boss.password");
        std::fs::write(&secret, "nine yellow tramways").unwrap();
        let person =
            format!("[[user]]\nemail = \"boss@example.org\"\npassword_file = \"boss.password\"\n{granted}\n");
        std::fs::write(&file, person).unwrap();
        let file = file.to_str().unwrap();
        assert_eq!(server.json(&["apply", file])["changes"].as_array().unwrap().len(), 1);
        assert_eq!(server.json(&["apply", file])["changes"], json!([]), "once is enough");

        assert!(!stranger.open("/account").await.has("sign-out"), "the session goes on");
        let sign_in = async |password: &str| {
            let mut browser = server.browser();
            let page = browser.open("/account").await;
            let page = browser.press(&page, "continue", &[("identifier", "boss@example.org")]).await;
            browser.press(&page, "continue", &[("password", password)]).await.status
        };
        assert_eq!(sign_in("seven green bicycles").await, 422, "the stranger's password");
        assert_eq!(sign_in("nine yellow tramways").await, 200);
    }
}
