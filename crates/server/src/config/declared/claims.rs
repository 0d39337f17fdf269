//! The standard claims of a `[[user]]`: by the rules of the account page, so that nobody holds what they could not save.

use countersign_core::account::profile::{ClaimField, ProfileEdit};
use countersign_core::account::{Address, PhoneNumber, StandardClaims};

use countersign_core::Timestamp;

use super::Reader;
use crate::config::values::Values;

/// A file says the same whenever it is read, so nothing in it is of the future: 9999-12-31.
const END_OF_TIME: Timestamp = Timestamp::from_seconds(253_402_214_400);

impl Reader<'_> {
    pub(super) fn claims(&mut self, values: &Values) -> StandardClaims {
        let mut edit = ProfileEdit::default();
        for field in ClaimField::ALL.iter().filter(|it| !it.is_of_address()) {
            if let Some(text) = values.text(field.as_str()) {
                edit = edit.with(*field, text);
            }
        }
        for (field, text) in self.address(values) {
            edit = edit.with(field, text);
        }
        let claims = edit.apply(&StandardClaims::default(), END_OF_TIME).unwrap_or_else(|wrong| {
            for (field, why) in wrong {
                let name = field.as_str();
                let (key, told) = match field.is_of_address() {
                    true => ("address", format!("address.{name}")),
                    false => (name, name.to_owned()),
                };
                self.unfit(values, key, format!("`{told}`: {why}"));
            }
            StandardClaims::default()
        });
        let phone_number = self.phone(values);
        let phone_number_verified = values.flag("phone_number_verified");
        StandardClaims { phone_number, phone_number_verified, ..claims }
    }

    fn address(&mut self, values: &Values) -> Vec<(ClaimField, String)> {
        let Some(json) = values.json("address") else { return Vec::new() };
        let address = match serde_json::from_value::<Address>(json.clone()) {
            Ok(address) => address,
            Err(error) => {
                self.problems.add(
                    values.place("address"),
                    format!("`address`: {error}"),
                    "OpenID Connect Core 5.1.1 names its members",
                    "use formatted, street_address, locality, region, postal_code, country",
                );
                return Vec::new();
            }
        };
        let Address { formatted, street_address, locality, region, postal_code, country } = address;
        let members = [
            (ClaimField::Formatted, formatted),
            (ClaimField::StreetAddress, street_address),
            (ClaimField::Locality, locality),
            (ClaimField::Region, region),
            (ClaimField::PostalCode, postal_code),
            (ClaimField::Country, country),
        ];
        members.into_iter().filter_map(|(field, text)| Some((field, text?))).collect()
    }

    fn phone(&mut self, values: &Values) -> Option<String> {
        match PhoneNumber::parse(values.text("phone_number")?) {
            Ok(number) => Some(number.as_str().to_owned()),
            Err(error) => {
                self.unfit(values, "phone_number", format!("`phone_number`: {error}"));
                None
            }
        }
    }

    fn unfit(&mut self, values: &Values, key: &str, what: String) {
        self.problems.add(
            values.place(key),
            what,
            "apps are told it, and the person could not save it on the account page",
            "correct it, or take it out",
        );
    }
}
