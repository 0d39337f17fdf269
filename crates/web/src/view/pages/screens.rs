//! The gallery of `countersign dev`: every screen, as it is.

use super::Page;
use serde::Serialize;

/// One way to look at them.
#[derive(Debug, Clone, Serialize)]
pub struct Choice {
    /// What it is called.
    pub label: String,
    /// Our path.
    pub href: String,
    /// It is the one in force.
    pub current: bool,
}

/// One screen in one state.
#[derive(Debug, Clone, Serialize)]
pub struct Screen {
    /// Template and state.
    pub name: String,
    /// Our path where it is drawn.
    pub href: String,
}

/// Every screen in one language, in one scheme, in one size.
#[derive(Debug, Clone, Serialize)]
pub struct DevScreens {
    /// What can be chosen, each with its name.
    pub choices: Vec<(&'static str, Vec<Choice>)>,
    /// The screens.
    pub screens: Vec<Screen>,
    /// `phone` or `desk`.
    pub size: &'static str,
}

impl Page for DevScreens {
    const TEMPLATE: &'static str = "dev/screens.html";
    const ENGLISH_ONLY: bool = true;
    fn samples() -> Vec<(&'static str, Self)> {
        let choice =
            |label: &str, current| Choice { label: label.into(), href: "/dev/screens".into(), current };
        let sample = DevScreens {
            choices: vec![
                ("Language", vec![choice("en", true), choice("de", false)]),
                ("Colours", vec![choice("light", true), choice("dark", false)]),
            ],
            // Frames of a gallery that is itself drawn as a picture stay empty.
            screens: vec![],
            size: "phone",
        };
        vec![("plain", sample.clone()), ("desk", DevScreens { size: "desk", ..sample })]
    }
}
