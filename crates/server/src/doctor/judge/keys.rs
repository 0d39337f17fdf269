//! Whether what is sealed in the database opens, and what the master-key file still has to hold.

use serde_json::Value as Json;

use super::super::{Finding, State};
use crate::failure::Failure;
use crate::words::count;

const CHECK: &str = "keys";

/// The master keys as `keys list` tells of them; `None` where there was nothing to look at.
pub(in crate::doctor) fn keys(seen: Option<&Result<Vec<Json>, Failure>>) -> Vec<Finding> {
    let masters = match seen {
        None => return Vec::new(),
        Some(Err(failure)) => {
            return vec![Finding::bad(
                CHECK,
                State::Fail,
                failure.why.clone(),
                "no token can be signed, and the server does not start",
                failure.mend.clone(),
            )];
        }
        Some(Ok(masters)) => masters,
    };
    let of = |used: &'static str| masters.iter().filter(move |it| it["use"] == used);
    let mut findings = Vec::new();
    for waiting in of("waits") {
        findings.push(Finding::bad(
            CHECK,
            State::Warn,
            format!("master key {} does not seal yet", waiting["id"]),
            "a server that is up does not have it, and could not open what it seals",
            "give every server the same master-key file and restart it; `countersign keys list` names those that lack it",
        ));
    }
    for gone in of("opens").filter(|it| it["may_go"] == true) {
        findings.push(Finding::bad(
            CHECK,
            State::Warn,
            format!("master key {} is not needed any more", gone["id"]),
            "whoever has it and an old backup can open the keys in that backup",
            "take it out of the master-key file of every server; keep a copy as long as you keep older backups",
        ));
    }
    if findings.is_empty() {
        let rows: u64 = masters.iter().filter_map(|it| it["rows"].as_u64()).sum();
        let moving: u64 = of("opens").filter_map(|it| it["rows"].as_u64()).sum();
        let rest = match moving {
            0 => String::new(),
            moving => format!("; {} to the new one", count(moving, "row still moves", "rows still move")),
        };
        let open = count(rows, "sealed row opens", "sealed rows open");
        findings.push(Finding::ok(CHECK, format!("{open} with the master keys{rest}")));
    }
    findings
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_master_key_that_may_go_or_waits_is_named_and_a_wrong_one_fails() {
        let key = |id, used, rows, may_go| json!({ "id": id, "use": used, "rows": rows, "may_go": may_go });
        let state = |masters: &[Json]| keys(Some(&Ok(masters.to_vec())))[0].state;
        assert_eq!(state(&[key(1, "seals", 9, false)]), State::Ok);
        assert_eq!(state(&[key(1, "seals", 3, false), key(2, "opens", 6, false)]), State::Ok);
        assert_eq!(state(&[key(1, "seals", 9, false), key(2, "opens", 0, false)]), State::Ok);
        assert_eq!(state(&[key(1, "seals", 9, false), key(2, "opens", 0, true)]), State::Warn);
        assert_eq!(state(&[key(1, "waits", 0, false), key(2, "seals", 9, false)]), State::Warn);
        let wrong = Failure::new("x", "sealed under master key id 7", "give the right one");
        let found = keys(Some(&Err(wrong)));
        assert_eq!((found[0].state, found[0].mend.as_str()), (State::Fail, "give the right one"));
        assert_eq!(keys(None), []);
    }
}
