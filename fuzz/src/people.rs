//! What people type: addresses, phone numbers, what they say of themselves.

use crate::text;
use countersign_core::Timestamp;
use countersign_core::account::profile::{BadPatch, ClaimField, ProfileEdit, shown};
use countersign_core::account::{EmailAddress, PhoneNumber, Prefix, StandardClaims};
use countersign_outbound::address::Address;

/// 2027-01-15.
const TODAY: Timestamp = Timestamp::from_seconds(1_800_000_000);

/// An e-mail address as somebody typed it: one key per mailbox, stable, and no way into a mail header.
pub fn email(data: &[u8]) {
    let Some(typed) = text(data) else { return };
    let Ok(address) = EmailAddress::parse(typed) else { return };
    let key = address.key();
    assert!(key.len() <= 254 && key.matches('@').count() == 1);
    assert!(!key.chars().any(|c| c.is_control() || c.is_whitespace()));
    assert!(!key.chars().any(|c| c.is_ascii_uppercase()));
    assert_eq!(EmailAddress::parse(key).expect("a key is an address").key(), key);
    assert_eq!(EmailAddress::parse(address.typed()).expect("as typed").key(), key);
}

/// An address that goes into an SMTP envelope.
pub fn mail_address(data: &[u8]) {
    let Some(written) = text(data) else { return };
    let Ok(address) = Address::parse(written) else { return };
    for part in [address.local(), address.domain()] {
        assert!(!part.is_empty() && !part.chars().any(|c| c.is_control() || "<> ,;".contains(c)));
    }
}

/// A phone number as somebody typed it: what is taken is dialled as it stands, belongs to one country at most, and does not
/// show itself; and what numbers of a country begin with.
pub fn phone(data: &[u8]) {
    let Some(typed) = text(data) else { return };
    let countries = ["+1", "+49", "+1868"].map(|it| Prefix::parse(it).expect("a prefix"));
    if let Ok(prefix) = Prefix::parse(typed) {
        assert_eq!(prefix.as_str(), typed);
        assert!((2..=8).contains(&typed.len()) && typed[1..].bytes().all(|b| b.is_ascii_digit()));
    }
    let Ok(number) = PhoneNumber::parse(typed) else { return };
    let dialled = number.as_str();
    assert!((8..=16).contains(&dialled.len()) && dialled.starts_with('+') && !dialled.starts_with("+0"));
    assert!(dialled[1..].bytes().all(|b| b.is_ascii_digit()));
    let digits = typed.chars().filter(char::is_ascii_digit);
    assert!(dialled[1..].chars().eq(digits), "no digit is dropped or made up");
    assert_eq!(PhoneNumber::parse(dialled).as_ref(), Ok(&number));
    assert!(dialled.starts_with(number.block()) && number.block().len() + 3 == dialled.len());
    assert!(Prefix::of(&countries, &number).is_none_or(|it| dialled.starts_with(it.as_str())));
    assert!(!format!("{number:?}").contains(&dialled[1..]) && !number.hint().contains(dialled));
}

/// A merge patch of the profile (RFC 7396): only what it names changes, to what its rule lets pass, and what is kept can be
/// handed in again.
pub fn profile_patch(data: &[u8]) {
    let Ok(serde_json::Value::Object(patch)) = serde_json::from_slice(data) else { return };
    let before: StandardClaims = serde_json::from_value(serde_json::json!({
        "name": "Anna", "nickname": "Anni", "website": "http://declared.example/", "phone_number": "+49301234567",
        "address": { "locality": "Oslo", "country": "Norway" },
    }))
    .expect("claims");
    let edit = match ProfileEdit::of_patch(&patch) {
        Ok(edit) => edit,
        Err(BadPatch::Unknown(names)) => return assert!(!names.is_empty()),
        Err(BadPatch::NotText | BadPatch::AddressNotObject) => return,
    };
    let Ok(after) = edit.apply(&before, TODAY) else { return };
    assert_eq!(after.phone_number, before.phone_number, "phones are no field of it");
    for field in ClaimField::ALL {
        let now = shown(&after, *field);
        match edit.typed(*field) {
            Some(typed) => assert_eq!(typed.trim().is_empty(), now.is_empty(), "{field:?}"),
            None if *field == ClaimField::Formatted => {}
            None => assert_eq!(now, shown(&before, *field)),
        }
        let again = ProfileEdit::default().with(*field, now.clone());
        assert_eq!(again.apply(&after, TODAY).expect("it was kept"), after);
        let fits = ProfileEdit::default().with(*field, now).apply(&StandardClaims::default(), TODAY);
        let as_declared = *field == ClaimField::Website || field.is_of_address();
        assert!(fits.is_ok() || edit.typed(*field).is_none() || as_declared, "{field:?}");
    }
}
