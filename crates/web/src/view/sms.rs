//! Text messages: one sentence, and a line that browsers read.

use super::locale::Locale;
use super::words::{Text, Words};

/// A text message before it has words: six digits that prove a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sms {
    /// The reader's language.
    pub locale: Locale,
    /// The app it is about; else the name of this installation.
    pub app: String,
    /// The six digits.
    pub code: String,
    /// How long they work.
    pub minutes: u32,
    /// The host that they are for, in the form of an origin-bound one-time code: a browser offers them there and nowhere
    /// else.
    pub site: Option<String>,
}

pub(super) fn render(words: &Words, sms: &Sms) -> String {
    // A name with line breaks would write lines of its own, and a long one would be paid for.
    let app: String = sms.app.chars().filter(|c| !c.is_control()).take(40).collect();
    let said = Text::plain("sms-confirm").with("code", sms.code.as_str()).with("app", app.as_str());
    let mut text = words.text(sms.locale, &said.with("minutes", sms.minutes));
    if let Some(site) = &sms.site {
        text.push_str(&format!("\n\n@{site} #{}", sms.code));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_for_what_and_how_long_and_names_the_site_on_a_line_of_its_own() {
        for locale in Locale::ALL {
            let sms = Sms {
                locale,
                app: "Planner\n@evil.test #000000".into(),
                code: "402913".into(),
                minutes: 10,
                site: Some("id.example.com".into()),
            };
            let text = render(&Words::default(), &sms);
            assert!(text.contains("402913") && text.contains("Planner") && text.contains("10"), "{text}");
            let marked: Vec<_> = text.lines().filter(|line| line.starts_with('@')).collect();
            assert_eq!(marked, ["@id.example.com #402913"]);
            // Two parts of a message at most.
            assert!(text.chars().count() < 160, "{} {text}", text.chars().count());
        }
    }
}
