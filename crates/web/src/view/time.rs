//! Times as people say them.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::locale::Locale;
use super::words::{Text, Words};

/// A point in time and when it is being looked at, both in Unix seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Moment {
    /// The point in time.
    pub at: i64,
    /// The clock of the request that shows it.
    pub now: i64,
}

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// "just now", "5 minutes ago", "3 hours ago", "yesterday", "4 days ago", then the date.
/// A clock that runs behind says "just now" rather than "in 3 seconds".
pub(super) fn ago(words: &Words, locale: Locale, moment: Moment) -> String {
    let passed = moment.now.saturating_sub(moment.at);
    let count = |unit: i64| u32::try_from(passed / unit).unwrap_or(u32::MAX);
    let text = match passed {
        i64::MIN..MINUTE => Text::plain("ago-now"),
        MINUTE..HOUR => Text::plain("ago-minutes").with("n", count(MINUTE)),
        HOUR..DAY => Text::plain("ago-hours").with("n", count(HOUR)),
        DAY..172_800 => Text::plain("ago-yesterday"),
        172_800..604_800 => Text::plain("ago-days").with("n", count(DAY)),
        604_800..=i64::MAX => return day(words, locale, moment.at),
    };
    words.text(locale, &text)
}

/// "21 November 2026, 14:03 UTC", in the language's own order.
pub(super) fn date(words: &Words, locale: Locale, at: i64) -> String {
    let Some(time) = civil(at) else { return String::new() };
    let clock = format!("{:02}:{:02}", time.hour(), time.minute());
    words.text(
        locale,
        &Text::plain("date-time").with("date", day(words, locale, at).as_str()).with("time", clock.as_str()),
    )
}

/// The machine's form, for `<time datetime>`.
pub(super) fn iso(at: i64) -> String {
    Timestamp::from_second(at).map(|t| t.to_string()).unwrap_or_default()
}

fn day(words: &Words, locale: Locale, at: i64) -> String {
    let Some(time) = civil(at) else { return String::new() };
    let month = words.text(locale, &Text::plain(month(time.month())));
    words.text(
        locale,
        &Text::plain("date-day")
            .with("day", u32::try_from(time.day()).unwrap_or(1))
            .with("month", month.as_str())
            .with("year", time.year().to_string().as_str()),
    )
}

fn civil(at: i64) -> Option<jiff::civil::DateTime> {
    Some(Timestamp::from_second(at).ok()?.to_zoned(TimeZone::UTC).datetime())
}

fn month(number: i8) -> &'static str {
    match number {
        1 => "month-1",
        2 => "month-2",
        3 => "month-3",
        4 => "month-4",
        5 => "month-5",
        6 => "month-6",
        7 => "month-7",
        8 => "month-8",
        9 => "month-9",
        10 => "month-10",
        11 => "month-11",
        _ => "month-12",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_273_380; // 2026-11-21 15:03 UTC

    fn said(locale: Locale, passed: i64) -> String {
        ago(&Words::default(), locale, Moment { at: NOW - passed, now: NOW })
    }

    #[test]
    fn times_are_said_as_people_say_them() {
        assert_eq!(said(Locale::En, 3), "just now");
        assert_eq!(said(Locale::En, 61), "1 minute ago");
        assert_eq!(said(Locale::En, 5 * 60), "5 minutes ago");
        assert_eq!(said(Locale::En, 3 * HOUR), "3 hours ago");
        assert_eq!(said(Locale::En, DAY + 5), "yesterday");
        assert_eq!(said(Locale::En, 4 * DAY), "4 days ago");
        assert_eq!(said(Locale::En, 30 * DAY), "22 October 2026");
        assert_eq!(said(Locale::De, 5 * 60), "vor 5 Minuten");
        assert_eq!(said(Locale::De, 30 * DAY), "22. Oktober 2026");
    }

    #[test]
    fn a_clock_that_runs_behind_says_just_now() {
        assert_eq!(said(Locale::En, -40), "just now");
        assert_eq!(ago(&Words::default(), Locale::En, Moment { at: i64::MAX, now: i64::MIN }), "just now");
    }

    #[test]
    fn times_out_of_range_are_blank() {
        assert_eq!(date(&Words::default(), Locale::En, i64::MAX), "");
    }
}
