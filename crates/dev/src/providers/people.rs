//! Whom the stubs know: one case each that a sign-in has to get right.

/// Somebody, at all four.
#[derive(Debug, PartialEq, Eq)]
pub struct Person {
    /// In the stubs' own pages.
    pub id: &'static str,
    /// Full name.
    pub name: &'static str,
    /// First.
    pub given: &'static str,
    /// Last.
    pub family: &'static str,
    /// The name of the account.
    pub login: &'static str,
    /// A number, as GitHub and GitLab count people.
    pub number: u64,
    /// An address.
    pub email: Option<&'static str>,
    /// Is it proved?
    pub verified: bool,
}

impl Person {
    /// What the page says of them.
    pub fn note(&self) -> String {
        match (self.email, self.verified) {
            (Some(email), true) => format!("{email}, proved"),
            (Some(email), false) => format!("{email}, not proved"),
            (None, _) => "no address".to_owned(),
        }
    }
    /// Google's subjects have 21 digits.
    pub fn digits(&self) -> String {
        format!("1{:020}", self.number * 7_919)
    }
}

const fn person(
    id: &'static str,
    names: (&'static str, &'static str, &'static str),
    number: u64,
    email: Option<&'static str>,
    verified: bool,
) -> Person {
    Person { id, name: names.0, given: names.1, family: names.2, login: id, number, email, verified }
}

/// All of them. Anna has an account here already.
pub const PEOPLE: &[Person] = &[
    person("anna", ("Anna Muster", "Anna", "Muster"), 583_231, Some("anna@example.com"), true),
    person("kim", ("Kim Lind", "Kim", "Lind"), 1_024_025, Some("kim@example.net"), true),
    person("robin", ("Robin Falk", "Robin", "Falk"), 77_001, Some("robin@example.net"), false),
    person("noor", ("Noor Haddad", "Noor", "Haddad"), 420_042, None, false),
];
