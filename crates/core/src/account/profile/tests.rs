use super::*;
use crate::ctx::fixed::Fixed;
use crate::session::live::tests::found;
use ClaimField as F;

/// 2027-01-15.
const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

fn one(field: F, text: &str) -> Result<Option<String>, BadClaim> {
    let edit = ProfileEdit::default().with(field, text);
    match edit.apply(&StandardClaims::default(), NOW) {
        Ok(claims) => Ok(Some(shown(&claims, field)).filter(|it| !it.is_empty())),
        Err(wrong) => Err(wrong[0].1),
    }
}

#[test]
fn each_claim_has_its_rule() {
    for (field, good) in [
        (F::Name, "Åse Nordmann"),
        (F::Website, "https://anna.example/me?x=1"),
        (F::Picture, "https://anna.example/a.png"),
        (F::Birthdate, "1990-04-01"),
        (F::Birthdate, "1990"),
        (F::Birthdate, "0000-02-29"),
        (F::Birthdate, "2000-02-29"),
        (F::Zoneinfo, "Europe/Oslo"),
        (F::Zoneinfo, "America/Argentina/Buenos_Aires"),
        (F::Zoneinfo, "Asia/Calcutta"),
        (F::Locale, "de"),
        (F::Locale, "nb-NO"),
        (F::Locale, "zh-Hant-TW"),
        (F::Locale, "sl-rozaj-biske-1994"),
        (F::Locale, "en-u-ca-gregory-x-mine"),
        (F::Locale, "es-419"),
        (F::Country, "Norge"),
        (F::Birthdate, "2027-01-15"),
        (F::Birthdate, "2027"),
        (F::Name, "\u{202b}מרים\u{202c}"),
        (F::Name, "👩\u{200d}🔬"),
    ] {
        assert_eq!(one(field, good), Ok(Some(good.to_owned())), "{field:?}");
    }
    for (field, bad, why) in [
        (F::Website, "http://anna.example/", BadClaim::NotHttps),
        (F::Website, "javascript:alert(1)", BadClaim::NotHttps),
        (F::Website, "https:/anna.example", BadClaim::NotHttps),
        (F::Website, "https://anna:pw@anna.example/", BadClaim::NotHttps),
        (F::Website, "https://localhost/", BadClaim::NotHttps),
        (F::Website, "https://127.0.0.1/", BadClaim::NotHttps),
        (F::Picture, "//anna.example/a.png", BadClaim::NotHttps),
        (F::Profile, "https://a.example/\"><script>", BadClaim::NotHttps),
        (F::Birthdate, "1990-13-01", BadClaim::NoDate),
        (F::Birthdate, "1990-02-29", BadClaim::NoDate),
        (F::Birthdate, "1900-02-29", BadClaim::NoDate),
        (F::Birthdate, "1990-04", BadClaim::NoDate),
        (F::Birthdate, "01.04.1990", BadClaim::NoDate),
        (F::Birthdate, "0000", BadClaim::NoDate),
        (F::Birthdate, "3000-01-01", BadClaim::Future),
        (F::Birthdate, "2027-01-17", BadClaim::Future),
        (F::Birthdate, "2028", BadClaim::Future),
        (F::Name, "\u{202e}", BadClaim::Control),
        (F::Name, "\u{200b} \u{feff}", BadClaim::Control),
        (F::Nickname, "\u{3164}", BadClaim::Control),
        (F::StreetAddress, "\u{2800}", BadClaim::Control),
        (F::Birthdate, "1990-04-01-01", BadClaim::NoDate),
        (F::Zoneinfo, "Europe/Atlantis", BadClaim::NoZone),
        (F::Zoneinfo, "../etc/passwd", BadClaim::NoZone),
        (F::Zoneinfo, "europe/oslo", BadClaim::NoZone),
        (F::Locale, "d", BadClaim::NoLanguage),
        (F::Locale, "de-", BadClaim::NoLanguage),
        (F::Locale, "deutsch-Österreich", BadClaim::NoLanguage),
        (F::Locale, "en-x", BadClaim::NoLanguage),
        (F::Locale, "<script>", BadClaim::NoLanguage),
        (F::Name, "a\r\nb", BadClaim::Control),
        (F::Nickname, "\u{7}", BadClaim::Control),
    ] {
        assert_eq!(one(field, bad), Err(why), "{field:?} {bad}");
    }
    assert_eq!(one(F::Name, &"x".repeat(201)), Err(BadClaim::TooLong(LINE_MAX)));
    assert_eq!(one(F::Name, &"å".repeat(200)), Ok(Some("å".repeat(200))));
    let grows = format!("https://anna.example/{}", "å".repeat(1_000));
    assert_eq!(one(F::Website, &grows), Err(BadClaim::TooLong(URL_MAX)));
    assert_eq!(one(F::Locale, "de_CH"), Ok(Some("de-CH".to_owned())));
    assert_eq!(one(F::Gender, "  "), Ok(None));
}

#[test]
fn what_is_not_in_the_edit_stays_and_everything_wrong_is_told_at_once() {
    let before = StandardClaims {
        name: Some("Anna".into()),
        website: Some("http://written.by.the.operator/".into()),
        phone_number: Some("+49301234567".into()),
        ..Default::default()
    };
    let edit = ProfileEdit::default()
        .with(F::Nickname, " Anni ")
        .with(F::Website, "http://written.by.the.operator/");
    let after = edit.apply(&before, NOW).unwrap();
    assert_eq!(after, StandardClaims { nickname: Some("Anni".into()), ..before.clone() });
    let gone = ProfileEdit::default().with(F::Name, "").apply(&before, NOW).unwrap();
    assert_eq!(gone.name, None);
    let two = ProfileEdit::default().with(F::Zoneinfo, "x").with(F::Birthdate, "y").with(F::Name, "fine");
    let wrong = two.apply(&before, NOW).unwrap_err();
    assert_eq!(wrong, [(F::Birthdate, BadClaim::NoDate), (F::Zoneinfo, BadClaim::NoZone)]);
}

#[test]
fn an_address_is_kept_member_by_member_and_written_out() {
    let edit = ProfileEdit::default()
        .with(F::StreetAddress, "Storgata 1")
        .with(F::PostalCode, "0155")
        .with(F::Locality, "Oslo")
        .with(F::Country, "NO");
    let claims = edit.apply(&StandardClaims::default(), NOW).unwrap();
    let address = claims.address.clone().unwrap();
    assert_eq!(address.formatted.as_deref(), Some("Storgata 1\n0155 Oslo\nNO"));
    let own = ProfileEdit::default().with(F::Locality, "Bergen").with(F::Formatted, "PB 1\nBergen");
    let address = own.apply(&claims, NOW).unwrap().address.unwrap();
    assert_eq!(address.formatted.as_deref(), Some("PB 1\nBergen"));
    let two_lines = StandardClaims {
        address: Some(Address { street_address: Some("Storgata 1\n3. etg.".into()), ..address.clone() }),
        ..claims.clone()
    };
    let shown = shown(&two_lines, F::StreetAddress);
    assert_eq!(shown, "Storgata 1, 3. etg.");
    let same = ProfileEdit::default().with(F::StreetAddress, shown).apply(&two_lines, NOW).unwrap();
    assert_eq!(same, two_lines, "a form that only showed it changes nothing");
    let none = F::ALL.iter().filter(|it| it.is_of_address());
    let none = none.fold(ProfileEdit::default(), |edit, field| edit.with(*field, ""));
    assert_eq!(none.apply(&two_lines, NOW).unwrap().address, None);
}

#[test]
fn a_profile_keeps_its_roles_and_is_written_only_if_it_changed() {
    let fixed = Fixed::new();
    let ctx = fixed.ctx();
    let here = found(&ctx).live(&ctx).unwrap();
    let out = update(&ctx, &here, &ProfileEdit::default().with(F::Name, " Anna "));
    let [Write::SetClaims(user, claims, _)] = &out.writes[..] else { panic!() };
    assert_eq!((claims.name.as_deref(), *user), (Some("Anna"), here.user().id));
    assert_eq!(out.events.len(), 1);
    let same = update(&ctx, &here, &ProfileEdit::default().with(F::Name, ""));
    assert!(same.writes.is_empty() && same.events.is_empty());
    let bad = update(&ctx, &here, &ProfileEdit::default().with(F::Zoneinfo, "<script>"));
    assert!(bad.writes.is_empty());
    assert_eq!(bad.result.unwrap_err(), ProfileRefused::Fields(vec![(F::Zoneinfo, BadClaim::NoZone)]));
}

#[test]
fn the_list_of_zones_is_whole() {
    let zones: Vec<&str> = include_str!("../zones.txt").lines().collect();
    assert!(zones.len() > 550 && zones.is_sorted() && zones.contains(&"UTC"));
}

proptest::proptest! {
    #[test]
    fn no_text_makes_a_rule_panic(text in "\\PC{0,60}", at in 0..F::ALL.len()) {
        let _ = one(F::ALL[at], &text);
    }
}
