//! The session state of a connection that gives the same text another meaning: `SET search_path`, `SET ROLE`, `USE`,
//! `ATTACH`, …

mod line;
#[cfg(test)]
mod tests;

use std::sync::{Arc, LazyLock};

pub(super) use self::line::is_charset;
use self::line::{Line, Setting};
use super::home;
use super::unique::unique;
use crate::sql::{Change, Value};

/// How many lines are kept as they are. A connection that needs more changes its settings all the time, and shares
/// nothing anyway.
const MAX_LINES: usize = 16;
/// How many names of custom settings are remembered. A connection that makes up more of them shares with no other.
const MAX_CUSTOM: usize = 64;

/// Where a connection leads, and its session state, a line for each change; part of the key of every query on the
/// connection.
///
/// Two connections share entries if they lead to the same home, and made the same changes in the same order. A plain
/// setting replaces an earlier one of the same name, so that a pool that sets a tenant for each request has one text
/// for each tenant. A setting that returns to the value of every new connection removes its line.
///
/// PostgreSQL's custom settings (`app.tenant`) leave a trace. A custom setting that was never set is NULL. Once it was
/// set, even if only for a transaction that was rolled back, it is an empty string instead, for as long as the
/// connection lives.
#[derive(Clone, Debug)]
pub(super) struct Context(Arc<State>);

#[derive(Clone, Debug, Default)]
struct State {
    /// See [`home`]; empty if the home is not known.
    home: Arc<str>,
    lines: Vec<Line>,
    /// Custom settings that are no longer NULL, sorted.
    custom: Vec<Box<str>>,
    /// Whether other custom settings may be set as well.
    custom_unknown: bool,
    /// Settings that the database has reported to differ from those of a new connection.
    judged: Vec<Box<str>>,
    text: Box<str>,
}

impl Default for Context {
    fn default() -> Self {
        static NEW: LazyLock<Context> = LazyLock::new(|| Context(Arc::default()));
        NEW.clone()
    }
}

impl PartialEq for Context {
    fn eq(&self, other: &Self) -> bool {
        self.0.text == other.0.text && self.0.custom == other.0.custom
    }
}

impl Context {
    /// Creates the context of a connection to this home that has no session state yet.
    pub(super) fn at(home: &str) -> Self {
        Self(Arc::new(State {
            home: home.into(),
            text: home.into(),
            ..State::default()
        }))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0.text
    }

    pub(super) fn home(&self) -> &Arc<str> {
        &self.0.home
    }

    /// Applies a change that a statement has made.
    pub(super) fn follow(&mut self, change: &Change) {
        match change {
            Change::Set { name, value, local } => {
                let setting = Setting {
                    name: name.clone(),
                    local: *local,
                    value: match value {
                        Value::Fresh => None,
                        Value::Said(text) => Some(text.clone()),
                        Value::Unknown => Some(unique().into()),
                    },
                };
                self.change(|state| state.set(setting));
            }
            Change::Said(text) => self.change(|state| state.lines.push(Line::Opaque(text.clone()))),
            Change::Attached { text, file } => {
                let text = home::file(file).map_or_else(unique, |file| format!("{text} at {file}"));
                self.change(|state| state.lines.push(Line::Opaque(text.into())));
            }
            // What only this connection has seen goes with them.
            Change::DropTemporary if self.is_alone() => {
                self.change(|state| state.lines.push(Line::Opaque(unique().into())))
            }
            Change::DropTemporary => {}
            Change::ResetAll => {
                self.change(|state| state.reset(|setting| ["role", "session_authorization"].contains(&&*setting.name)))
            }
            Change::DiscardAll => self.change(|state| {
                state.discard();
                state.reset(|_| false);
            }),
            Change::Unknown => self.lose(),
        }
    }

    /// Drops what a transaction had set for itself alone, when it is over.
    pub(super) fn forget_local(&mut self) {
        if self.0.lines.iter().any(Line::is_local) {
            self.change(|state| state.lines.retain(|line| !line.is_local()));
        }
    }

    /// Goes back to `earlier`, as the database has done. Custom settings that were set in between stay empty strings.
    pub(super) fn take_back(&mut self, earlier: Self) {
        let later = std::mem::replace(self, earlier);
        if later.is_lost_since(self) {
            return self.lose();
        }
        let traces: Vec<Box<str>> = later.traces_since(self).map(Box::from).collect();
        if !traces.is_empty() {
            self.change(|state| traces.into_iter().for_each(|name| state.touch(name)));
        }
    }

    /// Returns `true` if custom settings may have left traces since `earlier`.
    pub(super) fn has_traces_since(&self, earlier: &Self) -> bool {
        self.is_lost_since(earlier) || self.traces_since(earlier).next().is_some()
    }

    /// Returns the custom settings that were set for the first time since `earlier`.
    fn traces_since(&self, earlier: &Self) -> impl Iterator<Item = &str> {
        let names = self.0.custom.iter();
        let new = names.filter(|name| earlier.0.custom.binary_search(name).is_err());
        new.map(|name| &**name)
    }

    /// Returns `true` if the session state was known at `earlier`, and is not any more.
    pub(super) fn is_lost_since(&self, earlier: &Self) -> bool {
        self.0.custom_unknown && !earlier.0.custom_unknown
    }

    /// Records that the session state is not known any more: from now on the connection shares entries with no other.
    pub(super) fn lose(&mut self) {
        self.change(State::lose);
    }

    /// Records that the connection sees what no other does, such as a temporary table: from now on it shares entries
    /// with no other.
    pub(super) fn isolate(&mut self) {
        self.change(|state| state.lines.push(Line::Opaque(unique().into())));
    }

    /// Returns a setting that has its documented default, which may be the value that every new connection has.
    pub(super) fn doubtful(&self) -> Option<&str> {
        let state = &*self.0;
        if state.lines.iter().any(Line::is_opaque) {
            return None;
        }
        state.lines.iter().find_map(|line| {
            let name = line.documented_default()?;
            let is_set_once = state.lines.iter().filter(|line| line.sets(name)).count() == 1;
            let is_judged = state.judged.iter().any(|judged| **judged == *name);
            (is_set_once && !is_judged).then_some(name)
        })
    }

    /// Records the database's answer: whether the setting has the value of a new connection.
    pub(super) fn judge(&mut self, name: &str, is_new: bool) {
        self.change(|state| match is_new {
            true => state.lines.retain(|line| !line.sets(name)),
            false => state.judged.push(name.into()),
        });
    }

    fn is_alone(&self) -> bool {
        self.0
            .lines
            .iter()
            .any(|line| matches!(line, Line::Opaque(text) if text.starts_with('?')))
    }

    fn change(&mut self, change: impl FnOnce(&mut State)) {
        let state = Arc::make_mut(&mut self.0);
        change(state);
        if state.custom.len() > MAX_CUSTOM {
            state.lose();
        }
        if state.lines.len() > MAX_LINES {
            state.lines = vec![Line::digest(&state.lines)];
        }
        state.text = state.rendered();
    }
}

impl State {
    fn set(&mut self, setting: Setting) {
        if setting.is_custom() {
            self.touch(setting.name.clone());
        }
        let last = self
            .lines
            .iter()
            .rposition(|line| line.sets(&setting.name) || line.is_opaque());
        if let Some(last) = last
            && setting.value.is_some()
            && self.lines[last] == Line::Set(setting.clone())
            && !self.lines[last + 1..].iter().any(Line::is_reading)
        {
            return; // unchanged
        }
        self.judged.retain(|judged| *judged != setting.name);
        // What used the setting needs the value that it had then.
        let fixed = self.lines.iter().rposition(|line| line.depends_on(&setting));
        let start = fixed.map_or(0, |place| place + 1);
        let mut place = 0;
        self.lines.retain(|line| {
            place += 1;
            place <= start || !line.is_replaced_by(&setting)
        });
        let is_new = setting.value.is_none() && !self.lines.iter().any(|line| line.may_set(&setting));
        if !is_new {
            self.lines.push(Line::Set(setting));
        }
    }

    /// Drops everything that `DISCARD` undoes; it undoes neither a library nor a custom setting.
    fn discard(&mut self) {
        if self.custom_unknown {
            self.lines.truncate(1);
        } else {
            self.lines.retain(Line::loads_library);
        }
    }

    /// Returns settings to those of a new connection, except those kept and those that Diesel sets on one.
    fn reset(&mut self, keep: impl Fn(&Setting) -> bool) {
        if self.lines.iter().any(Line::is_opaque) {
            self.lines.push(Line::Opaque("reset".into()));
        } else {
            self.lines
                .retain(|line| matches!(line, Line::Set(setting) if keep(setting)));
        }
        for name in ["client_encoding", "timezone"] {
            self.set(Setting {
                name: name.into(),
                local: false,
                value: Some("default".into()),
            });
        }
    }

    fn touch(&mut self, name: Box<str>) {
        if let Err(place) = self.custom.binary_search(&name) {
            self.custom.insert(place, name);
        }
    }

    fn lose(&mut self) {
        self.lines = vec![Line::Opaque(unique().into())];
        self.custom = Vec::new();
        self.custom_unknown = true;
    }

    fn rendered(&self) -> Box<str> {
        let is_set = |name: &str| self.lines.iter().any(|line| line.sets(name) && !line.is_local());
        let traces = self.custom.iter().filter(|name| !is_set(name));
        let traces = traces.map(|name| format!("{name:?} is set"));
        let lines = self.lines.iter().map(Line::to_string);
        let home = Some(self.home.to_string()).filter(|home| !home.is_empty());
        home.into_iter()
            .chain(traces)
            .chain(lines)
            .collect::<Vec<_>>()
            .join("\n")
            .into()
    }
}
