//! The settings of a session, and what a statement changes about them.

use super::line::{Line, Setting};
use crate::observe::unique::unique;

/// The number of lines that are kept as they are. A connection with more of them changes its settings all the time, and
/// shares no entries anyway.
const MAX_LINES: usize = 16;
/// The number of custom settings whose names are remembered. A connection that sets more of them shares no entries.
const MAX_CUSTOM: usize = 64;

/// The settings that a connection has made since it was established, in order.
///
/// PostgreSQL's custom settings (`app.tenant`) leave a trace. A setting that was never set is NULL. Once it has been
/// set, even in a transaction that was rolled back, it is an empty string instead, for the rest of the connection's
/// life.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    pub(super) lines: Vec<Line>,
    /// Custom settings that are no longer NULL, sorted.
    pub(super) custom: Vec<Box<str>>,
    /// Whether other custom settings may not be NULL either.
    pub(super) custom_unknown: bool,
    /// Settings that, according to the database, differ from those of a new connection.
    judged: Vec<Box<str>>,
}

impl Settings {
    /// Applies a setting. Settings of a name that it replaces are removed.
    pub(super) fn set(&mut self, setting: Setting) {
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
            return; // the value is unchanged
        }
        self.judged.retain(|judged| *judged != setting.name);
        // A line that used the setting depends on its value at that time.
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

    /// Adds a statement that may have set anything, or that only this connection has executed.
    pub(super) fn add_opaque(&mut self, text: impl Into<Box<str>>) {
        self.lines.push(Line::Opaque(text.into()));
    }

    /// Undoes everything that can be undone. A loaded library and a trace of a custom setting stay.
    pub(super) fn discard(&mut self) {
        if self.custom_unknown {
            self.lines.truncate(1);
        } else {
            self.lines.retain(Line::loads_library);
        }
    }

    /// Resets the settings to those of a new connection, except for those kept and for those that Diesel sets.
    pub(super) fn reset(&mut self, keep: impl Fn(&Setting) -> bool) {
        if self.lines.iter().any(Line::is_opaque) {
            self.add_opaque("reset");
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

    /// Records that a custom setting is no longer NULL.
    pub(super) fn touch(&mut self, name: Box<str>) {
        if let Err(place) = self.custom.binary_search(&name) {
            self.custom.insert(place, name);
        }
    }

    /// Marks everything as unknown.
    pub(super) fn lose(&mut self) {
        self.lines = vec![Line::Opaque(unique().into())];
        self.custom = Vec::new();
        self.custom_unknown = true;
    }

    /// Shortens what has become too long. Has to be called after each change.
    pub(super) fn shorten(&mut self) {
        if self.custom.len() > MAX_CUSTOM {
            self.lose();
        }
        if self.lines.len() > MAX_LINES {
            self.lines = vec![Line::digest(&self.lines)];
        }
    }

    /// Returns a setting that has its documented default, which may be the value on every new connection.
    pub(super) fn doubtful(&self) -> Option<&'static str> {
        if self.lines.iter().any(Line::is_opaque) {
            return None;
        }
        self.lines.iter().find_map(|line| {
            let name = line.documented_default()?;
            let is_set_once = self.lines.iter().filter(|line| line.sets(name)).count() == 1;
            let is_judged = self.judged.iter().any(|judged| **judged == *name);
            (is_set_once && !is_judged).then_some(name)
        })
    }

    /// Records the database's answer to whether a setting has the value of a new connection.
    pub(super) fn judge(&mut self, name: &str, is_new: bool) {
        match is_new {
            true => self.lines.retain(|line| !line.sets(name)),
            false => self.judged.push(name.into()),
        }
    }

    /// Returns `true` if these are the settings of another connection, in the same order, and possibly more.
    pub(super) fn extends(&self, other: &Self) -> bool {
        let mut lines = self.lines.iter();
        self.custom_unknown == other.custom_unknown
            && other.custom.iter().all(|name| self.has_touched(name))
            && other.lines.iter().all(|line| lines.any(|own| own == line))
    }

    /// Returns the custom settings that were set for the first time since `earlier`.
    pub(super) fn traces_since(&self, earlier: &Self) -> impl Iterator<Item = &str> {
        let new = self.custom.iter().filter(|name| !earlier.has_touched(name));
        new.map(|name| &**name)
    }

    fn has_touched(&self, name: &str) -> bool {
        self.custom.binary_search_by(|known| (**known).cmp(name)).is_ok()
    }

    /// Returns the settings as texts, one for each that counts.
    pub(super) fn texts(&self) -> impl Iterator<Item = String> {
        let is_set = |name: &str| self.lines.iter().any(|line| line.sets(name) && !line.is_local());
        let traces = self.custom.iter().filter(move |name| !is_set(name));
        let traces = traces.map(|name| format!("{name:?} is set"));
        traces.chain(self.lines.iter().map(Line::to_string))
    }
}
