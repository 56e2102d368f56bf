//! The session state that changes what a text means: `SET search_path`, `SET ROLE`, `USE`, `ATTACH`, and so on.

mod line;
#[cfg(test)]
mod tests;

use std::sync::{Arc, LazyLock};

pub(super) use self::line::is_charset;
use self::line::{Line, Setting};
use super::home;
use super::unique::unique;
use crate::sql::{SessionChange, SettingValue};

/// The number of lines that are kept as they are. A connection with more of them changes its settings all the time, and
/// shares no entries anyway.
const MAX_LINES: usize = 16;
/// The number of custom settings whose names are remembered. A connection that sets more of them shares no entries.
const MAX_CUSTOM: usize = 64;

/// Where a connection leads, and its session's settings, one per line. It is part of the key of every query on the
/// connection.
///
/// Two connections share entries if they lead to the same place and have executed the same settings in the same order.
/// A plain setting replaces an earlier one of the same name, so a pool that sets a tenant for each request has one text
/// per tenant. A setting that restores the value of a new connection removes its line.
///
/// PostgreSQL's custom settings (`app.tenant`) leave a trace. A setting that was never set is NULL. Once it has been
/// set, even in a transaction that was rolled back, it is an empty string instead, for the rest of the connection's
/// life.
#[derive(Clone, Debug)]
pub(super) struct ConnectionContext(Arc<Told>);

#[derive(Clone, Debug, Default)]
struct Told {
    /// The connection's [`home`]; empty if it is not known.
    home: Arc<str>,
    lines: Vec<Line>,
    /// Custom settings that are no longer NULL, sorted.
    custom: Vec<Box<str>>,
    /// Whether other custom settings may not be NULL either.
    custom_unknown: bool,
    /// Settings that, according to the database, differ from those of a new connection.
    judged: Vec<Box<str>>,
    text: Box<str>,
}

impl Default for ConnectionContext {
    fn default() -> Self {
        static NEW: LazyLock<ConnectionContext> = LazyLock::new(|| ConnectionContext(Arc::default()));
        NEW.clone()
    }
}

impl PartialEq for ConnectionContext {
    fn eq(&self, other: &Self) -> bool {
        self.0.text == other.0.text && self.0.custom == other.0.custom
    }
}

impl ConnectionContext {
    /// Creates the context of a connection to this home that has no settings of its own.
    pub(super) fn at(home: &str) -> Self {
        Self(Arc::new(Told {
            home: home.into(),
            text: home.into(),
            ..Told::default()
        }))
    }

    /// Replaces the home and keeps the settings.
    pub(super) fn move_to(&mut self, home: &str) {
        self.change(|told| told.home = home.into());
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0.text
    }

    pub(super) fn home(&self) -> &Arc<str> {
        &self.0.home
    }

    /// Returns `true` if a name may refer to another table than on a new connection: to a temporary table, or to one in
    /// an attached file or another database.
    pub(super) fn may_mean_other_tables(&self) -> bool {
        self.0.custom_unknown || self.0.lines.iter().any(Line::is_said)
    }

    /// Applies a change that a statement has made.
    pub(super) fn follow(&mut self, change: &SessionChange) {
        match change {
            SessionChange::Set { name, value, local } => {
                let setting = Setting {
                    name: name.clone(),
                    local: *local,
                    value: match value {
                        SettingValue::Default => None,
                        SettingValue::Written(text) => Some(text.clone()),
                        SettingValue::Unknown => Some(unique().into()),
                    },
                };
                self.change(|told| told.set(setting));
            }
            SessionChange::Written(text) => self.change(|told| told.lines.push(Line::Said(text.clone()))),
            SessionChange::Attached { text, file } => {
                let text = home::file(file).map_or_else(unique, |file| format!("{text} at {file}"));
                self.change(|told| told.lines.push(Line::Said(text.into())));
            }
            // The rows that only this connection has seen are gone with the temporary tables.
            SessionChange::DropTemporary if self.is_alone() => {
                self.change(|told| told.lines.push(Line::Said(unique().into())))
            }
            SessionChange::DropTemporary => {}
            SessionChange::ResetAll => {
                self.change(|told| told.reset(|setting| ["role", "session_authorization"].contains(&&*setting.name)))
            }
            SessionChange::DiscardAll => self.change(|told| {
                told.discard();
                told.reset(|_| false);
            }),
            SessionChange::Unknown => self.lose(),
        }
    }

    /// Removes the settings that were local to a transaction, which is over.
    pub(super) fn forget_local(&mut self) {
        if self.0.lines.iter().any(Line::is_local) {
            self.change(|told| told.lines.retain(|line| !line.is_local()));
        }
    }

    /// Restores the context of `earlier`, because the database has undone what was set since. Custom settings that were
    /// set in between stay empty strings.
    pub(super) fn take_back(&mut self, earlier: Self) {
        let later = std::mem::replace(self, earlier);
        if later.is_lost_since(self) {
            return self.lose();
        }
        let traces: Vec<Box<str>> = later.traces_since(self).map(Box::from).collect();
        if !traces.is_empty() {
            self.change(|told| traces.into_iter().for_each(|name| told.touch(name)));
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

    /// Returns `true` if the settings were known at `earlier` and are unknown now.
    pub(super) fn is_lost_since(&self, earlier: &Self) -> bool {
        self.0.custom_unknown && !earlier.0.custom_unknown
    }

    /// Marks the settings as unknown. From now on, the connection shares no entries.
    pub(super) fn lose(&mut self) {
        self.change(Told::lose);
    }

    /// Marks the connection as one that sees what no other sees, such as a temporary table. From now on, it shares no
    /// entries.
    pub(super) fn isolate(&mut self) {
        self.change(|told| told.lines.push(Line::Said(unique().into())));
    }

    /// Returns a setting that has its documented default, which may be the value on every new connection.
    pub(super) fn doubtful(&self) -> Option<&str> {
        let told = &*self.0;
        if told.lines.iter().any(Line::is_opaque) {
            return None;
        }
        told.lines.iter().find_map(|line| {
            let name = line.documented_default()?;
            let is_set_once = told.lines.iter().filter(|line| line.sets(name)).count() == 1;
            let is_judged = told.judged.iter().any(|judged| **judged == *name);
            (is_set_once && !is_judged).then_some(name)
        })
    }

    /// Records the database's answer to whether a setting has the value of a new connection.
    pub(super) fn judge(&mut self, name: &str, is_new: bool) {
        self.change(|told| match is_new {
            true => told.lines.retain(|line| !line.sets(name)),
            false => told.judged.push(name.into()),
        });
    }

    /// Returns `true` if this context has every line of another, in the same order.
    pub(super) fn extends(&self, other: &Self) -> bool {
        let (told, others) = (&*self.0, &*other.0);
        let mut lines = told.lines.iter();
        told.home == others.home
            && told.custom_unknown == others.custom_unknown
            && others.custom.iter().all(|name| told.custom.binary_search(name).is_ok())
            && others.lines.iter().all(|line| lines.any(|told| told == line))
    }

    /// Returns `true` if no other connection can have this context, because of a setting that only this connection has,
    /// or because the database belongs to it alone.
    pub(super) fn is_unshared(&self) -> bool {
        self.0.home.starts_with('?') || self.is_alone()
    }

    fn is_alone(&self) -> bool {
        self.0
            .lines
            .iter()
            .any(|line| matches!(line, Line::Said(text) if text.starts_with('?')))
    }

    fn change(&mut self, change: impl FnOnce(&mut Told)) {
        let told = Arc::make_mut(&mut self.0);
        change(told);
        if told.custom.len() > MAX_CUSTOM {
            told.lose();
        }
        if told.lines.len() > MAX_LINES {
            told.lines = vec![Line::digest(&told.lines)];
        }
        told.text = told.rendered();
    }
}

impl Told {
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

    /// Undoes everything that can be undone. A loaded library and a trace of a custom setting stay.
    fn discard(&mut self) {
        if self.custom_unknown {
            self.lines.truncate(1);
        } else {
            self.lines.retain(Line::loads_library);
        }
    }

    /// Resets the settings to those of a new connection, except for those kept and for those that Diesel sets.
    fn reset(&mut self, keep: impl Fn(&Setting) -> bool) {
        if self.lines.iter().any(Line::is_opaque) {
            self.lines.push(Line::Said("reset".into()));
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
        self.lines = vec![Line::Said(unique().into())];
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
