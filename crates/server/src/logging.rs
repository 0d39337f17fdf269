//! The log: on the standard error, for people on a terminal, JSON lines otherwise. Level and form can change while
//! the process runs.

use std::fmt;
use std::io::{self, IsTerminal as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tracing::{Event, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::{Format, Full, Json, JsonFields, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Registry, reload};

use crate::config::{LogFormat, LogSettings};

/// The running log; the default is none of ours.
#[derive(Clone, Default)]
pub struct Log {
    /// `None`: somebody else started a log in this process before us, and keeps it.
    filter: Option<reload::Handle<Targets, Registry>>,
    json: Arc<AtomicBool>,
}

impl Log {
    /// From the next line on, this level and form.
    pub fn exchange(&self, settings: &LogSettings) {
        self.json.store(is_json(settings.format), Ordering::Relaxed);
        if let Some(handle) = &self.filter
            && let Err(error) = handle.reload(filter(settings))
        {
            tracing::error!(%error, "the level of the log stays as it was");
        }
    }
}

/// Starts the log. A second start in one process changes nothing.
pub fn start(settings: &LogSettings) -> Log {
    let (filter, handle) = reload::Layer::new(filter(settings));
    let json = Arc::new(AtomicBool::new(is_json(settings.format)));
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .fmt_fields(JsonFields::new())
        .event_format(Either::new(json.clone()));
    let started = tracing_subscriber::registry().with(filter).with(lines).try_init();
    std::panic::set_hook(Box::new(|panic| {
        // The text of a panic may quote what was worked on; the place is enough to find it.
        let place = panic.location().map(|at| format!("{}:{}", at.file(), at.line())).unwrap_or_default();
        tracing::error!(place, "a panic");
    }));
    Log { filter: started.is_ok().then_some(handle), json }
}

/// The configuration was checked, so the filter is understood.
fn filter(settings: &LogSettings) -> Targets {
    settings.level.parse().unwrap_or_else(|_| Targets::new().with_default(LevelFilter::INFO))
}

fn is_json(format: LogFormat) -> bool {
    match format {
        LogFormat::Auto => !io::stderr().is_terminal(),
        LogFormat::Human => false,
        LogFormat::Json => true,
    }
}

/// Both forms, and which of them is wanted. The fields of spans are kept as JSON in either, because the JSON form
/// reads them back and a span may be older than the change.
struct Either {
    json: Arc<AtomicBool>,
    human: Format<Full>,
    machine: Format<Json>,
}

impl Either {
    fn new(json: Arc<AtomicBool>) -> Either {
        let human = Format::default().with_target(false);
        Either { json, human, machine: Format::default().json().flatten_event(true) }
    }
}

impl<S, N> FormatEvent<S, N> for Either
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'w> FormatFields<'w> + 'static,
{
    fn format_event(&self, ctx: &FmtContext<'_, S, N>, to: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        if self.json.load(Ordering::Relaxed) {
            return self.machine.format_event(ctx, to, event);
        }
        self.human.format_event(ctx, to, event)
    }
}
