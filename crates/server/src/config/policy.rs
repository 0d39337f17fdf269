//! What decisions follow: lifetimes, sign-up, passwords.

use std::time::Duration;

use countersign_core::account::asked::Asked;
use countersign_core::{Notify, Policy};
use countersign_keys::HashCost;

use super::settings::Settings;

impl Settings<'_> {
    pub(super) fn policy(&mut self, issuer: &str) -> Policy {
        let mut policy = Policy::new(issuer);
        if let Some(sign_in) = self.section("sign_in") {
            policy.sign_up = sign_in.flag("sign_up").unwrap_or(policy.sign_up);
            policy.confirm_email = sign_in.flag("confirm_email").unwrap_or(policy.confirm_email);
            if let Some(words) = sign_in.texts("sign_up_claims") {
                match Asked::parse(words.iter().map(|it| it.value.as_str())) {
                    Ok(asked) => policy.sign_up_claims = asked,
                    Err(bad) => self.problems.add(
                        sign_in.place("sign_up_claims"),
                        bad.to_string(),
                        "the sign-up page asks for what people say of themselves",
                        "name claims of the profile, such as \"given_name\" or \"birthdate?\"",
                    ),
                }
            }
            policy.notify = match sign_in.text("notify") {
                None => policy.notify,
                Some("new_device") => Notify::NewDevice,
                Some("every_session") => Notify::EverySession,
                Some("off") => Notify::Off,
                Some(_) => {
                    self.problems.add(
                        sign_in.place("notify"),
                        "`notify` is none of `new_device`, `every_session` and `off`",
                        "it says of which sign-ins people are told by mail",
                        "choose one of them",
                    );
                    policy.notify
                }
            };
        }
        if let Some(most) = self.section("sms").and_then(|sms| sms.number("country_per_hour")) {
            policy.country_per_hour = u32::try_from(most).unwrap_or(u32::MAX);
        }
        if let Some(passwords) = self.section("passwords") {
            let mut length = |key: &str, default: usize, range: std::ops::RangeInclusive<u64>| {
                let Some(length) = passwords.number(key) else { return default };
                if !range.contains(&length) {
                    self.problems.add(
                        passwords.place(key),
                        format!("`{key}` is not between {} and {}", range.start(), range.end()),
                        "NIST 800-63B 3.1.1.2 sets these bounds, and very long input only costs time",
                        "choose a number in that range",
                    );
                }
                usize::try_from(length).unwrap_or(default)
            };
            policy.password_min = length("min_length", policy.password_min, 8..=64);
            policy.password_max = length("max_length", policy.password_max, 64..=1024);
        }
        if let Some(times) = self.section("lifetimes") {
            let lives = &mut policy.lifetimes;
            for (key, life, longest) in [
                ("session_idle", &mut lives.session_idle, DAY * 400),
                ("deletion_grace", &mut lives.deletion_grace, DAY * 400),
                ("session_absolute", &mut lives.session_absolute, DAY * 400),
                ("refresh_idle", &mut lives.refresh_idle, DAY * 400),
                ("refresh_absolute", &mut lives.refresh_absolute, DAY * 3_660),
                ("refresh_grace", &mut lives.refresh_grace, DAY / 24),
                ("access_token", &mut lives.access_token, DAY),
                ("id_token", &mut lives.id_token, DAY),
                ("code", &mut lives.code, DAY / 144),
                ("magic_link", &mut lives.magic_link, DAY),
                ("reset_link", &mut lives.reset_link, DAY),
                ("short_code", &mut lives.short_code, DAY / 24),
                ("flow", &mut lives.flow, DAY),
                ("par", &mut lives.par, DAY / 24),
                ("device", &mut lives.device, DAY / 24),
            ] {
                let Some(time) = times.time(key) else { continue };
                let none = ["refresh_grace", "deletion_grace"].contains(&key);
                let least = if none { Duration::ZERO } else { Duration::from_secs(5) };
                if time < least || time > longest {
                    self.problems.add(
                        times.place(key),
                        format!("`{key}` is not between {} s and {} s", least.as_secs(), longest.as_secs()),
                        "shorter does not work over a network, longer defeats the purpose of a limit",
                        "choose a time in that range",
                    );
                }
                *life = time;
            }
            let lives = &policy.lifetimes;
            for (idle, absolute, longer) in [
                ("session_idle", "session_absolute", lives.session_idle > lives.session_absolute),
                ("refresh_idle", "refresh_absolute", lives.refresh_idle > lives.refresh_absolute),
            ] {
                if longer {
                    self.problems.add(
                        times.place(idle),
                        format!("`{idle}` is longer than `{absolute}`"),
                        "the idle limit would never be reached",
                        "make it shorter, or the other longer",
                    );
                }
            }
        }
        policy
    }

    pub(super) fn passwords(&mut self) -> HashCost {
        let Some(passwords) = self.section("passwords") else { return HashCost::DEFAULT };
        let number = |key: &str, default: u32| {
            passwords.number(key).map_or(default, |number| u32::try_from(number).unwrap_or(u32::MAX))
        };
        let (memory, passes, lanes) =
            (number("memory_kib", 19_456), number("iterations", 2), number("parallelism", 1));
        if !OWASP.iter().any(|(m, t)| memory >= *m && passes >= *t) {
            self.problems.add(
                passwords.place("memory_kib"),
                "the password hash is too weak",
                "OWASP names the least memory for each number of passes; below it stolen hashes are cheap to guess",
                "use 19456 KiB with 2 passes, 47104 with 1, 12288 with 3, 9216 with 4 or 7168 with 5",
            );
        }
        HashCost::new(memory, passes, lanes).unwrap_or_else(|error| {
            self.problems.add(
                passwords.place("memory_kib"),
                error.to_string(),
                "one sign-in must not cost a minute or a gigabyte",
                "choose numbers within these bounds",
            );
            HashCost::DEFAULT
        })
    }
}

const DAY: Duration = Duration::from_secs(86_400);

/// OWASP Password Storage Cheat Sheet: KiB and passes that count as equal.
const OWASP: &[(u32, u32)] = &[(47_104, 1), (19_456, 2), (12_288, 3), (9_216, 4), (7_168, 5)];
