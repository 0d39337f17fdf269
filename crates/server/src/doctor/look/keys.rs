//! The sealed rows: opened, and not changed.

use countersign_keys::Sealer;
use countersign_web::custody;
use countersign_web::keyring;
use serde_json::Value as Json;

use super::super::judge::database::Asked;
use crate::admin::{Request, keys::master_json};
use crate::config::Config;
use crate::failure::Failure;
use crate::words::count;
use crate::{house, socket};

/// The master keys and what lies under each. `None` where no database is there yet, or is not up to date.
pub(in crate::doctor) async fn keys(config: &Config, database: &Asked) -> Option<Result<Vec<Json>, Failure>> {
    match database {
        Asked::NotYet(_) | Asked::Unusable(..) => None,
        Asked::Answered(found, _) if found.pending > 0 => None,
        Asked::Answered(_, true) => {
            let reply = socket::ask(config, &Request::KeysList).await.transpose()?;
            let masters = |json: &Json| json["master_keys"].as_array().cloned().unwrap_or_default();
            Some(reply.map(|reply| masters(&reply.json)))
        }
        Asked::Answered(_, false) => Some(from_database(config).await),
    }
}

async fn from_database(config: &Config) -> Result<Vec<Json>, Failure> {
    let (db, sealer) = (house::database(config).await?, Sealer::new(config.master.clone()));
    let now = countersign_web::clock::Clock::default().now();
    keyring::load(&db, &sealer, now).await?;
    let standing = custody::look(&db, &sealer, now).await?;
    let masters = custody::master_keys(&db, &sealer, &standing, &config.policy.lifetimes).await?;
    if let Some(missing) = masters.iter().find(|it| it.used == custody::Use::Missing) {
        let why = format!(
            "{} under master key {}, which is missing",
            count(missing.rows, "row lies", "rows lie"),
            missing.id
        );
        let mend = "put it back into the master-key file, behind the one that is to seal";
        return Err(Failure::new("what is sealed in the database cannot be used", why, mend));
    }
    Ok(masters.iter().map(|it| master_json(it, now)).collect())
}
