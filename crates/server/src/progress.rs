//! How far long work is: told over the operators' socket, drawn as a bar on a terminal, and nowhere else.

use std::io::{IsTerminal as _, Write};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

/// So much of so much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Done so far.
    pub done: u64,
    /// All there is, as known at the beginning.
    pub total: u64,
}

/// Whoever works tells here. Only the latest counts, so telling costs nothing and waits for nobody.
pub type Teller = watch::Sender<Progress>;

/// No more often than eyes can follow.
pub const EVERY: Duration = Duration::from_millis(100);

/// A bar on one line of the error stream, drawn over itself, and gone when the work is done.
pub struct Bar<W: Write> {
    to: Option<W>,
    drawn: bool,
}

impl Bar<std::io::Stderr> {
    /// On the error stream if that is a terminal; a log or another program sees nothing of it.
    pub fn on_terminal() -> Self {
        let stream = std::io::stderr();
        Self { to: stream.is_terminal().then_some(stream), drawn: false }
    }
}

impl<W: Write> Bar<W> {
    /// Draws nothing.
    pub fn none() -> Self {
        Self { to: None, drawn: false }
    }

    /// Draws how far it is. Nothing is drawn of work that has not begun.
    pub fn draw(&mut self, progress: Progress) {
        let Some(to) = &mut self.to else { return };
        if progress.total == 0 {
            return;
        }
        self.drawn = true;
        // Whoever looks may have gone.
        let _ = write!(to, "\r{}", line(progress)).and_then(|()| to.flush());
    }
}

impl<W: Write> Drop for Bar<W> {
    fn drop(&mut self) {
        if let (Some(to), true) = (&mut self.to, self.drawn) {
            let _ = write!(to, "\r\x1b[K").and_then(|()| to.flush());
        }
    }
}

const WIDTH: u64 = 30;

fn line(Progress { done, total }: Progress) -> String {
    // Rows may be added meanwhile.
    let total = total.max(done).max(1);
    let filled = usize::try_from(done.saturating_mul(WIDTH) / total).unwrap_or_default();
    let left = usize::try_from(WIDTH).unwrap_or_default().saturating_sub(filled);
    let percent = done.saturating_mul(100) / total;
    format!("[{}{}] {percent:>3} %  {done} of {total}", "#".repeat(filled), ".".repeat(left))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_fills_and_leaves_nothing_behind() {
        assert_eq!(line(Progress { done: 0, total: 150 }), format!("[{}]   0 %  0 of 150", ".".repeat(30)));
        let half = line(Progress { done: 75, total: 150 });
        assert_eq!(half, format!("[{}{}]  50 %  75 of 150", "#".repeat(15), ".".repeat(15)));
        assert_eq!(
            line(Progress { done: 151, total: 150 }),
            format!("[{}] 100 %  151 of 151", "#".repeat(30))
        );
        let mut drawn = Vec::new();
        let mut bar = Bar { to: Some(&mut drawn), drawn: false };
        bar.draw(Progress::default());
        bar.draw(Progress { done: 1, total: 2 });
        drop(bar);
        let drawn = String::from_utf8(drawn).unwrap();
        assert!(drawn.starts_with("\r[#") && drawn.ends_with("\r\x1b[K"), "{drawn:?}");
        let mut untouched = Vec::new();
        drop(Bar { to: Some(&mut untouched), drawn: false });
        assert!(untouched.is_empty(), "work that was over at once draws nothing");
    }
}
