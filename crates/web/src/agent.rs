//! A browser as people say it: "Firefox on Linux". The raw header is never kept; each reader is told it in their own
//! language (`view::words`).

/// A short name for a User-Agent header; empty when nothing is known.
pub fn agent(header: Option<&str>) -> String {
    let Some(text) = header else { return String::new() };
    let find =
        |table: &[(&str, &'static str)]| table.iter().find(|(mark, _)| text.contains(mark)).map(|(_, n)| *n);
    match (find(BROWSERS), find(SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser}{BETWEEN}{system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => String::new(),
    }
}

/// Browser and system of a name that [`agent`] made; a program's own name is in no language.
pub fn parts(stored: &str) -> Option<(&'static str, &'static str)> {
    let (browser, system) = stored.split_once(BETWEEN)?;
    let find =
        |table: &[(&str, &'static str)], name: &str| table.iter().find(|(_, n)| *n == name).map(|(_, n)| *n);
    Some((find(BROWSERS, browser)?, find(SYSTEMS, system)?))
}

/// What stands between the two in the database.
const BETWEEN: &str = " on ";

/// Most specific first: everybody claims to be somebody else.
const BROWSERS: &[(&str, &str)] = &[
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Vivaldi", "Vivaldi"),
    ("SamsungBrowser", "Samsung Internet"),
    ("FxiOS", "Firefox"),
    ("Firefox", "Firefox"),
    ("CriOS", "Chrome"),
    ("HeadlessChrome", "Chrome"),
    ("Chromium", "Chromium"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
    ("curl", "curl"),
];
const SYSTEMS: &[(&str, &str)] = &[
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

#[cfg(test)]
mod tests {
    use super::{agent, parts};

    #[test]
    fn browsers_are_named_and_nothing_else_is_kept() {
        let safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                      Version/17.4 Mobile/15E148 Safari/604.1";
        assert_eq!(agent(Some(safari)), "Safari on iPhone");
        assert_eq!(
            agent(Some("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0")),
            "Firefox on Linux"
        );
        assert_eq!(agent(Some("<script>alert(1)</script>")), "");
        assert_eq!(agent(None), "");
    }

    #[test]
    fn a_name_of_ours_comes_apart_and_no_other_does() {
        assert_eq!(parts("Safari on iPhone"), Some(("Safari", "iPhone")));
        assert_eq!(parts("Samsung Internet on Android"), Some(("Samsung Internet", "Android")));
        for other in
            ["", "curl", "Firefox", "an app's server on Linux", "Firefox on Mars", "Firefox auf Linux"]
        {
            assert_eq!(parts(other), None, "{other}");
        }
    }
}
