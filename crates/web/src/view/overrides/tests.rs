use super::*;
use crate::view::pages::{Page, SignIn, SignedOut};
use crate::view::{RenderCtx, View, ViewError, registry};

/// A folder of its own for each test.
struct Folder(PathBuf);

impl Folder {
    fn with(files: &[(&str, &str)]) -> Folder {
        static COUNT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
        let nth = COUNT.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let folder = std::env::temp_dir().join(format!("countersign-overrides-{}-{nth}", std::process::id()));
        std::fs::create_dir_all(folder.join("mail")).unwrap();
        for (name, text) in files {
            std::fs::write(folder.join(name), text).unwrap();
        }
        Folder(folder)
    }

    fn view(&self) -> View {
        View::new(Some(&self.0)).unwrap()
    }

    /// What is wrong: file, line, and what is said.
    fn faults(&self) -> Vec<(String, usize, String)> {
        match View::new(Some(&self.0)).map(drop) {
            Err(ViewError::Overrides(bad)) => bad
                .into_iter()
                .map(|it| {
                    let name = it.path.strip_prefix(&self.0).unwrap().display().to_string();
                    (name, it.line, it.what)
                })
                .collect(),
            other => panic!("{other:?}"),
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn ctx(locale: Locale) -> RenderCtx<'static> {
    RenderCtx { locale, nonce: "n".into(), ..RenderCtx::default() }
}

#[test]
fn texts_styles_and_fragments_are_laid_over_ours() {
    let folder = Folder::with(&[
        ("de.ftl", "# unser Ton\nsigned-out-title = Bis bald\nsign-in-to = Hinein zu { $app }\n"),
        ("own.css", ".card { border-radius: 0 }"),
        ("_header.html", "<p class=\"own\">Northwind</p>"),
        ("_footer.html", "<p><a href=\"https://northwind.example/imprint\">Imprint</a></p>"),
    ]);
    let view = folder.view();
    let page = SignedOut { way_on: None };
    let german = view.render(&page, &ctx(Locale::De)).unwrap();
    assert!(german.contains("<h1>Bis bald</h1>"), "{german}");
    let english = view.render(&page, &ctx(Locale::En)).unwrap();
    assert!(english.contains("You are signed out") && !english.contains("Bis bald"));
    for html in [&german, &english] {
        assert!(html.contains("<p class=\"own\">Northwind</p>") && html.contains(">Imprint</a>"));
    }
    let css = std::str::from_utf8(&view.assets.css.bytes).unwrap();
    let (ours, theirs) = (css.find(".seal").unwrap(), css.find(".card { border-radius: 0 }").unwrap());
    assert!(ours < theirs, "own rules come after ours");
    assert_ne!(view.assets.css.path, View::new(None).unwrap().assets.css.path);
}

#[test]
fn a_template_in_place_of_ours_is_drawn() {
    let theirs = registry::template("signed_out.html").unwrap().replace("<h1>", "<h1 class=\"own\">");
    let html = Folder::with(&[("signed_out.html", &theirs)]).view();
    let html = html.render(&SignedOut { way_on: None }, &ctx(Locale::En)).unwrap();
    assert!(html.contains("<h1 class=\"own\">"));
}

/// Each file has one fault, in a line that is known, and the start says so.
#[test]
fn what_is_wrong_is_told_with_file_and_line() {
    let sign_in = registry::template(SignIn::TEMPLATE).unwrap();
    let without = |what: &str, instead: &str| {
        assert!(sign_in.contains(what), "{what}");
        sign_in.replace(what, instead)
    };
    let no_token = without("{{ ui.hidden(page.form) }}", "");
    let undefined = without("{{ self.title() }}", "{{ self.title() }}{{ page.nobody }}");
    for (name, text, line, says) in [
        ("en.ftl", "way-sign-in = Enter\nsign-in-too = Oops\n", 2, "no page says `sign-in-too`"),
        ("en.ftl", "sign-in-to = Into { $application }\n", 1, "has no value $application; it has $app"),
        ("en.ftl", "sign-in = A\n\nsign-in = B\n", 3, "there twice"),
        ("en.ftl", "sign-in = A\nsign-in-to = { $app\n", 3, "cannot be read"),
        ("xx.ftl", "sign-in = A\n", 1, "we speak en, de, fr, es, nb"),
        ("own.css", "p {}\n@import url(https://evil.example/x.css);\n", 2, "loads something"),
        ("own.css", "p { background: url(https://evil.example/x.png) }\n", 1, "loads something"),
        ("own.css", "p {\n", 1, "a rule does not end"),
        ("_footer.html", "<p>\n<p style=\"color:red\">x</p>", 2, "a style attribute"),
        ("_footer.html", "<p onclick=\"x()\">x</p>", 1, "a script in an attribute"),
        ("_footer.html", "\n\n<script>x()</script>", 3, "without nonce"),
        ("_footer.html", "<img src=\"https://tracker.example/x.png\" alt=\"\">", 1, "who signs in"),
        ("_footer.html", "<iframe></iframe>", 1, "a frame"),
        ("_footer.html", "<a href=\"javascript:x()\">x</a>", 1, "an address that is a script"),
        ("_footer.html", "one\n{% if %}", 2, "syntax error"),
        ("_footer.html", "one\n\n{{ nothing.there }}", 3, "undefined"),
        ("sign_in.html", undefined.as_str(), 6, "undefined"),
        ("sign_in.html", no_token.as_str(), 1, "the field csrf is missing"),
        ("sign-in.html", "", 1, "did you mean sign_in.html"),
        ("readme.md", "", 1, "nothing of this name"),
    ] {
        let faults = Folder::with(&[(name, text)]).faults();
        let found = faults.iter().any(|(file, at, what)| file == name && *at == line && what.contains(says));
        assert!(found, "{name} {says}: {faults:?}");
    }
}

#[test]
fn a_folder_that_is_not_there_is_told() {
    let error = View::new(Some(Path::new("/nowhere/at/all"))).map(drop).unwrap_err().to_string();
    assert!(error.contains("/nowhere/at/all:1: cannot be read"), "{error}");
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let faults =
        Folder::with(&[("_header.html", "<p style=\"x\">"), ("own.css", "}"), ("fr.ftl", "x = y\n")])
            .faults();
    let files: Vec<_> = faults.iter().map(|(file, ..)| file.as_str()).collect();
    assert_eq!(files, ["_header.html", "fr.ftl", "own.css"]);
}
