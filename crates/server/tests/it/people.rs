//! `countersign user` and `session`, over the socket of a running server.

use crate::running::Running;
use serde_json::json;

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
