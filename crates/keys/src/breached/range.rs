//! A source that is asked by the first five digits of a SHA-1 and answers with the rest of all that begin so: it learns
//! which of a million groups a password is in, and nothing more.

use super::sha1;
use std::fmt::Write as _;

/// What is asked for, and what the answer is searched for.
#[derive(Clone)]
pub struct Question {
    /// Five hexadecimal digits, for the address.
    pub prefix: String,
    suffix: String,
}

impl std::fmt::Debug for Question {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Question(..)")
    }
}

impl Question {
    /// About this password.
    pub fn of(password: &str) -> Self {
        let mut prefix = sha1(password.as_bytes()).iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02X}");
            text
        });
        let suffix = prefix.split_off(5);
        Self { prefix, suffix }
    }

    /// Lines of the other 35 digits and how often it was seen. Those seen never are there to hide how many there are.
    pub fn answered(&self, body: &[u8]) -> bool {
        let lines = body.split(|b| *b == b'\n');
        lines.filter_map(|line| std::str::from_utf8(line).ok()?.trim().split_once(':')).any(
            |(suffix, seen)| {
                suffix.eq_ignore_ascii_case(&self.suffix) && seen.trim().parse::<u64>().is_ok_and(|n| n > 0)
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_digits_leave_and_the_rest_is_searched_for() {
        // SHA-1 of "password".
        let question = Question::of("password");
        assert_eq!(question.prefix, "5BAA6");
        let rest = "1E4C9B93F3F0682250B6CF8331B7EE68FD8";
        assert!(question.answered(format!("00:1\r\n{rest}:52256179\r\n").as_bytes()));
        assert!(question.answered(format!("{}:1", rest.to_lowercase()).as_bytes()));
        assert!(!question.answered(format!("{rest}:0\r\n").as_bytes()), "padding");
        assert!(!question.answered(b"\xff\xfe:1\n\n:::\n1E4C9:3") && !question.answered(b""));
        assert!(!format!("{question:?}").contains("5BAA6"));
    }
}
