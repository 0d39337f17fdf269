//! Lists of breached passwords.

use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Subcommand;
use countersign_keys::breached::compile::{CompileError, Compiled, Options, compile};
use serde_json::json;

use crate::admin::Reply;
use crate::failure::Failure;
use crate::progress::{Bar, EVERY, Progress};
use crate::words::count;

#[derive(Debug, Subcommand)]
pub(super) enum PasswordsCommand {
    /// Make the compact list for `breached_file` out of a list of passwords, or of their SHA-1, one a line.
    ///
    /// A line of hashes may say behind a colon how often it was seen, as in the collections of breaches. A list that is
    /// sorted by hash takes no memory, another one 8 bytes for each password.
    Compile {
        /// The list.
        from: PathBuf,
        /// The compact list; replaced when it is complete.
        to: PathBuf,
        /// One good password of 2 to this power is taken for a known one. A million passwords take this and two bits each.
        #[arg(long, default_value_t = 16)]
        bits: u8,
        /// Leave out what was seen less often.
        #[arg(long, default_value_t = 1, value_name = "TIMES")]
        at_least: u64,
    },
}

impl PasswordsCommand {
    pub(super) fn run(&self, bar: &mut Bar<io::Stderr>) -> Result<Reply, Failure> {
        let Self::Compile { from, to, bits, at_least } = self;
        let options = Options { bits: *bits, at_least: *at_least };
        let done = compiled(from, to, options, bar)?;
        let json = json!({ "passwords": done.count, "bytes": done.bytes, "to": to });
        let text = format!(
            "{} in {}: {}\nPut `breached_file = \"{}\"` under [passwords], then `countersign apply`.",
            count(done.count, "password", "passwords"),
            count(done.bytes, "byte", "bytes"),
            to.display(),
            to.display()
        );
        Ok(Reply { json, text })
    }
}

/// Written beside it first: a list that is asked at this moment is replaced whole.
#[expect(clippy::disallowed_methods, reason = "a stopwatch for the bar")]
fn compiled(
    from: &Path,
    to: &Path,
    options: Options,
    bar: &mut Bar<io::Stderr>,
) -> Result<Compiled, Failure> {
    let no_list = |error: io::Error| {
        Failure::new(
            format!("{} cannot be read", from.display()),
            error,
            "name a file of one password or SHA-1 a line",
        )
    };
    let total = fs::metadata(from).map_err(no_list)?.len() * 2;
    let mut name = to.as_os_str().to_owned();
    name.push(".new");
    let beside = PathBuf::from(name);
    let no_place = |error: io::Error| {
        Failure::new(
            format!("{} cannot be written", beside.display()),
            error,
            "choose a folder that can be written to",
        )
    };
    let mut out = File::create(&beside).map_err(no_place)?;
    let mut drawn = Instant::now();
    let open = || Ok(BufReader::with_capacity(1 << 20, File::open(from)?));
    let made = compile(open, &mut out, options, |done| {
        if drawn.elapsed() >= EVERY {
            drawn = Instant::now();
            bar.draw(Progress { done, total });
        }
    });
    let put = made.and_then(|made| {
        out.sync_all()?;
        fs::rename(&beside, to)?;
        Ok(made)
    });
    put.map_err(|error| {
        let _ = fs::remove_file(&beside);
        let mend = match &error {
            CompileError::Io(_) => "see that there is room, and that both files are yours",
            CompileError::NoHash(_) => "give a file that holds only hashes, or only passwords",
            CompileError::Empty => "leave `--at-least` out, or give a list that holds something",
            CompileError::Bits => "leave `--bits` out",
            CompileError::Uneven => "give a list of real passwords",
        };
        Failure::new(format!("{} could not be compiled", from.display()), error, mend)
    })
}
