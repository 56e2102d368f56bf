//! The session state that changes what a text means: `SET search_path`, `SET ROLE`, `USE`, `ATTACH`, and so on.

mod line;
mod settings;
#[cfg(test)]
mod tests;

use std::sync::{Arc, LazyLock};

pub(super) use self::line::is_charset;
use self::line::{Line, Setting};
use self::settings::Settings;
use super::home;
use super::unique::unique;
use crate::sql::{SessionChange, SettingValue};

/// Where a connection leads, and its session's settings, one per line. It is part of the key of every query on the
/// connection.
///
/// Two connections share entries if they lead to the same place and have executed the same settings in the same order.
/// A plain setting replaces an earlier one of the same name, so a pool that sets a tenant for each request has one text
/// per tenant. A setting that restores the value of a new connection removes its line.
#[derive(Clone, Debug)]
pub(super) struct ConnectionContext(Arc<Parts>);

#[derive(Clone, Debug, Default)]
struct Parts {
    /// The connection's [`home`]; empty if it is not known.
    home: Arc<str>,
    settings: Settings,
    /// Both of them, as a part of the key.
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
        self.0.text == other.0.text && self.0.settings.custom == other.0.settings.custom
    }
}

impl ConnectionContext {
    /// Creates the context of a connection to this home that has no settings of its own.
    pub(super) fn at(home: &str) -> Self {
        Self(Arc::new(Parts {
            home: home.into(),
            settings: Settings::default(),
            text: home.into(),
        }))
    }

    /// Replaces the home and keeps the settings.
    pub(super) fn move_to(&mut self, home: &str) {
        let parts = Arc::make_mut(&mut self.0);
        parts.home = home.into();
        parts.render();
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
        self.settings().custom_unknown || self.settings().lines.iter().any(Line::is_opaque)
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
                self.change(|settings| settings.set(setting));
            }
            SessionChange::Written(text) => self.change(|settings| settings.add_opaque(text.clone())),
            SessionChange::Attached { text, file } => {
                let text = home::file(file).map_or_else(unique, |file| format!("{text} at {file}"));
                self.change(|settings| settings.add_opaque(text));
            }
            // The rows that only this connection has seen are gone with the temporary tables.
            SessionChange::DropTemporary if self.is_alone() => self.isolate(),
            SessionChange::DropTemporary => {}
            SessionChange::ResetAll => self.change(|settings| {
                settings.reset(|setting| ["role", "session_authorization"].contains(&&*setting.name))
            }),
            SessionChange::DiscardAll => self.change(|settings| {
                settings.discard();
                settings.reset(|_| false);
            }),
            SessionChange::Unknown => self.lose(),
        }
    }

    /// Removes the settings that were local to a transaction, which is over.
    pub(super) fn forget_local(&mut self) {
        if self.settings().lines.iter().any(Line::is_local) {
            self.change(|settings| settings.lines.retain(|line| !line.is_local()));
        }
    }

    /// Restores the context of `earlier`, because the database has undone what was set since. Custom settings that were
    /// set in between stay empty strings.
    pub(super) fn take_back(&mut self, earlier: Self) {
        let later = std::mem::replace(self, earlier);
        if later.is_lost_since(self) {
            return self.lose();
        }
        let traces: Vec<Box<str>> = later.settings().traces_since(self.settings()).map(Box::from).collect();
        if !traces.is_empty() {
            self.change(|settings| traces.into_iter().for_each(|name| settings.touch(name)));
        }
    }

    /// Returns `true` if custom settings may have left traces since `earlier`.
    pub(super) fn has_traces_since(&self, earlier: &Self) -> bool {
        self.is_lost_since(earlier) || self.settings().traces_since(earlier.settings()).next().is_some()
    }

    /// Returns `true` if the settings were known at `earlier` and are unknown now.
    pub(super) fn is_lost_since(&self, earlier: &Self) -> bool {
        self.settings().custom_unknown && !earlier.settings().custom_unknown
    }

    /// Marks the settings as unknown. From now on, the connection shares no entries.
    pub(super) fn lose(&mut self) {
        self.change(Settings::lose);
    }

    /// Marks the connection as one that sees what no other sees, such as a temporary table. From now on, it shares no
    /// entries.
    pub(super) fn isolate(&mut self) {
        self.change(|settings| settings.add_opaque(unique()));
    }

    /// Returns a setting that has its documented default, which may be the value on every new connection.
    pub(super) fn doubtful(&self) -> Option<&str> {
        self.settings().doubtful()
    }

    /// Records the database's answer to whether a setting has the value of a new connection.
    pub(super) fn judge(&mut self, name: &str, is_new: bool) {
        self.change(|settings| settings.judge(name, is_new));
    }

    /// Returns `true` if this context has every line of another, in the same order.
    pub(super) fn extends(&self, other: &Self) -> bool {
        self.home() == other.home() && self.settings().extends(other.settings())
    }

    /// Returns `true` if no other connection can have this context, because of a setting that only this connection has,
    /// or because the database belongs to it alone.
    pub(super) fn is_unshared(&self) -> bool {
        self.0.home.starts_with('?') || self.is_alone()
    }

    /// Returns `true` if a line is of this connection alone.
    fn is_alone(&self) -> bool {
        self.settings().lines.iter().any(Line::is_unique)
    }

    fn settings(&self) -> &Settings {
        &self.0.settings
    }

    fn change(&mut self, change: impl FnOnce(&mut Settings)) {
        let parts = Arc::make_mut(&mut self.0);
        change(&mut parts.settings);
        parts.settings.shorten();
        parts.render();
    }
}

impl Parts {
    fn render(&mut self) {
        let home = Some(self.home.to_string()).filter(|home| !home.is_empty());
        let texts: Vec<_> = home.into_iter().chain(self.settings.texts()).collect();
        self.text = texts.join("\n").into();
    }
}
