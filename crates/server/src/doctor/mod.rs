//! `countersign doctor`: what is wrong with an installation, and how to mend it.
//!
//! Looking and judging are apart: what a check saw is data, and what to say about it is a pure function.

mod judge;
mod look;

use std::fmt::Write as _;
use std::path::Path;

use serde::Serialize;

use crate::config::{self, Surroundings};

/// How a check ended, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nothing to do.
    Ok,
    /// It works, but not as it should.
    Warn,
    /// It does not work, or is not safe.
    Fail,
}

/// What one check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The check.
    pub check: &'static str,
    /// How it ended.
    pub state: State,
    /// What was found.
    pub what: String,
    /// Why it matters; empty when all is well.
    pub why: String,
    /// What to do; empty when all is well.
    pub mend: String,
}

impl Finding {
    fn ok(check: &'static str, what: impl Into<String>) -> Finding {
        Finding { check, state: State::Ok, what: what.into(), why: String::new(), mend: String::new() }
    }

    fn bad(
        check: &'static str,
        state: State,
        what: impl Into<String>,
        why: &str,
        mend: impl Into<String>,
    ) -> Finding {
        Finding { check, state, what: what.into(), why: why.to_owned(), mend: mend.into() }
    }
}

/// Runs every check that can be run: without a sound configuration, only that one.
pub async fn examine(path: &Path, world: &dyn Surroundings) -> Vec<Finding> {
    let config = match config::load(path, world) {
        Ok(config) => config,
        Err(problems) => {
            return problems
                .0
                .into_iter()
                .map(|problem| Finding {
                    check: "configuration",
                    state: State::Fail,
                    what: format!("{}: {}", problem.place, problem.what),
                    why: problem.why,
                    mend: problem.mend,
                })
                .collect();
        }
    };
    let mut findings = vec![judge::drift(path, look::drift(&config).await)];
    findings.extend(judge::modes(&look::modes(&config)));
    findings.push(judge::proxies(
        &config.issuer,
        config.tls.is_some(),
        config.listen,
        config.trusted_proxies.len(),
    ));
    findings.push(judge::dns(&config.issuer, look::dns(&config.issuer).await));
    findings.extend(judge::pages(&config));
    let database = look::database(&config).await;
    findings.extend(judge::database::database(&database));
    findings.extend(judge::keys::keys(look::keys::keys(&config, &database).await.as_ref()));
    findings.extend(judge::providers::providers(&look::providers::providers(&config).await));
    findings.extend(judge::mail(look::mail(&config).await));
    findings.extend(judge::sms(look::sms(&config).await));
    let reached = look::discovery(&config).await;
    findings.push(judge::discovery(&config.policy.issuer, &reached));
    if reached.is_ok() {
        findings.extend(match look::way::way(&config).await {
            Ok((walked, expected)) => judge::way::way(&walked, &expected),
            Err(blocked) => vec![judge::blocked(&blocked)],
        });
    }
    findings.push(judge::clock(look::now(), reached.ok().and_then(|reached| reached.date)));
    findings
}

/// For people.
pub fn text(findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let sign = match finding.state {
            State::Ok => "ok  ",
            State::Warn => "warn",
            State::Fail => "FAIL",
        };
        // Writing to a string does not fail.
        let _ = writeln!(text, "{sign}  {:<14} {}", finding.check, finding.what);
        if finding.state != State::Ok {
            let _ = writeln!(text, "      why:  {}\n      mend: {}", finding.why, finding.mend);
        }
    }
    text
}
