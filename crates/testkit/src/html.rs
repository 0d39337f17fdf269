//! Just enough HTML to press buttons: forms, their fields and their buttons, by id or by name.

use std::collections::HashMap;

/// A form on a page.
#[derive(Debug, Clone, Default)]
pub struct Form {
    /// `method`, lower case.
    pub method: String,
    /// `action`, as written.
    pub action: String,
    /// Fields with their values: hidden, text, checkboxes that are checked.
    pub fields: Vec<(String, String)>,
    /// Buttons: id, and the name and value they add.
    pub buttons: Vec<Button>,
    /// Ids of all inputs, with their names.
    pub ids: HashMap<String, String>,
}

/// A button that submits.
#[derive(Debug, Clone, Default)]
pub struct Button {
    /// `id`
    pub id: String,
    /// `name`
    pub name: String,
    /// `value`
    pub value: String,
    /// `formaction`, if it has one.
    pub action: Option<String>,
}

/// All forms of a page.
pub fn forms(html: &str) -> Vec<Form> {
    let mut forms = Vec::new();
    let mut current: Option<Form> = None;
    for tag in tags(html) {
        match (tag.name.as_str(), &mut current) {
            ("form", _) => {
                current = Some(Form {
                    method: tag.get("method").unwrap_or("get").to_ascii_lowercase(),
                    action: tag.get("action").unwrap_or_default().to_owned(),
                    ..Form::default()
                });
            }
            ("/form", _) => forms.extend(current.take()),
            ("input", Some(form)) => input(form, &tag),
            ("textarea" | "select", Some(form)) => {
                form.fields.push((tag.get("name").unwrap_or_default().to_owned(), String::new()));
                form.ids.insert(
                    tag.get("id").unwrap_or_default().to_owned(),
                    tag.get("name").unwrap_or_default().to_owned(),
                );
            }
            ("button", Some(form)) if tag.get("type") != Some("button") => form.buttons.push(Button {
                id: tag.get("id").unwrap_or_default().to_owned(),
                name: tag.get("name").unwrap_or_default().to_owned(),
                value: tag.get("value").unwrap_or_default().to_owned(),
                action: tag.get("formaction").map(str::to_owned),
            }),
            _ => {}
        }
    }
    forms
}

fn input(form: &mut Form, tag: &Tag) {
    let (name, value) = (tag.get("name").unwrap_or_default(), tag.get("value").unwrap_or_default());
    form.ids.insert(tag.get("id").unwrap_or_default().to_owned(), name.to_owned());
    let unchecked = matches!(tag.get("type"), Some("checkbox" | "radio")) && tag.get("checked").is_none();
    match tag.get("type") {
        Some("submit") => form.buttons.push(Button {
            id: tag.get("id").unwrap_or_default().to_owned(),
            name: name.to_owned(),
            value: value.to_owned(),
            action: None,
        }),
        _ if !name.is_empty() && !unchecked => form.fields.push((name.to_owned(), value.to_owned())),
        _ => {}
    }
}

/// The `href` of the link with this id.
pub fn link(html: &str, id: &str) -> Option<String> {
    tags(html)
        .into_iter()
        .find(|t| t.name == "a" && t.get("id") == Some(id))
        .and_then(|t| t.get("href").map(str::to_owned))
}

/// Is there an element with this id?
pub fn has_id(html: &str, id: &str) -> bool {
    tags(html).iter().any(|t| t.get("id") == Some(id))
}

struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

fn tags(html: &str) -> Vec<Tag> {
    let mut out = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let mut end = rest.len();
        let mut quote = None;
        for (i, c) in rest.char_indices() {
            match (quote, c) {
                (None, '"' | '\'') => quote = Some(c),
                (Some(q), c) if q == c => quote = None,
                (None, '>') => {
                    end = i;
                    break;
                }
                _ => {}
            }
        }
        out.push(tag(&rest[..end]));
        rest = &rest[end..];
    }
    out
}

fn tag(text: &str) -> Tag {
    let text = text.trim_end_matches('/').trim();
    let (name, mut rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            break;
        }
        let stop = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
        let key = rest[..stop].to_ascii_lowercase();
        rest = rest[stop..].trim_start();
        let Some(after) = rest.strip_prefix('=') else {
            attributes.push((key, String::new()));
            continue;
        };
        let after = after.trim_start();
        let (value, tail) = match after.chars().next() {
            Some(q @ ('"' | '\'')) => after[1..].split_once(q).unwrap_or((&after[1..], "")),
            _ => after.split_once(char::is_whitespace).unwrap_or((after, "")),
        };
        attributes.push((key, unescape(value)));
        rest = tail;
    }
    Tag { name: name.to_ascii_lowercase(), attributes }
}

/// Undoes the escaping of an attribute or text.
pub fn unescape(text: &str) -> String {
    let named = text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#x27;", "'")
        .replace("&#39;", "'");
    named.replace("&#x2f;", "/").replace("&#x2F;", "/").replace("&#x60;", "`").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_with_its_fields_and_buttons() {
        let html = r#"<p>a<form method="POST" action="/x?a&amp;b"><input type=hidden name="f" value="1&quot;>2">
            <input id="identifier" name="email" value=""><input type="checkbox" name="no"><button id="continue" name="do" value="go">Go</button></form>"#;
        let form = &forms(html)[0];
        assert_eq!((form.method.as_str(), form.action.as_str()), ("post", "/x?a&b"));
        assert_eq!(form.fields, [("f".to_owned(), "1\">2".to_owned()), ("email".to_owned(), String::new())]);
        assert_eq!((form.buttons[0].id.as_str(), form.ids["identifier"].as_str()), ("continue", "email"));
    }
}
