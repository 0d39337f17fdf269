//! Writes every page in every state, and every mail, as HTML files with stylesheet and script beside them, and
//! `screens.json` that lists them. `scripts/screens` takes the pictures.
//!
//! `cargo run -p countersign-web --example screens -- FOLDER [LOCALE..]`

use std::error::Error;
use std::path::{Path, PathBuf};

use countersign_web::view::{AppBrand, Locale, RenderCtx, View, every_mail, every_page};
use serde_json::json;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let folder = PathBuf::from(args.next().ok_or("say where to write: screens FOLDER [LOCALE..]")?);
    let asked: Vec<Locale> = args.filter_map(|tag| Locale::from_tag(&tag)).collect();
    let locales = if asked.is_empty() { Locale::ALL.to_vec() } else { asked };
    let view = View::new(None)?;
    let mut listed = Vec::new();
    for locale in locales {
        let ctx = RenderCtx {
            locale,
            nonce: "bm9uY2U".into(),
            app: Some(AppBrand { name: "Planner".into(), ..AppBrand::default() }),
            flow_id: Some("01k9zq4m7c".into()),
            ..RenderCtx::default()
        };
        let branded = AppBrand {
            name: "Northwind Reports".into(),
            logo_uri: Some("data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAIklEQVR4nGNgyJtDElpvAAAAAP//AwBh3hPhAAAAAElFTkSuQmCC".into()),
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
    for asset in view.assets() {
        let path = folder.join(asset.path.trim_start_matches('/'));
        std::fs::create_dir_all(path.parent().unwrap_or(&folder))?;
        std::fs::write(path, &asset.bytes)?;
    }
    std::fs::write(folder.join("screens.json"), serde_json::to_vec_pretty(&listed)?)?;
    println!("{} screens in {}", listed.len(), folder.display());
    Ok(())
}

/// Stylesheet and script beside the file; the form that sends itself stays.
fn relative(html: &str) -> String {
    html.replace("\"/assets/", "\"assets/").replace("document.getElementById(\"answer\").submit()", "")
}

fn write(folder: &Path, name: &str, html: &str) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(folder)?;
    Ok(std::fs::write(folder.join(format!("{name}.html")), html)?)
}
