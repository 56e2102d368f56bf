//! One line of a session's settings: a setting, or a statement that changes the meaning of others.

use std::fmt;

use sha2::{Digest, Sha256};

/// Settings that decide how a text or its literals are read. All later lines depend on them.
const READING: &[&str] = &[
    "backslash_quote",
    "client_encoding",
    "old_mode",
    "sql_mode",
    "standard_conforming_strings",
];

/// Settings of PostgreSQL that programs often set, with the defaults that its manual states.
const DOCUMENTED: &[(&str, &[&str])] = &[
    ("array_nulls", &["on", "true", "1"]),
    ("backslash_quote", &["safe_encoding"]),
    ("bytea_output", &["hex"]),
    ("datestyle", &["iso", "iso, mdy"]),
    ("extra_float_digits", &["1", "2", "3"]),
    ("intervalstyle", &["postgres"]),
    ("row_security", &["on", "true", "1"]),
    ("session_replication_role", &["origin"]),
    ("standard_conforming_strings", &["on", "true", "1"]),
    ("synchronize_seqscans", &["on", "true", "1"]),
    ("xmloption", &["content"]),
];

/// A setting and its value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Setting {
    pub(super) name: Box<str>,
    /// `None` stands for the value on every new connection.
    pub(super) value: Option<Box<str>>,
    pub(super) local: bool,
}

/// A line of the settings.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Line {
    Set(Setting),
    /// A statement that may have set anything, depending on the settings at that time.
    Opaque(Box<str>),
}

impl Setting {
    /// Returns `true` for a custom setting of PostgreSQL.
    pub(super) fn is_custom(&self) -> bool {
        self.name.contains('.') && !self.is_variable() && !self.name.starts_with("pragma ")
    }

    /// Returns `true` for a user variable of MySQL.
    fn is_variable(&self) -> bool {
        self.name.starts_with('@')
    }
}

fn decides_reading(name: &str) -> bool {
    READING.contains(&name) || is_charset(name)
}

/// MySQL's character sets and collations: some statements set several, and some take one from another.
pub(in crate::observe) fn is_charset(name: &str) -> bool {
    ["names", "default_collation_for_utf8mb4"].contains(&name)
        || name.starts_with("character_set_")
        || name.starts_with("collation_")
}

/// The settings that `SET NAMES` sets.
fn is_of_names(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "names",
        "character_set_client",
        "character_set_connection",
        "character_set_results",
        "collation_connection",
    ];
    NAMES.contains(&name)
}

/// Returns `true` if the value replaces the whole setting. `SET datestyle = 'DMY'` replaces only a part of it.
fn is_whole(setting: &Setting) -> bool {
    match (&*setting.name, &setting.value) {
        ("datestyle", Some(value)) => value.contains(','),
        ("optimizer_switch", Some(_)) => false,
        _ => true,
    }
}

impl Line {
    /// Returns `true` if it is the last line of these names.
    pub(super) fn sets(&self, name: &str) -> bool {
        match self {
            Self::Set(setting) => *setting.name == *name || (is_charset(name) && is_charset(&setting.name)),
            Self::Opaque(_) => false,
        }
    }

    /// Returns `true` for a statement that may have set anything.
    pub(super) fn is_opaque(&self) -> bool {
        matches!(self, Self::Opaque(_))
    }

    /// Returns `true` for a line that no other connection has.
    pub(super) fn is_unique(&self) -> bool {
        matches!(self, Self::Opaque(text) if text.starts_with('?'))
    }

    /// PostgreSQL's `LOAD`.
    pub(super) fn loads_library(&self) -> bool {
        matches!(self, Self::Opaque(text) if text.get(..5).is_some_and(|verb| verb.eq_ignore_ascii_case("LOAD ")))
    }

    pub(super) fn is_local(&self) -> bool {
        matches!(self, Self::Set(setting) if setting.local)
    }

    /// Returns `true` if this line may have set what `later` sets.
    pub(super) fn may_set(&self, later: &Setting) -> bool {
        self.is_opaque() || self.sets(&later.name)
    }

    /// Returns `true` if this line decides how later lines are read.
    pub(super) fn is_reading(&self) -> bool {
        matches!(self, Self::Set(setting) if decides_reading(&setting.name))
    }

    /// Returns `true` if the meaning of this line depends on the value that `later` replaces.
    pub(super) fn depends_on(&self, later: &Setting) -> bool {
        match self {
            Self::Opaque(_) => true,
            Self::Set(setting) if decides_reading(&later.name) => {
                *setting.name != *later.name && !(is_of_names(&setting.name) && is_of_names(&later.name))
            }
            // A variable keeps the character set of its value.
            Self::Set(setting) => setting.is_variable() && !later.is_variable(),
        }
    }

    /// Returns `true` if `later` replaces this line entirely.
    pub(super) fn is_replaced_by(&self, later: &Setting) -> bool {
        match self {
            Self::Opaque(_) => false,
            Self::Set(setting) if setting.local != later.local => false,
            Self::Set(setting) if setting.name == later.name => is_whole(later),
            Self::Set(setting) => &*later.name == "names" && is_of_names(&setting.name),
        }
    }

    /// Returns the setting's name if its value is the documented default.
    pub(super) fn documented_default(&self) -> Option<&'static str> {
        let Self::Set(Setting {
            name,
            value: Some(value),
            local: false,
        }) = self
        else {
            return None;
        };
        // `ISO, MDY` as it is, and what is one word with its quotes.
        let value = value.trim_matches('"').replace(" ,", ",");
        let (name, values) = DOCUMENTED.iter().find(|(known, _)| **known == **name)?;
        values
            .iter()
            .any(|known| value.eq_ignore_ascii_case(known))
            .then_some(*name)
    }

    /// All of them, in short.
    pub(super) fn digest(lines: &[Self]) -> Self {
        let all = lines.iter().map(Self::to_string).collect::<Vec<_>>().join("\n");
        let hex: String = Sha256::digest(&all).iter().map(|byte| format!("{byte:02x}")).collect();
        // No other connection has them if one of them is of this connection alone.
        let unique = if lines.iter().any(Self::is_unique) { "?" } else { "" };
        Self::Opaque(format!("{unique}#{hex}").into())
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Set(setting) => {
                let scope = if setting.local { "local " } else { "" };
                let value = setting.value.as_deref().unwrap_or("new");
                write!(f, "{scope}{} = {value}", setting.name.escape_debug())
            }
            Self::Opaque(text) => f.write_str(text),
        }
    }
}
