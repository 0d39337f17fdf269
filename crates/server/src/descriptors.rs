//! Open files: how many this process may have.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the soft limit of open files to what `connections` need, as far as the hard limit goes. Returns how many
/// connections there can be: some files are kept back for the database, mail and fetching.
pub fn raise_limit(connections: usize) -> usize {
    let limit = getrlimit(Resource::Nofile);
    let wanted = u64::try_from(connections + KEPT_BACK).unwrap_or(u64::MAX);
    let soft = limit.current.unwrap_or(u64::MAX);
    let reachable = limit.maximum.unwrap_or(u64::MAX).min(wanted);
    if soft < reachable {
        // If it is refused, the old limit holds, and is read again below.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(reachable), maximum: limit.maximum });
    }
    let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    room(usize::try_from(files).unwrap_or(usize::MAX), connections)
}

const KEPT_BACK: usize = 128;

/// Connections that fit: never less than half of the files, never more than asked for.
fn room(files: usize, connections: usize) -> usize {
    files.saturating_sub(KEPT_BACK).max(files / 2).min(connections).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_kept_back_for_the_house() {
        assert_eq!(room(1_000_000, 10_000), 10_000);
        assert_eq!(room(1_024, 10_000), 896);
        assert_eq!(room(256, 10_000), 128);
        assert_eq!(room(64, 10_000), 32);
        assert_eq!(room(0, 10_000), 1);
    }
}
