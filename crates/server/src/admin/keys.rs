//! Signing keys and master keys, as an operator sees and changes them.

use std::fmt::Write as _;

use countersign_core::Timestamp;
use countersign_jose::Alg;
use countersign_keys::StoredKey;
use countersign_keys::rotation::{self, JWKS_MAX_AGE, KeyInfo, Phase};
use countersign_web::custody::{self, MasterKeyState, Standing, Use};
use countersign_web::keyring::{self, Wish};
use serde_json::{Value as Json, json};

use super::table::{Table, moment};
use super::{Admin, Reply};
use crate::failure::Failure;
use crate::progress::{Progress, Teller};

impl Admin {
    /// Every key with its phase and what comes next, and the master keys that they lie under.
    pub(super) async fn keys_list(&self) -> Result<Reply, Failure> {
        let now = self.app.clock.now();
        let mut keys = keyring::stored(&self.app.db).await?;
        keys.sort_by_key(|key| (key.alg, key.schedule.phase(now), key.schedule.active_from));
        let standing = custody::look(&self.app.db, &self.app.sealer, now).await?;
        let lifetimes = self.app.policy.load().lifetimes.clone();
        let masters = custody::master_keys(&self.app.db, &self.app.sealer, &standing, &lifetimes).await?;
        let mut table = Table::new(["kid", "alg", "phase", "what it does"]);
        for key in &keys {
            let phase = word(key.schedule.phase(now)).to_owned();
            table.row([key.kid.clone(), key.alg.to_string(), phase, prospect(key, now)]);
        }
        let mut below = Table::new(["master key", "rows", "what it does"]);
        for master in &masters {
            below.row([master.id.to_string(), master.rows.to_string(), outlook(master, now)]);
        }
        let mut text = format!("{table}\n\n{below}");
        for node in standing.lacking() {
            let _ = write!(text, "\nserver {} does not have the first of these", node.name);
        }
        let json = json!({
            "keys": keys.iter().map(|key| to_json(key, now)).collect::<Vec<_>>(),
            "master_keys": masters.iter().map(|it| master_json(it, now)).collect::<Vec<_>>(),
            "nodes": nodes_json(&standing),
        });
        Ok(Reply { json, text })
    }

    /// The successors sign as soon as every cache of the key set has them; the answer says when that is.
    pub(super) async fn keys_rotate(&self, alg: Option<&str>) -> Result<Reply, Failure> {
        let algs = match alg {
            None => self.rotation.algs.clone(),
            Some(alg) => {
                vec![Alg::parse(alg).ok().filter(|alg| self.rotation.algs.contains(alg)).ok_or_else(
                    || {
                        Failure::new(
                            "no such algorithm",
                            format!("no key signs with {alg} here"),
                            "choose from RS256, PS256, ES256, EdDSA",
                        )
                    },
                )?]
            }
        };
        let (mut text, mut rotated) = (String::new(), Vec::new());
        for alg in algs {
            let changed = self.tend(&Wish::Replace(alg)).await?;
            let now = self.app.clock.now();
            let infos: Vec<KeyInfo> =
                keyring::stored(&self.app.db).await?.iter().map(StoredKey::info).collect();
            let next = rotation::next(&infos, alg, now)
                .filter(|next| next.schedule.active_from <= now + self.rotation.settle);
            let Some(signer) = next.or_else(|| rotation::active(&infos, alg, now)) else { continue };
            let from = signer.schedule.active_from;
            let when = match (from > now, changed) {
                (true, _) => format!("signs from {}, when every cache of the key set has it", moment(from)),
                (false, true) => {
                    "signs now; the old key is accepted until its last token has died".to_owned()
                }
                (false, false) => format!("signs since {}; a rotation was made a moment ago", moment(from)),
            };
            let _ = writeln!(text, "{alg}: {} {when}", signer.kid);
            rotated.push(
                json!({ "alg": alg, "kid": signer.kid, "signs_from": from.seconds(), "changed": changed }),
            );
        }
        Ok(Reply { json: json!({ "rotated": rotated }), text })
    }

    /// From now on nothing is accepted that the key signed.
    pub(super) async fn keys_revoke(&self, kid: String) -> Result<Reply, Failure> {
        let before = keyring::stored(&self.app.db).await?;
        let Some(key) = before.iter().find(|key| key.kid == kid) else {
            return Err(Failure::new(
                "no such key",
                "no signing key has this id",
                "see `countersign keys list`",
            ));
        };
        self.tend(&Wish::Revoke(kid.clone())).await?;
        let now = self.app.clock.now();
        let infos: Vec<KeyInfo> = keyring::stored(&self.app.db).await?.iter().map(StoredKey::info).collect();
        let signer = rotation::active(&infos, key.alg, now);
        let mut text = format!(
            "{kid} is revoked: we refuse at once what it signed, and everybody else who asks for the key set again, at \
             the latest in {} minutes",
            JWKS_MAX_AGE.as_secs() / 60
        );
        if let Some(signer) = signer {
            let _ = write!(text, "\n{}: {} signs", signer.alg, signer.kid);
            if now < signer.schedule.created_at + self.rotation.settle {
                text.push_str("; it is new, so caches may not know it yet");
            }
        }
        let json = json!({ "revoked": kid, "alg": key.alg, "signs": signer.map(|signer| &signer.kid) });
        Ok(Reply { json, text })
    }

    /// Seals what lies under an old master key under the new one. The servers do the same by themselves.
    pub(super) async fn keys_rewrap(&self, tell: &Teller) -> Result<Reply, Failure> {
        let (db, sealer) = (&self.app.db, &self.app.sealer);
        let now = self.app.clock.now();
        let standing = custody::look(db, sealer, now).await?;
        let lacking: Vec<_> = standing.lacking().map(|node| node.name.as_str()).collect();
        if !lacking.is_empty() {
            return Err(Failure::new(
                "nothing was sealed anew",
                format!("not every server has the new master key; it is missing at {}", lacking.join(", ")),
                "give every server the same master-key file and restart it; who has gone is forgotten in two minutes",
            ));
        }
        if !standing.may_reseal(now) {
            return Err(Failure::new(
                "nothing was sealed anew",
                "the servers began to seal under the new master key less than a minute ago, or this configuration names \
                 another one",
                "wait a minute; the servers do it by themselves then",
            ));
        }
        let masters = custody::master_keys(db, sealer, &standing, &self.app.env().policy.lifetimes).await?;
        let total = masters.iter().map(|master| master.rows).sum();
        let told = |done| {
            tell.send_replace(Progress { done, total });
        };
        told(0);
        let done = custody::reseal_telling(db, sealer, now, &told).await?;
        let id = sealer.master().active_id();
        let total = done.rows();
        let text = format!(
            "under master key {id}: {} of {total} rows, {} of them since now",
            done.moved + done.kept,
            done.moved
        );
        Ok(Reply {
            json: json!({ "master_key": id, "moved": done.moved, "kept": done.kept, "missed": done.missed }),
            text,
        })
    }

    /// What was wished for, then what follows from it; this server takes it over at once.
    async fn tend(&self, wish: &Wish) -> Result<bool, Failure> {
        let (db, sealer) = (&self.app.db, &self.app.sealer);
        let changed = keyring::tend(db, sealer, &self.rotation, wish, &self.app.env()).await?;
        keyring::tend(db, sealer, &self.rotation, &Wish::Due, &self.app.env()).await?;
        self.app.keys.exchange(keyring::load(db, sealer, self.app.clock.now()).await?);
        Ok(changed)
    }
}

/// What is said of a master key to programs.
pub(crate) fn master_json(master: &MasterKeyState, now: Timestamp) -> Json {
    json!({
        "id": master.id, "use": master.used, "rows": master.rows,
        "may_go_from": master.may_go_from.map(Timestamp::seconds),
        "may_go": master.may_go_from.is_some_and(|from| from <= now),
    })
}

fn to_json(key: &StoredKey, now: Timestamp) -> Json {
    let ending = key.schedule.ending;
    json!({
        "kid": key.kid, "alg": key.alg, "phase": word(key.schedule.phase(now)),
        "created_at": key.schedule.created_at.seconds(), "active_from": key.schedule.active_from.seconds(),
        "retired_from": ending.map(|ending| ending.retire_from.seconds()),
        "removed_from": ending.map(|ending| ending.remove_from.seconds()),
    })
}

fn nodes_json(standing: &Standing) -> Vec<Json> {
    let node = |node: &countersign_store::nodes::Node| {
        json!({
            "name": node.name, "master_keys": node.master_keys, "seals_under": node.sealing,
            "seen_at": node.seen_at.seconds(),
        })
    };
    standing.nodes.iter().map(node).collect()
}

/// What happens to a signing key next.
fn prospect(key: &StoredKey, now: Timestamp) -> String {
    let schedule = key.schedule;
    match (schedule.phase(now), schedule.ending) {
        (Phase::Next, _) => format!("signs from {}", moment(schedule.active_from)),
        (Phase::Active, Some(ending)) => format!("signs until {}", moment(ending.retire_from)),
        (Phase::Active, None) => "signs".to_owned(),
        (Phase::Retiring, Some(ending)) => format!("accepted until {}", moment(ending.remove_from)),
        (Phase::Retiring | Phase::Gone, _) => "not accepted any more".to_owned(),
    }
}

fn outlook(master: &MasterKeyState, now: Timestamp) -> String {
    match (master.used, master.may_go_from) {
        (Use::Seals, _) => "seals".to_owned(),
        (Use::Waits, _) => "will seal when every server has it".to_owned(),
        (Use::Missing, _) => "is missing: what lies under it cannot be opened".to_owned(),
        (Use::Opens, Some(from)) if from <= now => {
            "is not needed any more: take it out of the file".to_owned()
        }
        (Use::Opens, Some(from)) => format!("opens what is older; may go from {}", moment(from)),
        (Use::Opens, None) => "opens what is older; rows still move to the new one".to_owned(),
    }
}

fn word(phase: Phase) -> &'static str {
    match phase {
        Phase::Active => "active",
        Phase::Next => "next",
        Phase::Retiring => "retiring",
        Phase::Gone => "gone",
    }
}
