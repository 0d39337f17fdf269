//! Sign-ins on their way to the provider: each browser has its own, and in it each tab.

use std::collections::{HashMap, VecDeque};

/// Browsers remembered; a demo needs no more.
const MOST_BROWSERS: usize = 1_000;
/// Tabs of one browser; the oldest makes room.
const MOST_TABS: usize = 8;

/// What waits for its answer, by browser and `state`.
#[derive(Debug)]
pub(super) struct Begun<T>(HashMap<String, VecDeque<(String, T)>>);

impl<T> Default for Begun<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T> Begun<T> {
    /// One more, beside those of the same browser's other tabs.
    pub(super) fn begin(&mut self, browser: &str, state: String, pending: T) {
        if self.0.len() >= MOST_BROWSERS && !self.0.contains_key(browser) {
            self.0.clear();
        }
        let tabs = self.0.entry(browser.to_owned()).or_default();
        if tabs.len() >= MOST_TABS {
            tabs.pop_front();
        }
        tabs.push_back((state, pending));
    }

    /// The answer came. Once, and only in the browser that asked: RFC 6749 10.12.
    pub(super) fn take(&mut self, browser: &str, state: &str) -> Option<T> {
        let tabs = self.0.get_mut(browser)?;
        let at = tabs.iter().position(|(it, _)| it == state)?;
        let found = tabs.remove(at).map(|(_, pending)| pending);
        if tabs.is_empty() {
            self.0.remove(browser);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_tabs_of_one_browser_finish_in_any_order_and_each_once() {
        let mut begun = Begun::default();
        begun.begin("here", "first".into(), 1);
        begun.begin("here", "second".into(), 2);
        assert_eq!(begun.take("elsewhere", "first"), None, "another browser's");
        assert_eq!(begun.take("here", "first"), Some(1));
        assert_eq!(begun.take("here", "first"), None, "once");
        assert_eq!(begun.take("here", "second"), Some(2));
    }

    #[test]
    fn the_last_eight_are_kept_and_browsers_are_bounded() {
        let mut begun = Begun::default();
        for n in 0..9 {
            begun.begin("here", n.to_string(), n);
        }
        assert_eq!((begun.take("here", "0"), begun.take("here", "1")), (None, Some(1)));
        for n in 0..3 * MOST_BROWSERS {
            begun.begin(&n.to_string(), "s".into(), 0);
            assert!(begun.0.len() <= MOST_BROWSERS);
        }
    }
}
