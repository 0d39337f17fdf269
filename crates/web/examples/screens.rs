//! Writes every page in every state, and every mail, as HTML files with stylesheet and script beside them, and
//! `screens.json` that lists them. `scripts/screens` takes the pictures.
//!
//! `cargo run -p countersign-web --example screens -- FOLDER [LOCALE..]`; with `--time` in place of the folder it says
//! how long the sign-in page takes to draw.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;

use countersign_web::view::pages::{FormPost, SignIn};
use countersign_web::view::{AppBrand, Locale, Page, RenderCtx, View, every_mail, every_page};
use serde_json::json;

/// What an app's logo may look like.
const LOGO: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48"><circle cx="24" cy="24" r="24" fill="#0b6e4f"/><path fill="#fff" d="M24 8l5 14-5 18-5-18z"/></svg>"##;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let first = args.next();
    if first.as_deref() == Some("--time") {
        return time();
    }
    let folder = PathBuf::from(first.ok_or("say where to write: screens FOLDER [LOCALE..]")?);
    let asked: Vec<Locale> = args.filter_map(|tag| Locale::from_any_tag(&tag)).collect();
    let locales = if asked.is_empty() { Locale::EVERY.to_vec() } else { asked };
    let view = View::new(None)?;
    let mut listed = Vec::new();
    for locale in locales {
        let ctx = RenderCtx {
            locale,
            nonce: "bm9uY2U".into(),
            app: Some(AppBrand {
                name: "Planner".into(),
                policy: Some("https://planner.example/privacy".into()),
                terms: Some("https://planner.example/terms".into()),
                ..AppBrand::default()
            }),
            flow_id: Some("01k9zq4m7c".into()),
            ..RenderCtx::default()
        };
        let branded = AppBrand {
            name: "Northwind Reports".into(),
            logo: Some("/logo/northwind.svg".into()),
            policy: Some("https://northwind.example/privacy".into()),
            terms: None,
            colour: Some("#0b6e4f".into()),
            home: None,
        };
        let looks = [
            ("", ctx.clone()),
            ("no_app.", RenderCtx { app: None, ..ctx.clone() }),
            ("brand.", RenderCtx { app: Some(branded), dev: true, ..ctx }),
        ];
        for (look, ctx) in looks {
            for page in every_page(&view, &ctx)? {
                // The app shows on few screens: those are drawn without one and with another's colours as well.
                let extra = matches!(
                    (page.template, page.name),
                    ("sign_in.html", "providers") | ("consent.html" | "link_sent.html", "plain")
                );
                if !look.is_empty() && !extra || page.english_only && locale != Locale::En {
                    continue;
                }
                let template = page.template.trim_end_matches(".html").replace('/', ".");
                let name = format!("{}.{look}{template}.{}", locale.tag(), page.name);
                write(&folder, &name, &relative(&page.html))?;
                listed.push(json!({ "name": name, "locale": locale.tag() }));
            }
        }
        for (kind, mail) in every_mail(&view, locale)? {
            let name = format!("{}.mail.{kind}", locale.tag());
            write(&folder, &name, &mail.html)?;
            std::fs::write(
                folder.join(format!("{name}.txt")),
                format!("Subject: {}\n\n{}", mail.subject, mail.text),
            )?;
            listed.push(json!({ "name": name, "locale": locale.tag() }));
        }
    }
    // The page that sends itself, for the test that it does.
    let ctx = RenderCtx { nonce: "bm9uY2U".into(), ..RenderCtx::default() };
    let (_, sends_itself) = FormPost::samples().remove(0);
    write(&folder, "en.sends_itself", &view.render(&sends_itself, &ctx)?.replace("\"/assets/", "\"assets/"))?;
    for asset in view.assets() {
        let path = folder.join(asset.path.trim_start_matches('/'));
        std::fs::create_dir_all(path.parent().unwrap_or(&folder))?;
        std::fs::write(path, &asset.bytes)?;
    }
    std::fs::create_dir_all(folder.join("logo"))?;
    std::fs::write(folder.join("logo/northwind.svg"), LOGO)?;
    std::fs::write(folder.join("screens.json"), serde_json::to_vec_pretty(&listed)?)?;
    println!("{} screens in {}", listed.len(), folder.display());
    Ok(())
}

/// How long the sign-in page takes to draw.
#[allow(clippy::disallowed_methods, reason = "a stopwatch, and it says so")]
fn time() -> Result<(), Box<dyn Error>> {
    let view = View::new(None)?;
    let (_, page) = SignIn::samples().remove(1);
    let ctx = RenderCtx {
        app: Some(AppBrand { name: "Planner".into(), ..AppBrand::default() }),
        ..RenderCtx::default()
    };
    let mut bytes = view.render(&page, &ctx)?.len();
    let (rounds, start) = (2_000_u32, Instant::now());
    for _ in 0..rounds {
        bytes = bytes.max(view.render(&page, &ctx)?.len());
    }
    println!("sign-in page: {:?} each, {bytes} bytes", start.elapsed() / rounds);
    Ok(())
}

/// Stylesheet and script beside the file; the form that sends itself stays.
fn relative(html: &str) -> String {
    html.replace("\"/assets/", "\"assets/")
        .replace("\"/logo/", "\"logo/")
        .replace("document.getElementById(\"answer\").submit()", "")
}

fn write(folder: &Path, name: &str, html: &str) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(folder)?;
    Ok(std::fs::write(folder.join(format!("{name}.html")), html)?)
}
