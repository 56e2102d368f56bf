//! What a connection was told that gives the same text another meaning: `SET search_path`, `SET ROLE`, `USE`, `ATTACH`, …

use std::collections::hash_map::RandomState;
use std::fmt::Write as _;
use std::hash::{BuildHasher, Hasher};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, LazyLock};

use sha2::{Digest, Sha256};

/// Statements kept as they are. A connection that needs more is told something else all the time, and shares nothing anyway.
const MAX_LINES: usize = 16;

/// Where the connection leads, and these statements, one a line; part of the key of every query on the connection.
///
/// Two connections share entries if they lead to one place and were told the same, in the same order. A plain setting takes the place of
/// an earlier one of the same name, so that a pool that sets a tenant for each request has one text for each tenant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Context {
    /// See [`home`](super::home); empty where that is not known.
    home: Arc<str>,
    /// The home, and the statements.
    all: Arc<str>,
}

impl Default for Context {
    fn default() -> Self {
        static EMPTY: LazyLock<Context> = LazyLock::new(|| Context::at(""));
        EMPTY.clone()
    }
}

impl Context {
    /// Of a connection to this home that was told nothing.
    pub(super) fn at(home: &str) -> Self {
        let home: Arc<str> = home.into();
        Self {
            all: Arc::clone(&home),
            home,
        }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.all
    }

    pub(super) fn home(&self) -> &Arc<str> {
        &self.home
    }

    /// The statements.
    fn lines(&self) -> impl Iterator<Item = &str> {
        let told = self.all.strip_prefix(&*self.home).unwrap_or(&self.all);
        told.lines().filter(|line| !line.is_empty())
    }

    fn tell<'a>(&'a self, lines: impl IntoIterator<Item = &'a str>) -> String {
        let home = Some(&*self.home).filter(|home| !home.is_empty());
        home.into_iter().chain(lines).collect::<Vec<_>>().join("\n")
    }

    /// This one statement was sent, or these, none of which begins or ends a transaction.
    pub(super) fn follow(&mut self, sql: &str) {
        let this = sql.trim().trim_end_matches(';').trim_end();
        let this = this.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r");
        let subject = subject(&this);
        let lines: Vec<&str> = match &subject {
            _ if this.eq_ignore_ascii_case("DISCARD ALL") => Vec::new(),
            None => self.lines().collect(),
            Some(subject) => {
                // What is not a plain setting may have used the values of its time, so they stay before it.
                let lines: Vec<&str> = self.lines().collect();
                let fixed = lines.iter().rposition(|line| self::subject(line).is_none());
                let (before, after) = lines.split_at(fixed.map_or(0, |place| place + 1));
                let kept = after
                    .iter()
                    .filter(|line| self::subject(line).as_ref() != Some(subject));
                before.iter().chain(kept).copied().collect()
            }
        };
        let count = lines.len();
        let all = self.tell(lines.into_iter().chain([&*this]));
        self.all = if count < MAX_LINES {
            all.into()
        } else {
            self.tell([&*digest(&all)]).into()
        };
    }

    /// A transaction is over, and with it what it had set for itself alone.
    pub(super) fn forget_local(&mut self) {
        let is_local = |line: &str| subject(line).is_some_and(|subject| subject.starts_with("local "));
        if self.lines().any(is_local) {
            self.all = self.tell(self.lines().filter(|line| !is_local(line))).into();
        }
    }

    /// What the connection was told is not known any more: from now on it shares entries with no other.
    pub(super) fn lose(&mut self) {
        self.all = unique().into();
    }
}

/// What stands for this process, and no other.
pub(super) fn process() -> String {
    static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomState::new().build_hasher().finish());
    format!("{:x}", *PROCESS)
}

/// A text that is never made again, by this process or another.
pub(super) fn unique() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("?{}.{:x}", process(), COUNT.fetch_add(1, Relaxed))
}

/// What a plain setting sets, whatever was set before it. `None` for everything else.
fn subject(line: &str) -> Option<String> {
    let line = line.to_lowercase();
    if line.contains(['(', ';', '\\', '?', '$', '#', '/']) || line.contains("--") {
        return None;
    }
    let (verb, rest) = line.split_once(char::is_whitespace)?;
    let mut rest = rest.trim_start();
    let mut scope = "";
    if verb == "set" {
        for word in ["session", "local"] {
            if let Some(after) = rest.strip_prefix(word)
                && after.starts_with(char::is_whitespace)
            {
                rest = after.trim_start();
                // MySQL's LOCAL is SESSION; the difference does no harm there.
                scope = if word == "local" { "local " } else { "" };
            }
        }
    }
    let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
    let (name, value) = rest.split_at(end);
    let value = value.trim_start().trim_start_matches('=');
    if value.contains(['=', '@']) {
        return None;
    }
    match (verb, name) {
        ("set", "authorization" | "global" | "persist" | "statement") | ("reset", "all") => None,
        ("set" | "reset", "schema") => Some(format!("{scope}search_path")),
        ("set" | "reset", name) => Some(format!("{scope}{name}")),
        ("use", _) => Some("use".into()),
        ("pragma", name) => Some(format!("pragma {name}")),
        _ => None,
    }
}

fn digest(text: &str) -> String {
    Sha256::digest(text).iter().fold(String::from("#"), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(statements: &[&str]) -> String {
        let mut context = Context::default();
        statements.iter().for_each(|sql| context.follow(sql));
        context.as_str().to_owned()
    }

    #[test]
    fn the_last_setting_of_a_name_counts() {
        assert_eq!(
            told(&["SET search_path = a", "SET search_path TO b"]),
            "SET search_path TO b"
        );
        assert_eq!(told(&["USE a", "USE b;"]), "USE b");
        assert_eq!(
            told(&["SET SCHEMA 'a'", "SET SESSION search_path=b"]),
            "SET SESSION search_path=b"
        );
        assert_eq!(told(&["SET app.tenant = '1'", "RESET app.tenant"]), "RESET app.tenant");
        assert_eq!(told(&["SET a=1", "SET b=1", "SET a=2"]), "SET b=1\nSET a=2");
    }

    #[test]
    fn different_settings_both_count() {
        for pair in [
            ["SET SESSION a = 1", "SET SESSION b = 1"],
            ["ATTACH DATABASE 'x' AS x", "ATTACH DATABASE 'y' AS y"],
            ["SET LOCAL a = 1", "SET a = 1"],
            ["SET @a = 1", "SET @b = @a"],
            ["SET a = 1, b = 2", "SET a = 2"],
            ["SET GLOBAL a = 1", "SET GLOBAL b = 2"],
        ] {
            assert_eq!(told(&pair), pair.join("\n"));
        }
    }

    #[test]
    fn what_used_a_setting_keeps_it() {
        let all = ["SET @a = 1", "SET @b = @a", "SET @a = 2"];
        assert_eq!(told(&all), all.join("\n"));
        assert_eq!(told(&["SET a = 1", "DISCARD ALL"]), "DISCARD ALL");
    }

    #[test]
    fn a_text_of_any_length_stays_short_and_its_own() {
        let many = |last: &str| {
            let mut context = Context::default();
            for number in 0..1000 {
                context.follow(&format!("ATTACH DATABASE 'x{number}' AS x"));
            }
            context.follow(last);
            context.as_str().to_owned()
        };
        assert!(many("USE a").len() < 1000);
        assert_ne!(many("ATTACH 'a' AS a"), many("ATTACH 'b' AS b"));
    }

    #[test]
    fn line_breaks_are_told_apart() {
        assert_ne!(told(&["SET a = 'x\ny'"]), told(&["SET a = 'x y'"]));
        assert_ne!(told(&["SET a = 'x\ny'"]), told(&["SET a = 'x\\ny'"]));
    }

    #[test]
    fn local_settings_end_with_the_transaction() {
        let mut context = Context::default();
        context.follow("SET a = 1");
        context.follow("SET LOCAL a = 2");
        context.forget_local();
        assert_eq!(context.as_str(), "SET a = 1");
    }

    #[test]
    fn the_home_comes_first_and_stays() {
        let mut context = Context::at("home");
        assert_eq!(context.as_str(), "home");
        context.follow("SET a = 1");
        context.follow("SET a = 2");
        context.follow("SET LOCAL b = 1");
        assert_eq!(context.as_str(), "home\nSET a = 2\nSET LOCAL b = 1");
        context.forget_local();
        assert_eq!(context.as_str(), "home\nSET a = 2");
        context.follow("DISCARD ALL");
        assert_eq!(context.as_str(), "home\nDISCARD ALL");
        context.lose();
        assert!(!context.as_str().contains("home"));
        context.follow("DISCARD ALL");
        assert_eq!(context.as_str(), "home\nDISCARD ALL");
        (0..1000).for_each(|number| context.follow(&format!("ATTACH DATABASE 'x{number}' AS x")));
        assert!(context.as_str().starts_with("home\n#") && context.as_str().len() < 1000);
    }

    #[test]
    fn the_lost_are_alone() {
        let (mut one, mut other) = (Context::default(), Context::default());
        one.lose();
        other.lose();
        assert_ne!(one, other);
    }
}
