//! A subscriber that notes every event of ours, with all its fields. The
//! stores' tests use this file too.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::mpsc;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Names and values; `level` and `message` are among them, and the fields of
/// the spans around the event as `span.…`. Of what was measured, `_ms`, only
/// the name counts.
pub(crate) type Fields = BTreeMap<String, String>;

/// The one subscriber of all tests. One for each thread would be blind to
/// events that another thread, to which nobody listens, came upon first.
struct Collector;

/// Who listens to a thread.
#[derive(Default)]
struct Listener {
    events: Option<mpsc::Sender<Fields>>,
    /// All that there ever were; an id is an index, plus one.
    spans: Vec<Fields>,
    entered: Vec<Id>,
}

thread_local! {
    static LISTENER: RefCell<Listener> = RefCell::default();
}

struct Visitor(Fields);

impl Visit for Visitor {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let text = match field.name() {
            name if name.ends_with("_ms") => "some".to_owned(),
            _ => format!("{value:?}"),
        };
        self.0.insert(field.name().to_owned(), text);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.to_owned());
    }
}

impl Subscriber for Collector {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("media_")
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let mut fields = Visitor(Fields::new());
        attributes.record(&mut fields);
        LISTENER.with_borrow_mut(|listener| {
            listener.spans.push(fields.0);
            Id::from_u64(listener.spans.len() as u64)
        })
    }

    fn event(&self, event: &Event<'_>) {
        let mut fields = Visitor(Fields::new());
        event.record(&mut fields);
        let mut fields = fields.0;
        fields.insert("level".into(), event.metadata().level().to_string());
        LISTENER.with_borrow(|listener| {
            for id in &listener.entered {
                let index = usize::try_from(id.into_u64()).unwrap() - 1;
                let around = listener.spans[index].iter();
                fields.extend(around.map(|(name, value)| (format!("span.{name}"), value.clone())));
            }
            if let Some(events) = &listener.events {
                let _ = events.send(fields);
            }
        });
    }

    fn enter(&self, span: &Id) {
        LISTENER.with_borrow_mut(|listener| listener.entered.push(span.clone()));
    }

    fn exit(&self, _: &Id) {
        LISTENER.with_borrow_mut(|listener| listener.entered.pop());
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}
}

/// Runs a closure, and sends what this thread says meanwhile.
pub(crate) fn listen<T>(events: mpsc::Sender<Fields>, run: impl FnOnce() -> T) -> T {
    // An error says that it is set already.
    let _ = tracing::subscriber::set_global_default(Collector);
    LISTENER.with_borrow_mut(|listener| listener.events = Some(events));
    let value = run();
    LISTENER.take();
    value
}

/// What this thread says while a closure runs.
pub(crate) fn heard<T>(run: impl FnOnce() -> T) -> Vec<Fields> {
    let (events, heard) = mpsc::channel();
    listen(events, run);
    heard.into_iter().collect()
}

/// An event as it is expected.
pub(crate) fn event(level: &str, message: &str, fields: &[(&str, &str)]) -> Fields {
    let constant = [("level", level), ("message", message)];
    let all = constant.iter().chain(fields);
    all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}
