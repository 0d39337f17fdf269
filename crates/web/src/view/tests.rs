use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::view::pages::*;

fn view() -> View {
    View::new(None).unwrap()
}

fn ctx(locale: Locale) -> RenderCtx<'static> {
    RenderCtx {
        locale,
        nonce: "bm9uY2U".into(),
        base: "/identity-backend",
        app: Some(AppBrand {
            name: "Planner".into(),
            logo: Some("/logo/Zm9vYmFyYmF6cXV4.png".into()),
            policy: Some("https://planner.example/privacy".into()),
            terms: Some("https://planner.example/terms".into()),
            colour: Some("#0b6e4f".into()),
            home: Some("https://planner.example/".into()),
        }),
        flow_id: Some("01k9zq4m7c".into()),
        dev: false,
    }
}

#[test]
fn every_page_is_drawn_in_every_state_and_language() {
    let view = view();
    for locale in Locale::EVERY {
        for app in [ctx(locale).app, None] {
            for sample in every_page(&view, &RenderCtx { app, ..ctx(locale) }).unwrap() {
                let html = &sample.html;
                let at = format!("{} {} {locale:?}", sample.template, sample.name);
                let lang = if sample.english_only { "en" } else { locale.tag() };
                let dir = if lang == "ar-XB" { "rtl" } else { "ltr" };
                assert!(
                    html.starts_with(&format!("<!doctype html>\n<html lang=\"{lang}\" dir=\"{dir}\">")),
                    "{at}"
                );
                assert!(
                    html.contains("<h1") && html.contains("<title>") && !html.contains("<title></title>"),
                    "{at}"
                );
                assert!(
                    !html.contains("style=\"") && !html.contains("onclick"),
                    "inline style or handler: {at}"
                );
                assert!(
                    !html.contains("undefined") && !html.contains("{$") && !html.contains("&amp;amp;"),
                    "{at}"
                );
                assert!(
                    !html.contains('!') || html.matches('!').count() == 1,
                    "only the doctype exclaims: {at}"
                );
            }
        }
    }
}

#[test]
fn every_template_has_a_sample_and_every_file_is_a_template() {
    let drawn: BTreeSet<_> =
        every_page(&view(), &ctx(Locale::En)).unwrap().into_iter().map(|s| s.template).collect();
    for name in registry::NAMES {
        let shared = name.starts_with('_') || name.starts_with("mail/");
        assert!(shared || drawn.contains(name), "{name} has no sample");
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let files: BTreeSet<String> =
        overrides::files(&folder).unwrap().into_iter().map(|(name, _)| name).collect();
    assert_eq!(files, registry::NAMES.iter().map(|n| (*n).to_owned()).collect());
}

#[test]
fn every_form_carries_its_token_and_the_flow() {
    for sample in every_page(&view(), &ctx(Locale::En)).unwrap() {
        if ["form_post.html", "dev/provider.html"].contains(&sample.template) {
            continue; // goes to the app, or stands for somebody else's page: it carries nothing of ours
        }
        let sealed = !sample.template.starts_with("account") && !sample.template.starts_with("dev/");
        for form in sample.html.split("<form ").skip(1).map(|rest| rest.split("</form>").next().unwrap()) {
            let at = format!("{} {}", sample.template, sample.name);
            assert!(
                form.starts_with("method=\"post\"") && form.contains("action=\"/identity-backend/"),
                "{at}"
            );
            assert!(form.contains("<input type=\"hidden\" name=\"csrf\" value=\"ZmO1Yzk3\">"), "{at}");
            assert_eq!(form.contains("<input type=\"hidden\" name=\"flow\""), sealed, "{at}");
        }
    }
}

#[test]
fn automation_finds_its_ids() {
    let html = |template: &str| {
        let all = every_page(&view(), &ctx(Locale::De)).unwrap();
        all.into_iter().find(|s| s.template == template).unwrap().html
    };
    for (template, ids) in [
        ("sign_in.html", &["identifier", "continue", "send-link", "sign-up"][..]),
        ("password.html", &["password", "continue", "forgot", "change"]),
        ("sign_up.html", &["identifier", "new-password", "continue", "sign-in"]),
        ("confirm_email.html", &["code", "continue", "resend", "change"]),
        ("link_sent.html", &["code", "continue", "resend"]),
        ("link_confirm.html", &["continue"]),
        ("link_elsewhere.html", &["continue", "link-code"]),
        ("forgot.html", &["identifier", "continue"]),
        ("reset.html", &["new-password", "continue"]),
        ("consent.html", &["allow", "deny"]),
        ("confirm_sign_out.html", &["sign-out", "stay"]),
        ("account_profile.html", &["sign-out", "name", "continue"]),
        ("account_security.html", &["current-password", "new-password"]),
        ("form_post.html", &["continue"]),
        ("error.html", &["error-title", "way-on", "reference"]),
        ("dev/demo_signed_in.html", &["refresh", "sign-out", "flow"]),
    ] {
        let html = html(template);
        for id in ids {
            assert_eq!(html.matches(&format!(" id=\"{id}\"")).count(), 1, "{id} in {template}");
        }
    }
}

/// The database says "Firefox on Linux"; nobody else reads that who reads no English.
#[test]
fn a_browser_is_named_in_the_language_of_the_reader() {
    let view = view();
    for (locale, says) in [
        (Locale::En, "Firefox on Linux"),
        (Locale::De, "Firefox auf Linux"),
        (Locale::Fr, "Firefox sur Linux"),
        (Locale::Es, "Firefox en Linux"),
        (Locale::Nb, "Firefox på Linux"),
    ] {
        let mut told = BTreeSet::new();
        let pages = every_page(&view, &ctx(locale)).unwrap();
        let pages = pages.into_iter().filter(|it| !it.english_only).map(|it| (it.template, it.html));
        let mails = every_mail(&view, locale).unwrap();
        let mails = mails.into_iter().map(|(name, mail)| (name, mail.text + &mail.html));
        for (name, text) in pages.chain(mails) {
            assert!(locale == Locale::En || !text.contains(" on Linux"), "{name} {locale:?}: {text}");
            if text.contains(says) {
                told.insert(name);
            }
        }
        let all = ["account_activity.html", "account_sessions.html", "link_elsewhere.html", "not_me.html"];
        let all = all.into_iter().chain(["new_session"]);
        assert!(all.into_iter().all(|it| told.contains(it)), "{locale:?}: {told:?}");
    }
}

/// A client without a secret may still prove who it is.
#[test]
fn the_start_page_of_dev_calls_public_who_is() {
    let html = view().render(&DevIndex::samples().remove(0).1, &ctx(Locale::En)).unwrap();
    let row = |id: &str| html.split("<tr>").find(|it| it.contains(id)).unwrap().to_owned();
    assert!(row("<code>demo-public</code>").contains(">public<"), "{html}");
    assert!(row("<code>demo-key</code>").contains("<code>private_key_jwt</code>"), "{html}");
    assert!(!row("<code>demo-key</code>").contains(">public<"), "{html}");
}

#[test]
fn hostile_names_stay_text_and_cannot_turn_the_sentence_around() {
    let bad = "</title><script>alert('1')</script>\u{202e}\"& \u{e000}";
    let app = AppBrand {
        name: bad.into(),
        logo: Some("/logo/\"><script>".into()),
        policy: Some("javascript:alert(1)".into()),
        terms: Some("data:text/html,<script>".into()),
        colour: Some("red}</style><script>".into()),
        home: None,
    };
    let ctx = RenderCtx { app: Some(app), flow_id: Some(bad.into()), ..ctx(Locale::En) };
    for sample in every_page(&view(), &ctx).unwrap() {
        let scripts = sample.html.matches("<script").count();
        let ours = 1 + usize::from(sample.template == "form_post.html");
        assert_eq!(scripts, ours, "{}", sample.template);
        assert!(!sample.html.contains('\u{202e}') || sample.template == "error.html", "{}", sample.template);
        assert!(!sample.html.contains("javascript:"), "{}", sample.template);
    }
    let consent = Consent { app_name: bad.into(), goes_to: bad.into(), ..Consent::samples().remove(0).1 };
    let html = view().render(&consent, &ctx).unwrap();
    assert!(!html.contains("<script>") && !html.contains('\u{202e}') && !html.contains('\u{e000}'));
    let way_on = Some(WayOn::app(bad, "javascript:alert(1)"));
    let html = view().render(&ErrorPage::redirect_not_registered(bad), &ctx).unwrap()
        + &view().render(&SignedOut { way_on }, &ctx).unwrap();
    assert!(!html.contains("<script>") && !html.contains("javascript:") && html.contains("href=\"#\""));
}

#[test]
fn typed_values_come_back_with_the_problem_beside_their_field() {
    let page = SignIn {
        identifier: "anna@\"<x".into(),
        problems: vec![Problem::EmailMalformed],
        ..SignIn::samples().remove(0).1
    };
    let html = view().render(&page, &ctx(Locale::En)).unwrap();
    assert!(html.contains("value=\"anna@&quot;&lt;x\""));
    assert!(html.contains("aria-invalid=\"true\" aria-describedby=\"identifier-error\""));
    assert!(html.contains("<a href=\"#identifier\">") && html.contains("<title>Problem: "));
}

#[test]
fn a_password_never_comes_back_into_the_page() {
    for sample in every_page(&view(), &ctx(Locale::En)).unwrap() {
        for input in sample.html.split("<input ").skip(1).map(|rest| rest.split('>').next().unwrap()) {
            assert!(!input.contains("type=\"password\"") || !input.contains("value="), "{}", sample.template);
        }
    }
}

#[test]
fn all_languages_have_the_same_messages_with_the_same_values() {
    let english = messages(Locale::En);
    assert!(english.len() > 200);
    for locale in Locale::ALL {
        let theirs = messages(locale);
        for (id, values) in &english {
            assert_eq!(theirs.get(id), Some(values), "{id} in {locale:?}");
        }
        assert_eq!(theirs.len(), english.len(), "{locale:?} has messages that English lacks");
        assert!(
            fluent_bundle::FluentResource::try_new(words::source(locale).to_owned()).is_ok(),
            "{locale:?}"
        );
    }
}

#[test]
fn no_message_is_written_for_nobody() {
    let mut used = String::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["templates", "src/view"] {
        for (_, source) in overrides::files(&root.join(folder)).unwrap() {
            used.push_str(&source);
        }
    }
    let built = ["error-", "done-", "account-", "month-"];
    for id in messages(Locale::En).keys() {
        let known = used.contains(&format!("\"{id}\"")) || built.iter().any(|b| id.starts_with(b));
        assert!(known, "nobody says {id}");
    }
}

#[test]
fn words_are_plain() {
    for locale in Locale::ALL {
        for line in words::source(locale).lines().filter(|l| !l.starts_with('#')) {
            let low = line.to_ascii_lowercase();
            for word in [
                "invalid",
                "please",
                "oauth",
                "token",
                "session expired",
                "ungültig",
                "bitte",
                "veuillez",
                "por favor",
                "inválid",
                "invalide",
                "!",
            ] {
                assert!(!low.contains(word), "{word} in {locale:?}: {line}");
            }
        }
    }
}

#[test]
fn mails_have_their_link_and_code_in_both_parts_and_load_nothing() {
    let view = view();
    for locale in Locale::ALL {
        for (name, mail) in every_mail(&view, locale).unwrap() {
            let linked = !["no_account_closed", "add_email"].contains(&name);
            assert_eq!(
                mail.text.contains("https://id.example/link?ticket=Qm9vdHN0cmFwLXNhbXBsZS10aWNrZXQ&x=1\n"),
                linked,
                "{name}"
            );
            assert_eq!(mail.html.contains("href=\"https://id.example/link?ticket="), linked, "{name}");
            assert_eq!(
                mail.text.contains("402913") && mail.html.contains("402913"),
                ["confirm_email", "add_email"].contains(&name),
                "{name}"
            );
            for loads in ["src=", "url(", "<img", "<link", "@import", "<script"] {
                assert!(!mail.html.contains(loads), "{loads} in {name}");
            }
            assert!(
                !mail.subject.is_empty() && !mail.subject.contains('\n') && !mail.text.contains("&amp;"),
                "{name}"
            );
        }
    }
}

#[test]
fn a_mail_cannot_be_given_a_second_header_by_an_apps_name() {
    let mut mail = Mail::samples(Locale::En).remove(1).1;
    mail.app = "Planner\r\nBcc: everybody@example.com".into();
    let mail = view().mail(&mail).unwrap();
    assert!(!mail.subject.contains(['\r', '\n']) && !mail.text.contains("\nBcc"));
}

#[test]
fn the_first_load_is_small() {
    let view = view();
    let assets = view.assets.css.bytes.len() + view.assets.js.bytes.len() + view.assets.icon.bytes.len();
    assert!(view.assets.css.bytes.len() <= 12 * 1024, "{}", view.assets.css.bytes.len());
    let logo = countersign_core::oauth::logo::MOST_BYTES;
    for locale in Locale::ALL {
        for sample in every_page(&view, &ctx(locale)).unwrap() {
            let all = sample.html.len() + assets + logo;
            // A long recorded flow is drawn in full, for developers on this machine.
            assert!(
                all <= 60_000 || sample.template == "dev/flow.html",
                "{all}: {} {}",
                sample.template,
                sample.name
            );
        }
    }
}

/// Nothing in the stylesheet knows left from right: a language that is written the other way mirrors the page.
#[test]
fn the_stylesheet_leans_on_no_side() {
    let css = include_str!("../../assets/app.css");
    for (nth, line) in css.lines().enumerate() {
        let spaced = line.replace([';', '{'], " ");
        for word in spaced.split_ascii_whitespace() {
            let property = word.strip_suffix(':').unwrap_or_default();
            let leans =
                ["left", "right"].iter().any(|it| property == *it || property.ends_with(&format!("-{it}")));
            assert!(!leans && !["left", "right"].contains(&word), "line {}: {word}", nth + 1);
        }
        // `padding: 1px 2px 3px 4px` has a left and a right as well; so has a radius of four corners.
        for rule in line.split([';', '{', '}']) {
            let Some((property, values)) = rule.split_once(": ") else { continue };
            let four =
                ["margin", "padding", "inset", "border-radius", "border-width"].contains(&property.trim());
            let values: Vec<_> = values.split_ascii_whitespace().collect();
            assert!(!four || values.len() < 4 || values[1] == values[3], "line {}: {rule}", nth + 1);
        }
    }
}

/// A gallery draws the same page in light and in dark, whatever the browser prefers.
#[test]
fn a_scheme_can_be_forced_to_look_at_it() {
    let view = view();
    let css = String::from_utf8(view.assets.css.bytes.to_vec()).unwrap();
    let html = view.render(&SignIn::samples().remove(0).1, &ctx(Locale::En)).unwrap();
    for text in [&css, &html] {
        assert!(text.contains("prefers-color-scheme:dark") && text.contains("light dark"), "{text}");
        for dark in [true, false] {
            let forced = in_scheme(text, dark);
            assert!(!forced.contains("prefers-color-scheme") && !forced.contains("light dark"), "{forced}");
        }
    }
}

#[test]
fn assets_are_found_by_the_path_that_pages_link_to() {
    let view = view();
    let html = view.render(&SignIn::samples().remove(0).1, &ctx(Locale::En)).unwrap();
    for asset in [&view.assets.css, &view.assets.js, &view.assets.icon] {
        assert!(html.contains(&format!("\"/identity-backend{}\"", asset.path)));
        assert_eq!(view.asset(&asset.path).unwrap().bytes, asset.bytes);
    }
    assert!(view.asset("/assets/app.css").is_none());
}

/// Message ids, each with the values that it names.
fn messages(locale: Locale) -> BTreeMap<String, BTreeSet<String>> {
    let mut found = BTreeMap::new();
    for message in overrides::messages(words::source(locale)) {
        assert!(found.insert(message.id.clone(), message.values).is_none(), "{} twice", message.id);
    }
    found
}
