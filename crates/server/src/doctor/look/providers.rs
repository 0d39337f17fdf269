//! The providers that people sign in with, each asked whether it knows us.

use std::time::Duration;

use countersign_outbound::upstream::{Probed, Upstream};
use countersign_web::clock::Clock;

use super::super::judge::providers::Asked;
use super::way;
use crate::config::Config;

const PATIENCE: Duration = Duration::from_secs(10);

pub(in crate::doctor) async fn providers(config: &Config) -> Vec<Asked> {
    let in_force = config.providers.iter().filter(|it| !it.disabled);
    let mut asked = Vec::new();
    let upstream = way::guard(config).map(|guard| Upstream::new(guard, PATIENCE));
    for provider in in_force {
        let callback = format!("{}/login/provider/{}/callback", config.policy.issuer, provider.name);
        let found: Result<Probed, String> = match &upstream {
            Ok(upstream) => {
                let probed = upstream.probe(provider, &callback, Clock::default().now()).await;
                probed.map_err(|error| error.to_string())
            }
            Err(error) => Err(error.clone()),
        };
        asked.push(Asked { name: provider.name.clone(), callback, found });
    }
    asked
}
