//! A person's whole life with an app, again and again: signs in, redeems, refreshes, and loses every other answer on
//! the way. The verifier keeps the key set for as long as it was told and asks for it no sooner.

use std::sync::Arc;
use std::time::{Duration, Instant};

use countersign_jose::{Alg, JwkSet, TypRule, verify};

use crate::Failure;
use crate::http::Connection;
use crate::work::{Worker, expect, form, json, text};

const REFRESHES: usize = 4;

impl Worker {
    /// One life; any refusal is a failure.
    pub(crate) async fn life(&mut self) -> Result<(), Failure> {
        self.know_the_keys().await?;
        let tokens = self.anew().await.map_err(|e| format!("signing in: {e}"))?;
        self.token = text(&tokens, "refresh_token")?;
        for n in 0..REFRESHES {
            let lost = (self.turn + self.number + n).is_multiple_of(2);
            self.renew(lost).await.map_err(|e| {
                format!("refresh {n}{}: {e}", if lost { ", its first answer lost" } else { "" })
            })?;
        }
        tokio::time::sleep(Duration::from_millis(self.plan.pause_ms)).await;
        Ok(())
    }

    async fn renew(&mut self, lost: bool) -> Result<(), Failure> {
        let body = form(&[
            ("grant_type", "refresh_token"),
            ("refresh_token", &self.token),
            ("client_id", &self.plan.client_id),
        ]);
        let path = self.plan.path("/token");
        if lost {
            // Somewhere between the request's arrival and its answer.
            let after = Duration::from_micros((self.turn as u64 * 379 + self.number as u64 * 97) % 4_000);
            self.connection.lose(&path, &body, after).await?;
        }
        let reply = self.connection.post(&path, "", &body).await?;
        expect(&reply, 200)?;
        let answer = json(&reply)?;
        self.token = text(&answer, "refresh_token")?;
        let access = text(&answer, "access_token")?;
        verify(&access, &self.keys, &[Alg::Es256], TypRule::OneOf(&["at+jwt"]))
            .map_err(|e| format!("access token: {e}"))?;
        let id_token = text(&answer, "id_token")?;
        verify(&id_token, &self.keys, &[Alg::Rs256], TypRule::AbsentOr(&["JWT"]))
            .map_err(|e| format!("ID token: {e}"))?;
        Ok(())
    }

    async fn know_the_keys(&mut self) -> Result<(), Failure> {
        if self.keys_until.is_some_and(|until| Instant::now() < until) {
            return Ok(());
        }
        let reply = Connection::open(self.plan.host()).await?.get(&self.plan.path("/jwks.json"), "").await?;
        expect(&reply, 200)?;
        let said = reply.header("cache-control").unwrap_or_default();
        let age =
            said.split(',').find_map(|it| it.trim().strip_prefix("max-age=")?.parse().ok()).unwrap_or(0);
        self.keys = Arc::new(JwkSet::parse(&reply.body)?.to_public_keys()?);
        self.keys_until = Some(Instant::now() + Duration::from_secs(age));
        Ok(())
    }
}
