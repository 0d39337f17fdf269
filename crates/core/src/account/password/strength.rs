//! How many guesses a password costs somebody who tries what people choose: words that everybody uses, the person's own,
//! rows of the keyboard, repetitions and dates first. The cheapest way to put the password together from such parts is
//! found, and the part that makes it cheap is what the person is told about.

use super::common::rank;
use std::collections::HashMap;

/// What makes a password easy to guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Weakness {
    /// A word that lists of leaked passwords are full of.
    Common,
    /// The person's name or address, or the app's name.
    Own,
    /// A stretch of the alphabet, the digits or the keyboard.
    Row,
    /// The same again and again.
    Again,
    /// A date or a year.
    Date,
}

/// A part of the cheapest way.
#[derive(Debug, Clone, Copy)]
struct Part {
    from: usize,
    to: usize,
    bits: f64,
    /// `None`: nothing is known of it, each character has to be tried.
    why: Option<Weakness>,
}

/// Judges a text: guesses as a power of two, and what most of the cheap part of it is; `None` where nothing is known of any.
pub(super) fn judge(text: &str, own: &[String]) -> (f64, Option<Weakness>) {
    let chars: Vec<char> = text.chars().map(lower).collect();
    let (bits, parts) = cheapest(&chars, own, true);
    let mut covered: HashMap<Weakness, usize> = HashMap::new();
    for part in parts {
        if let Some(why) = part.why {
            *covered.entry(why).or_default() += part.to - part.from;
        }
    }
    // Of equals, the one that tells the person most.
    let order = [Weakness::Own, Weakness::Common, Weakness::Again, Weakness::Row, Weakness::Date];
    let most = covered.values().copied().max();
    (bits, order.into_iter().find(|it| covered.get(it).copied() == most && most.is_some()))
}

/// One character, folded to one: lengths stay as they are.
fn lower(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

/// The cheapest way to put the text together, from its end backwards. `again`: repetitions count too.
fn cheapest(chars: &[char], own: &[String], again: bool) -> (f64, Vec<Part>) {
    let mut found = words(chars, own);
    rows(chars, &mut found);
    dates(chars, &mut found);
    if again {
        repetitions(chars, own, &mut found);
    }
    found.extend(chars.iter().enumerate().map(|(i, c)| Part {
        from: i,
        to: i + 1,
        bits: alone(*c),
        why: None,
    }));
    let mut best: Vec<Option<(f64, Part)>> = vec![None; chars.len() + 1];
    found.sort_by_key(|part| part.to);
    for part in found {
        let before = match part.from {
            0 => Some(0.0),
            from => best.get(from).copied().flatten().map(|(bits, _)| bits),
        };
        // Where one known part meets another, the guesser has to try their order too.
        let Some(bits) = before.map(|it| it + part.bits + if part.why.is_some() { 1.0 } else { 0.0 }) else {
            continue;
        };
        if let Some(slot) = best.get_mut(part.to)
            && slot.is_none_or(|(least, _)| bits < least)
        {
            *slot = Some((bits, part));
        }
    }
    let total = best.last().copied().flatten().map_or(0.0, |(bits, _)| bits);
    let (mut parts, mut at) = (Vec::new(), chars.len());
    while let Some((_, part)) = best.get(at).copied().flatten() {
        parts.push(part);
        at = part.from;
    }
    (total, parts)
}

/// A character that nothing is known of, as a power of two.
fn alone(c: char) -> f64 {
    match c {
        '0'..='9' => 3.3,
        'a'..='z' => 4.0,
        _ => 5.0,
    }
}

/// With the usual stand-ins for letters undone.
fn undone(c: char) -> char {
    match c {
        '@' | '4' => 'a',
        '0' => 'o',
        '3' => 'e',
        '$' | '5' => 's',
        '!' | '1' => 'i',
        '7' => 't',
        other => other,
    }
}

/// No word that we know is longer.
const LONGEST: usize = 24;

/// Words, as they are, with letters replaced, and backwards.
fn words(chars: &[char], own: &[String]) -> Vec<Part> {
    let plain: Vec<char> = chars.iter().map(|c| undone(*c)).collect();
    let mut found = Vec::new();
    for from in 0..chars.len() {
        for to in from + 3..=chars.len().min(from + LONGEST) {
            for (text, extra) in [(chars, 0.0), (plain.as_slice(), 1.0)] {
                let Some(part) = text.get(from..to) else { continue };
                let word: String = part.iter().collect();
                let back: String = part.iter().rev().collect();
                for (word, extra) in [(word, extra), (back, extra + 1.0)] {
                    if own.contains(&word) {
                        found.push(Part { from, to, bits: 2.0 + extra, why: Some(Weakness::Own) });
                    }
                    if let Some(rank) = rank(&word) {
                        found.push(Part { from, to, bits: rank + extra, why: Some(Weakness::Common) });
                    }
                }
            }
        }
    }
    // What a whole address or a long name holds beyond the longest word that is looked up.
    for word in own.iter().filter(|it| it.chars().count() > LONGEST) {
        let word: Vec<char> = word.chars().collect();
        for from in 0..chars.len().saturating_sub(word.len() - 1) {
            if chars.get(from..from + word.len()) == Some(word.as_slice()) {
                found.push(Part { from, to: from + word.len(), bits: 2.0, why: Some(Weakness::Own) });
            }
        }
    }
    found
}

const ROWS: [&str; 10] = [
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "qazwsxedcrfvtgbyhnujmikolp",
    "1qaz2wsx3edc4rfv5tgb6yhn",
    "zaq1xsw2cde3vfr4bgt5",
    "q1w2e3r4t5y6u7i8o9p0",
    "!\"§$%&/()=!@#$%^&*()_+",
];

/// Three and more neighbours of a row, forwards or backwards.
fn rows(chars: &[char], found: &mut Vec<Part>) {
    for row in ROWS {
        let forwards: Vec<char> = row.chars().collect();
        let backwards: Vec<char> = row.chars().rev().collect();
        for row in [forwards, backwards] {
            for from in 0..chars.len() {
                let longest = (0..row.len()).map(|at| {
                    let theirs = row.get(at..).unwrap_or_default();
                    chars
                        .get(from..)
                        .unwrap_or_default()
                        .iter()
                        .zip(theirs)
                        .take_while(|(a, b)| a == b)
                        .count()
                });
                let longest = longest.max().unwrap_or(0);
                for length in 3..=longest {
                    let bits = 5.0 + log2(length);
                    found.push(Part { from, to: from + length, bits, why: Some(Weakness::Row) });
                }
            }
        }
    }
}

/// One to twelve characters, three times and more if it is one, twice and more else.
fn repetitions(chars: &[char], own: &[String], found: &mut Vec<Part>) {
    for length in 1..=12.min(chars.len() / 2) {
        let mut from = 0;
        while from + 2 * length <= chars.len() {
            let same =
                chars.iter().skip(from).zip(chars.iter().skip(from + length)).take_while(|(a, b)| a == b);
            let times = same.count() / length + 1;
            if times < 2 || (length == 1 && times < 3) {
                from += 1;
                continue;
            }
            let base = chars.get(from..from + length).unwrap_or_default();
            let (bits, _) = cheapest(base, own, false);
            for n in 2.max(if length == 1 { 3 } else { 2 })..=times {
                let (to, bits) = (from + n * length, bits + log2(n));
                found.push(Part { from, to, bits, why: Some(Weakness::Again) });
            }
            from += (times - 1) * length;
        }
    }
}

/// Years of a life, and dates with and without signs between.
fn dates(chars: &[char], found: &mut Vec<Part>) {
    for from in 0..chars.len() {
        for to in from + 4..=chars.len().min(from + 10) {
            let Some(part) = chars.get(from..to) else { continue };
            let text: String = part.iter().collect();
            if is_year(&text) {
                found.push(Part { from, to, bits: 7.0, why: Some(Weakness::Date) });
            } else if is_date(&text) {
                found.push(Part { from, to, bits: 15.5, why: Some(Weakness::Date) });
            }
        }
    }
}

fn is_year(text: &str) -> bool {
    text.len() == 4 && text.parse().is_ok_and(|year: u16| (1_900..=2_059).contains(&year))
}

fn is_date(text: &str) -> bool {
    let numbers: Vec<&str> = text.split(['.', '-', '/', '_', ' ']).collect();
    match numbers[..] {
        [a, b, c] => of(a, b, c),
        [all] if all.bytes().all(|b| b.is_ascii_digit()) => {
            let cut = |at: usize, then: usize| {
                let (a, rest) = all.split_at_checked(at)?;
                let (b, c) = rest.split_at_checked(then)?;
                Some(of(a, b, c))
            };
            match all.len() {
                6 => cut(2, 2) == Some(true),
                8 => cut(2, 2) == Some(true) || cut(4, 2) == Some(true),
                _ => false,
            }
        }
        _ => false,
    }
}

/// Day, month and year in one of the usual orders.
fn of(a: &str, b: &str, c: &str) -> bool {
    let small = |text: &str, most: u8| {
        (1..=2).contains(&text.len()) && text.parse().is_ok_and(|n: u8| (1..=most).contains(&n))
    };
    let year = |text: &str| is_year(text) || (text.len() == 2 && text.parse::<u8>().is_ok());
    let pair = |day: &str, month: &str| small(day, 31) && small(month, 12);
    ((pair(a, b) || pair(b, a)) && year(c)) || (is_year(a) && (pair(c, b) || pair(b, c)))
}

fn log2(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX)).log2()
}
