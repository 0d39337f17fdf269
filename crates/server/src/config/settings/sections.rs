//! The sections `[tls]`, `[pages]`, `[outbound]`, `[passwords]` as far as breaches go, and `[log]`.

use std::path::PathBuf;

use url::Url;

use super::super::problem::Place;
use super::super::secret::resolve;
use super::{BreachedSettings, LogFormat, LogSettings, OutboundSettings, Settings, TlsFiles};

impl Settings<'_> {
    pub(super) fn tls(&mut self) -> Option<TlsFiles> {
        let tls = self.section("tls")?;
        let mut path = |key: &str| {
            let found = tls.text(key).map(|file| resolve(self.base, file));
            if found.is_none() {
                self.missing(tls, key, "TLS needs a certificate and its key", "write both, or remove [tls]");
            }
            found
        };
        let (certificate, key) = (path("certificate_file"), path("key_file"));
        Some(TlsFiles { certificate: certificate?, key: key? })
    }

    pub(super) fn overrides(&mut self) -> Option<PathBuf> {
        let folder = resolve(self.base, self.section("pages")?.text("overrides")?);
        for bad in self.world.overrides(&folder).err().unwrap_or_default() {
            let place = Place::File { path: bad.path, line: bad.line, column: 1 };
            self.problems.add(
                &place,
                bad.what,
                "somebody would find it in the middle of a sign-in",
                "correct it, or take it out of the folder; docs/pages.md says what can be laid over",
            );
        }
        Some(folder)
    }

    pub(super) fn outbound(&mut self) -> OutboundSettings {
        let Some(outbound) = self.section("outbound") else { return OutboundSettings::default() };
        let mut allow = Vec::new();
        for item in outbound.texts("allow").unwrap_or_default() {
            // Through the URL parser, so that the host is spelled as it will be when it is compared.
            let parsed = Url::parse(&format!("https://{}/", item.value)).ok();
            let pair = parsed
                .as_ref()
                .filter(|url| url.path() == "/" && url.query().is_none() && url.username().is_empty())
                .and_then(|url| Some((url.host()?.to_string(), url.port_or_known_default()?)))
                .filter(|_| item.value.rsplit(':').next().is_some_and(|port| port.parse::<u16>().is_ok()));
            match pair {
                Some(pair) => allow.push(pair),
                None => self.problems.add(
                    &item.place,
                    "`allow` holds something that is not host:port",
                    "what is listed may be private, so exactly one port of one host is named",
                    "write it like \"keys.internal:8443\"",
                ),
            }
        }
        OutboundSettings { allow, ca: self.certificates(outbound, "ca_file") }
    }

    pub(super) fn breached(&mut self) -> BreachedSettings {
        let Some(passwords) = self.section("passwords") else { return BreachedSettings::default() };
        let file = passwords.text("breached_file").map(|file| resolve(self.base, file));
        let url = passwords.text("breached_url").and_then(|text| {
            let url = Url::parse(text).ok().filter(|it| it.has_host() && text.ends_with('/'));
            if url.is_none() {
                self.problems.add(
                    passwords.place("breached_url"),
                    "`breached_url` is no address that ends in a slash",
                    "five digits are put behind it",
                    "write it like \"https://api.example/range/\"",
                );
            }
            url
        });
        BreachedSettings { file, url }
    }

    pub(super) fn log(&mut self) -> LogSettings {
        let log = self.section("log");
        let format = match log.and_then(|log| log.text("format")) {
            None | Some("auto") => LogFormat::Auto,
            Some("human") => LogFormat::Human,
            Some("json") => LogFormat::Json,
            Some(_) => {
                if let Some(log) = log {
                    self.problems.add(
                        log.place("format"),
                        "`format` is none of auto, human, json",
                        "a log nobody can read is no log",
                        "write one of them",
                    );
                }
                LogFormat::Auto
            }
        };
        let level = log.and_then(|log| log.text("level")).unwrap_or("info").to_owned();
        if let Some(log) = log
            && let Err(error) = level.parse::<tracing_subscriber::filter::Targets>()
        {
            self.problems.add(
                log.place("level"),
                format!("`level` is not understood: {error}"),
                "a filter that fails would log nothing",
                "write \"info\", or see docs/configuration.md",
            );
        }
        LogSettings { format, level }
    }
}
