//! A recorded flow, drawn: as SVG for the page, as text for the terminal, as Mermaid for a ticket.

use std::fmt::Write as _;

use serde::Serialize;

use super::words;

/// Who takes part; the order here is the order of the lanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// The person's browser.
    Browser,
    /// The app.
    App,
    /// Us.
    Countersign,
    /// The database.
    Database,
    /// The mail server, and the person's mailbox.
    Mail,
    /// A provider that people sign in with.
    Provider,
    /// A protected endpoint.
    Api,
}

impl Lane {
    const ALL: [Lane; 7] =
        [Lane::Browser, Lane::App, Lane::Countersign, Lane::Database, Lane::Mail, Lane::Provider, Lane::Api];

    /// What stands above the lane.
    pub fn name(self) -> &'static str {
        match self {
            Lane::Browser => "Browser",
            Lane::App => "App",
            Lane::Countersign => "Countersign",
            Lane::Database => "Database",
            Lane::Mail => "Mail",
            Lane::Provider => "Provider",
            Lane::Api => "API",
        }
    }
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Outcome {
    /// As asked.
    Done,
    /// A check refused; the reason names it.
    Refused {
        /// Which check, and why.
        reason: String,
    },
}

/// One step: who asked whom, what for, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Who asks.
    pub from: Lane,
    /// Who is asked; the same lane for a check within.
    pub to: Lane,
    /// `GET /authorize`.
    pub label: String,
    /// More, for the text beside the picture; may be empty.
    pub detail: String,
    /// How it ended.
    pub outcome: Outcome,
    /// When, in Unix milliseconds.
    pub at_ms: i64,
}

const LANE: usize = 190;
const TOP: usize = 56;
const ROW: usize = 44;
const CHARS: usize = 25;

/// The sequence diagram. Colours come from the stylesheet (classes `sd-*`), so it is as light or dark as its page.
pub fn svg(steps: &[Step]) -> String {
    let lanes = lanes(steps);
    let x = |lane: Lane| lanes.iter().position(|l| *l == lane).unwrap_or(0) * LANE + LANE / 2;
    let rows: usize = steps.iter().map(height).sum();
    // A check in the last lane draws its loop to the right of it.
    let (width, tall) = (lanes.len() * LANE + 40, TOP + rows + 24);
    let mut out = String::with_capacity(2048 + steps.len() * 512);
    let _ = write!(
        out,
        "<svg class=\"sd\" viewBox=\"0 0 {width} {tall}\" width=\"{width}\" height=\"{tall}\" role=\"img\" \
         aria-label=\"Sequence diagram, {} steps\"><defs>{}{}</defs>",
        steps.len(),
        arrow("sd-tip", "sd-head"),
        arrow("sd-tip-bad", "sd-head sd-bad"),
    );
    for lane in &lanes {
        let (mid, end) = (x(*lane), tall - 8);
        let _ = write!(
            out,
            "<line class=\"sd-life\" x1=\"{mid}\" x2=\"{mid}\" y1=\"40\" y2=\"{end}\"/>\
             <rect class=\"sd-lane\" x=\"{}\" y=\"8\" width=\"130\" height=\"32\" rx=\"10\"/>\
             <text class=\"sd-name\" x=\"{mid}\" y=\"29\">{}</text>",
            mid - 65,
            lane.name(),
        );
    }
    let mut y = TOP;
    for (number, step) in steps.iter().enumerate() {
        draw(&mut out, step, number + 1, x(step.from), x(step.to), y);
        y += height(step);
    }
    out.push_str("</svg>");
    out
}

fn draw(out: &mut String, step: &Step, number: usize, from: usize, to: usize, top: usize) {
    let (class, tip) = match step.outcome {
        Outcome::Done => ("sd-step", "sd-tip"),
        Outcome::Refused { .. } => ("sd-step sd-bad", "sd-tip-bad"),
    };
    let line = top + 26;
    let _ = write!(out, "<g class=\"{class}\"><title>{}</title>", escape(&title(step)));
    if from == to {
        let (a, b) = (from + 2, from + 26);
        let _ = write!(
            out,
            "<path class=\"sd-line\" d=\"M{a} {} H{b} V{} H{}\" marker-end=\"url(#{tip})\"/>",
            line - 8,
            line + 6,
            a + 2,
        );
        label(out, step, number, b + 8, line + 2, "sd-text sd-side", CHARS + 4);
    } else {
        let (a, b) = if to > from { (from + 2, to - 3) } else { (from - 2, to + 3) };
        let _ = write!(
            out,
            "<line class=\"sd-line\" x1=\"{a}\" x2=\"{b}\" y1=\"{line}\" y2=\"{line}\" marker-end=\"url(#{tip})\"/>",
        );
        let room = CHARS * from.abs_diff(to) / LANE;
        label(out, step, number, (from + to) / 2, line - 7, "sd-text", room);
    }
    if let Outcome::Refused { reason } = &step.outcome {
        let (x, class) = if from == to { (from + 34, "sd-why sd-side") } else { ((from + to) / 2, "sd-why") };
        let _ = write!(
            out,
            "<text class=\"{class}\" x=\"{x}\" y=\"{}\">{}</text>",
            line + 18,
            escape(&cut(reason, 56))
        );
    }
    out.push_str("</g>");
}

fn label(out: &mut String, step: &Step, number: usize, x: usize, y: usize, class: &str, room: usize) {
    let text = escape(&cut(&step.label, room));
    let _ = write!(
        out,
        "<text class=\"{class}\" x=\"{x}\" y=\"{y}\"><tspan class=\"sd-no\">{number}</tspan> {text}</text>"
    );
}

fn height(step: &Step) -> usize {
    match step.outcome {
        Outcome::Done => ROW,
        Outcome::Refused { .. } => ROW + 18,
    }
}

fn arrow(id: &str, class: &str) -> String {
    format!(
        "<marker id=\"{id}\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" \
         orient=\"auto\"><path class=\"{class}\" d=\"M0 0 8 4 0 8z\"/></marker>"
    )
}

/// The flow as lines for a terminal.
pub fn text(steps: &[Step]) -> String {
    let start = steps.first().map_or(0, |s| s.at_ms);
    let wide = |f: fn(&Step) -> Lane| steps.iter().map(|s| f(s).name().len()).max().unwrap_or(0);
    let (from, to) = (wide(|s| s.from), wide(|s| s.to));
    let mut out = String::new();
    for (number, step) in steps.iter().enumerate() {
        let after = step.at_ms.saturating_sub(start);
        let _ = write!(
            out,
            "{:>3}  {:>8}  {:from$} -> {:to$}  {}",
            number + 1,
            format!("+{after} ms"),
            step.from.name(),
            step.to.name(),
            line(&step.label),
        );
        if !step.detail.is_empty() {
            let _ = write!(out, "  ({})", line(&step.detail));
        }
        out.push('\n');
        if let Outcome::Refused { reason } = &step.outcome {
            let _ = writeln!(out, "     REFUSED   {}", line(reason));
        }
    }
    out
}

/// The flow as a Mermaid `sequenceDiagram`.
pub fn mermaid(steps: &[Step]) -> String {
    let mut out = String::from("sequenceDiagram\n");
    for lane in lanes(steps) {
        let _ = writeln!(out, "    participant {}", lane.name());
    }
    for step in steps {
        let arrow = match step.outcome {
            Outcome::Done => "->>",
            Outcome::Refused { .. } => "-x",
        };
        let (from, to) = (step.from.name(), step.to.name());
        let _ = writeln!(out, "    {from}{arrow}{to}: {}", mermaid_text(&step.label));
        if let Outcome::Refused { reason } = &step.outcome {
            let _ = writeln!(out, "    Note over {to}: Refused. {}", mermaid_text(reason));
        }
    }
    out
}

fn lanes(steps: &[Step]) -> Vec<Lane> {
    Lane::ALL.into_iter().filter(|l| steps.iter().any(|s| s.from == *l || s.to == *l)).collect()
}

fn title(step: &Step) -> String {
    match &step.outcome {
        Outcome::Done if step.detail.is_empty() => step.label.clone(),
        Outcome::Done => format!("{}: {}", step.label, step.detail),
        Outcome::Refused { reason } => format!("{}: refused, {reason}", step.label),
    }
}

fn cut(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    text.chars().take(room.saturating_sub(1)).chain(['…']).collect()
}

fn escape(text: &str) -> String {
    words::escape(&line(text))
}

/// One line, without the characters that Mermaid reads as syntax.
fn mermaid_text(text: &str) -> String {
    text.replace('#', "#35;").replace(';', "#59;").replace("#35#59;", "#35;").replace(char::is_control, " ")
}

/// Nothing that moves a terminal's cursor.
fn line(text: &str) -> String {
    text.replace(char::is_control, " ")
}

/// A sign-in as it happens, and one that was refused: for samples and tests.
pub(crate) fn sample(refused: bool) -> Vec<Step> {
    use Lane::{Api, App, Browser, Countersign, Database, Mail};
    let mut at_ms = 1_795_273_380_000;
    let mut step = |from, to, label: &str, detail: &str, outcome| {
        at_ms += 37;
        Step { from, to, label: label.into(), detail: detail.into(), outcome, at_ms }
    };
    let mut steps = vec![
        step(Browser, App, "GET /", "", Outcome::Done),
        step(App, Browser, "302 to /authorize", "code_challenge_method=S256", Outcome::Done),
        step(Browser, Countersign, "GET /authorize", "client planner, scope openid profile", Outcome::Done),
        step(Countersign, Countersign, "No session: sign in", "reason no_session", Outcome::Done),
        step(Browser, Countersign, "POST /login", "", Outcome::Done),
        step(Countersign, Database, "Write session and code", "1 commit", Outcome::Done),
        step(Countersign, Mail, "New sign-in", "", Outcome::Done),
        step(Countersign, Browser, "303 to the app", "response_mode query", Outcome::Done),
        step(Browser, App, "GET /callback", "", Outcome::Done),
    ];
    if refused {
        let reason = "PKCE: the verifier does not match the challenge".to_owned();
        steps.push(step(
            App,
            Countersign,
            "POST /token",
            "authorization_code",
            Outcome::Refused { reason: reason.clone() },
        ));
        steps.push(step(Countersign, Countersign, "Check <verifier>", "", Outcome::Refused { reason }));
    } else {
        steps.push(step(App, Countersign, "POST /token", "authorization_code", Outcome::Done));
        steps.push(step(App, Countersign, "GET /userinfo", "", Outcome::Done));
        steps.push(step(App, Api, "GET /api/me", "audience https://api.example", Outcome::Done));
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lanes_that_take_part_are_drawn_in_their_order() {
        let svg = svg(&sample(false));
        let at = |name: &str| svg.find(&format!(">{name}</text>"));
        assert!(
            at("Browser") < at("App") && at("App") < at("Countersign") && at("Countersign") < at("Database")
        );
        assert_eq!(at("Provider"), None);
    }

    #[test]
    fn a_refusal_is_red_and_says_why_in_all_three_forms() {
        let steps = sample(true);
        let why = "PKCE: the verifier does not match";
        let drawn = svg(&steps);
        assert!(drawn.contains("sd-bad") && drawn.contains("sd-why") && drawn.contains(why));
        assert!(text(&steps).contains(&format!("REFUSED   {why}")));
        assert!(mermaid(&steps).contains("App-xCountersign: POST /token"));
        assert!(mermaid(&steps).contains(why));
    }

    #[test]
    fn hostile_labels_stay_text() {
        let mut steps = sample(false);
        steps[0].label = "<script>\u{1b}[2J\nX: y;#".into();
        steps[0].detail = "a\r\nb\"".into();
        assert!(!svg(&steps).contains("<script"));
        assert!(!text(&steps).contains('\u{1b}') && text(&steps).lines().count() == steps.len());
        assert_eq!(mermaid(&steps).lines().count(), 1 + lanes(&steps).len() + steps.len());
    }

    #[test]
    fn nothing_recorded_is_an_empty_picture() {
        assert!(svg(&[]).starts_with("<svg") && text(&[]).is_empty());
    }
}
