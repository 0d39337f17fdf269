//! A command line that was not understood, told to programs. People are told by clap itself.

use clap::error::ErrorKind;

use crate::failure::{Exit, Failure};

/// What was wrong; `None` if help or the version was asked for, which is no mistake.
pub(super) fn refused(error: &clap::Error) -> Option<Failure> {
    let text = error.render().to_string();
    let (why, mend) = match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => return None,
        // The text is the whole help.
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            ("a command is missing".to_owned(), String::new())
        }
        _ => told(&text),
    };
    let help = "`--help` says what each command takes";
    let mend = if mend.is_empty() { help.to_owned() } else { format!("{mend}; {help}") };
    let what = "the command line was not understood".to_owned();
    Some(Failure { what, why, mend, exit: Exit::Usage })
}

/// clap's paragraphs: what is wrong, tips, how the command is used, where to read more.
fn told(text: &str) -> (String, String) {
    let (mut why, mut mend) = (Vec::new(), Vec::new());
    for paragraph in text.split("\n\n") {
        let line = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some(tip) = line.strip_prefix("tip: ") {
            mend.push(tip.to_owned());
        } else if let Some(usage) = line.strip_prefix("Usage: ") {
            mend.push(format!("use: {usage}"));
        } else if !line.is_empty() && !line.starts_with("For more information") {
            why.push(line.strip_prefix("error: ").unwrap_or(&line).to_owned());
        }
    }
    (why.join("; "), mend.join("; "))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::super::Cli;
    use super::*;

    fn refusal(line: &str) -> Option<Failure> {
        let words = std::iter::once("countersign").chain(line.split_whitespace());
        Cli::try_parse_from(words).err().and_then(|error| refused(&error))
    }

    #[test]
    fn what_was_wrong_and_what_helps_are_apart() {
        for (line, why, mend) in [
            ("serve --chekc --json", "unexpected argument '--chekc' found", "'--check'"),
            ("user delete --json", "<USER>", "use: countersign user delete"),
            ("user delet x --json", "unrecognized subcommand 'delet'", "'delete'"),
            ("user --json", "requires a subcommand", "--help"),
            ("keys revoke --json", "<KID>", "use: countersign keys revoke"),
            ("dev --port many --json", "invalid value 'many' for '--port <PORT>'", "--help"),
            ("", "a command is missing", "--help"),
        ] {
            let failure = refusal(line).unwrap();
            assert!(failure.why.contains(why) && failure.mend.contains(mend), "{line}: {failure:?}");
            assert!(!failure.why.contains("error:") && !failure.why.contains("Usage"), "{failure:?}");
            assert_eq!(failure.exit, Exit::Usage);
        }
        assert_eq!(refusal("user --help"), None);
        assert_eq!(refusal("--version"), None);
    }
}
