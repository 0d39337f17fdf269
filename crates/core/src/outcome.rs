//! What a decision returns.

use crate::{Event, TraceStep, Write};

/// A decision: the reply or the refusal, and what is written, told and traced either way. A
/// refusal commits its writes too (a family ended by a replayed code stays ended).
#[derive(Debug)]
#[must_use = "an outcome does nothing until its writes are applied"]
pub struct Outcome<R, E> {
    /// What the caller is told.
    pub result: Result<R, E>,
    /// What is written, in this order, in the transaction that loaded the rows.
    pub writes: Vec<Write>,
    /// What is told to the outbox in the same commit.
    pub events: Vec<Event>,
    /// What the flow trace records; outside the commit.
    pub trace: Vec<TraceStep>,
}

impl<R, E> Outcome<R, E> {
    /// A reply that writes nothing yet.
    pub fn reply(reply: R) -> Self {
        Self { result: Ok(reply), writes: Vec::new(), events: Vec::new(), trace: Vec::new() }
    }
    /// A refusal that writes nothing yet.
    pub fn refuse(refusal: E) -> Self {
        Self { result: Err(refusal), writes: Vec::new(), events: Vec::new(), trace: Vec::new() }
    }
    /// Adds a write.
    pub fn write(mut self, write: Write) -> Self {
        self.writes.push(write);
        self
    }
    /// Adds an event.
    pub fn event(mut self, event: Event) -> Self {
        self.events.push(event);
        self
    }
    /// Adds a trace line.
    pub fn trace(mut self, step: TraceStep) -> Self {
        self.trace.push(step);
        self
    }
    /// Changes the reply and keeps the rest.
    pub fn map<S>(self, f: impl FnOnce(R) -> S) -> Outcome<S, E> {
        Outcome { result: self.result.map(f), writes: self.writes, events: self.events, trace: self.trace }
    }
}
