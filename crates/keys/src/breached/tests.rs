use super::compile::{CompileError, Compiled, Options, compile};
use super::*;
use proptest::prelude::*;
use std::io::Cursor;

fn made(text: &str, options: Options) -> Result<(Vec<u8>, Compiled), CompileError> {
    let mut out = Cursor::new(Vec::new());
    let compiled = compile(|| Ok(text.as_bytes()), &mut out, options, |_| {})?;
    Ok((out.into_inner(), compiled))
}

fn hex(password: &str) -> String {
    sha1(password.as_bytes()).iter().map(|b| format!("{b:02X}")).collect()
}

#[test]
fn what_is_on_the_list_is_known_and_nothing_else() {
    let words: Vec<String> = (0..20_000).map(|n| format!("known {n}")).collect();
    let (list, compiled) = made(&words.join("\n"), Options::default()).unwrap();
    assert_eq!((compiled.sorted, compiled.bytes), (false, u64::try_from(list.len()).unwrap()));
    let open = List::open(list.as_slice()).unwrap();
    assert!(words.iter().all(|it| open.has(it).unwrap()));
    let taken = (0..20_000).filter(|n| open.has(&format!("other {n}")).unwrap()).count();
    assert!(taken <= 4, "one in 65,536: {taken}");
    // The promise of the page on passwords: 2.3 MB a million.
    let each = list.len() as f64 / words.len() as f64;
    assert!(each < 2.4, "{each} bytes for each");
}

#[test]
fn hashes_in_order_make_the_same_list_as_the_passwords_in_any() {
    let words: Vec<String> = (0..3_000).map(|n| format!("known {n}")).collect();
    let mut hashes: Vec<String> = words.iter().map(|it| format!("{}:7", hex(it))).collect();
    hashes.sort();
    let (of_hashes, compiled) = made(&hashes.join("\r\n"), Options::default()).unwrap();
    let (of_words, _) = made(&words.join("\n"), Options::default()).unwrap();
    assert!(compiled.sorted);
    assert_eq!(of_hashes, of_words);
    let doubled = format!("{}\n{}", words.join("\n"), words.join("\n"));
    let (twice, compiled) = made(&doubled, Options::default()).unwrap();
    assert_eq!(compiled.count, 3_000);
    assert!(words.iter().all(|it| List::open(twice.as_slice()).unwrap().has(it).unwrap()));
}

#[test]
fn what_was_seen_seldom_can_be_left_out() {
    let text = format!("{}:5\n{}:500", hex("seldom"), hex("often"));
    let (list, compiled) = made(&text, Options { at_least: 100, ..Options::default() }).unwrap();
    let open = List::open(list.as_slice()).unwrap();
    assert_eq!((compiled.count, open.count()), (1, 1));
    assert!(open.has("often").unwrap() && !open.has("seldom").unwrap());
}

#[test]
fn a_list_that_is_none_is_refused_with_the_line() {
    assert!(matches!(made("", Options::default()), Err(CompileError::Empty)));
    assert!(matches!(made("a", Options { bits: 60, ..Options::default() }), Err(CompileError::Bits)));
    let mixed = format!("{}\nplain", hex("x"));
    assert!(matches!(made(&mixed, Options::default()), Err(CompileError::NoHash(2))));
}

#[test]
fn a_cut_or_altered_list_is_refused_or_answers_and_never_panics() {
    let words: Vec<String> = (0..2_000).map(|n| format!("known {n}")).collect();
    let (list, _) = made(&words.join("\n"), Options::default()).unwrap();
    for cut in 0..64 {
        assert!(List::open(&list[..cut * list.len() / 64]).is_err(), "{cut}");
    }
    assert!(matches!(List::open(b"password\n123456\nqwertyuiop\n".as_slice()), Err(BadList::OtherFile)));
    for at in (0..list.len()).step_by(7) {
        let mut bad = list.clone();
        bad[at] ^= 0xFF;
        if let Ok(open) = List::open(bad.as_slice()) {
            let _ = open.has("known 7");
        }
    }
}

proptest! {
    #[test]
    fn every_password_that_went_in_is_found(words in prop::collection::hash_set("[a-z]{4,12}", 1..400), bits in 4_u8..=32) {
        let words: Vec<String> = words.into_iter().collect();
        let (list, compiled) = made(&words.join("\n"), Options { bits, ..Options::default() }).unwrap();
        let open = List::open(list.as_slice()).unwrap();
        prop_assert!(compiled.count <= u64::try_from(words.len()).unwrap());
        for word in &words {
            prop_assert!(open.has(word).unwrap());
        }
    }
}
