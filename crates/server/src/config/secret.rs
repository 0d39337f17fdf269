//! Secrets come from the environment or a file of their own, and are refused when somebody forgot to fill them in.

use std::path::{Path, PathBuf};

use secrecy::SecretString;
use zeroize::Zeroizing;

use super::problem::Problems;
use super::read::Surroundings;
use super::values::Values;

/// Reads `NAME_env` or `NAME_file`. `None` when neither is written, or when what they name is unusable, which is
/// then in `problems`.
pub(crate) fn secret(
    values: &Values,
    name: &str,
    shortest: usize,
    base: &Path,
    world: &dyn Surroundings,
    problems: &mut Problems,
) -> Option<SecretString> {
    let (by_env, by_file) = (format!("{name}_env"), format!("{name}_file"));
    let (key, found) = match (values.text(&by_env), values.text(&by_file)) {
        (None, None) => return None,
        (Some(_), Some(_)) => {
            problems.add(
                values.place(&by_file),
                format!("`{by_env}` and `{by_file}` are both written"),
                "it is not clear which one counts",
                "keep one",
            );
            return None;
        }
        (Some(variable), None) => {
            let found =
                world.variable(variable).ok_or(format!("the environment variable {variable} is not set"));
            (by_env, found)
        }
        (None, Some(file)) => {
            let path = resolve(base, file);
            let found =
                world.file(&path).map_err(|error| format!("{} cannot be read: {error}", path.display()));
            (by_file, found)
        }
    };
    let place = values.place(&key);
    match found {
        Err(what) => {
            problems.add(
                place,
                what,
                "the server does not start without its secrets",
                "provide it, or remove the key",
            );
            None
        }
        Ok(text) => {
            let text = Zeroizing::new(text);
            let trimmed = text.trim_end_matches(['\r', '\n']);
            match judge(trimmed, shortest) {
                Ok(()) => Some(SecretString::from(trimmed)),
                Err(fault) => {
                    problems.add(place, format!("the secret that `{key}` names {fault}"), WHY, MEND);
                    None
                }
            }
        }
    }
}

const WHY: &str = "whoever guesses it can speak in its owner's name";
const MEND: &str = "generate one, for example with `openssl rand -base64 32`";

/// A file named in the configuration is looked for beside it.
pub(crate) fn resolve(base: &Path, file: &str) -> PathBuf {
    base.join(file)
}

fn judge(secret: &str, shortest: usize) -> Result<(), String> {
    if secret.trim().is_empty() {
        return Err("is empty".to_owned());
    }
    if is_placeholder(secret) {
        return Err("is a placeholder".to_owned());
    }
    if secret.chars().count() < shortest {
        return Err(format!("is shorter than {shortest} characters"));
    }
    Ok(())
}

/// Whether somebody copied an example and forgot to fill it in.
fn is_placeholder(secret: &str) -> bool {
    let text = secret.trim().to_ascii_lowercase();
    let bare: String = text.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    let stem = bare.trim_end_matches(|c: char| c.is_ascii_digit());
    const WHOLE: &[&str] = &[
        "secret",
        "password",
        "passwort",
        "pass",
        "example",
        "placeholder",
        "todo",
        "fixme",
        "test",
        "dummy",
        "sample",
        "none",
        "null",
        "default",
        "admin",
        "clientsecret",
        "supersecret",
        "mysecret",
        "insecure",
        "replace",
        "qwerty",
    ];
    const PART: &[&str] = &[
        "changeme",
        "changethis",
        "changeit",
        "replaceme",
        "replacethis",
        "fillme",
        "yoursecret",
        "yourpassword",
        "insertyour",
        "puty",
    ];
    let mut letters = text.chars();
    let first = letters.next();
    let one_letter = letters.all(|c| Some(c) == first);
    let marked = (text.starts_with('<') && text.ends_with('>'))
        || (text.starts_with("${") && text.ends_with('}'))
        || (text.starts_with("{{") && text.ends_with("}}"));
    one_letter
        || marked
        || stem.is_empty() && bare.len() < 16
        || WHOLE.contains(&stem)
        || PART.iter().any(|part| bare.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forgotten_examples_are_recognised() {
        for text in [
            "changeme",
            "CHANGE_ME",
            "change-me-please",
            "please-change-this-1234567890abcdef",
            "secret",
            "Secret123",
            "password",
            "Password1",
            "<your secret>",
            "${SMTP_PASSWORD}",
            "{{ secret }}",
            "xxxxxxxxxxxxxxxxxxxxxxxx",
            "0000000000000000000000000000000000000000",
            "123456",
            "example",
            "your-secret-goes-here",
            "TODO",
        ] {
            assert!(is_placeholder(text), "{text}");
        }
    }

    #[test]
    fn real_secrets_are_not() {
        for text in [
            "q3Zk9vXyT1p0sV4rW8uB2nM5cL7eH6dA",
            "correct horse battery staple",
            "a1b2c3d4e5f60718293a4b5c6d7e8f90",
            "s3cr3t-Kx81!",
            "tr0ub4dor&3",
        ] {
            assert!(!is_placeholder(text), "{text}");
            assert!(judge(text, 8).is_ok());
        }
        assert!(judge("short", 8).is_err());
        assert!(judge("  ", 0).is_err());
    }
}
