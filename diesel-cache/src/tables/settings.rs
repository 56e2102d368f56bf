//! Settings: harmless ones, and those that change what a text means.
//!
//! A setting counts as harmless only if it is known to be. What is not, may decide which table a name means (`search_path`), which rows a
//! session sees (`role`, a tenant's id for row security), how a text is read (`sql_mode`) or how values are shown (`DateStyle`).

use sqlparser::tokenizer::Token;

use super::{Dialect, Kind, StatementFacts, cursor::Cursor};

/// Of PostgreSQL and MySQL. A trailing `*` stands for any ending.
const HARMLESS: &[&str] = &[
    "application_name",
    "character_set_*",
    "client_encoding",
    "client_min_messages",
    "collation_connection",
    "commit_delay",
    "constraints",
    "cpu_*",
    "deadlock_timeout",
    "default_statistics_target",
    "default_transaction_*",
    "effective_*",
    "enable_*",
    "foreign_key_checks",
    "from_collapse_limit",
    "geqo*",
    "hash_mem_multiplier",
    "idle_*",
    "innodb_lock_wait_timeout",
    "interactive_timeout",
    "jit*",
    "join_collapse_limit",
    "lock_timeout",
    "lock_wait_timeout",
    "log_*",
    "maintenance_work_mem",
    "max_execution_time",
    "max_parallel_*",
    "max_statement_time",
    "names",
    "net_*",
    "optimizer_*",
    "parallel_*",
    "password",
    "plan_cache_mode",
    "profiling",
    "random_page_cost",
    "seq_page_cost",
    "sql_log_bin",
    "sql_safe_updates",
    "statement_timeout",
    "synchronous_commit",
    "temp_buffers",
    "track_*",
    "transaction",
    "transaction_*",
    "tx_isolation",
    "tx_read_only",
    "unique_checks",
    "wait_timeout",
    "work_mem",
];

/// `read_uncommitted` is missing on purpose: what such a connection reads may never come to be.
const HARMLESS_PRAGMAS: &[&str] = &[
    "analysis_limit",
    "application_id",
    "auto_vacuum",
    "automatic_index",
    "busy_timeout",
    "cache_size",
    "cache_spill",
    "cell_size_check",
    "checkpoint_fullfsync",
    "collation_list",
    "compile_options",
    "data_version",
    "database_list",
    "defer_foreign_keys",
    "encoding",
    "foreign_key_check",
    "foreign_key_list",
    "foreign_keys",
    "freelist_count",
    "fullfsync",
    "function_list",
    "hard_heap_limit",
    "ignore_check_constraints",
    "incremental_vacuum",
    "index_info",
    "index_list",
    "index_xinfo",
    "integrity_check",
    "journal_mode",
    "journal_size_limit",
    "legacy_alter_table",
    "locking_mode",
    "max_page_count",
    "mmap_size",
    "module_list",
    "optimize",
    "page_count",
    "page_size",
    "pragma_list",
    "query_only",
    "quick_check",
    "recursive_triggers",
    "reverse_unordered_selects",
    "secure_delete",
    "shrink_memory",
    "soft_heap_limit",
    "synchronous",
    "table_info",
    "table_list",
    "table_xinfo",
    "threads",
    "trusted_schema",
    "user_version",
    "wal_autocheckpoint",
    "wal_checkpoint",
];

/// `SET`, `RESET` and their kin.
pub(super) fn facts(verb: &str, mut cursor: Cursor<'_>, dialect: Dialect) -> StatementFacts {
    if verb == "SET" && dialect == Dialect::Mysql {
        if let Some(on) = autocommit(&cursor) {
            let mut facts = StatementFacts::new(Kind::Autocommit(on), verb);
            facts.commits = on != Some(false);
            return facts;
        }
        // A dirty read may show what never comes to be. (PostgreSQL has no such reads.)
        if cursor.has_any(&["UNCOMMITTED"]) || !isolates(cursor.clone()) {
            return StatementFacts::context(verb);
        }
    }
    let password = dialect == Dialect::Mysql && cursor.has_any(&["PASSWORD"]);
    let harmless = match verb {
        "SET" => assignments(&mut cursor, dialect).unwrap_or(false),
        "RESET" => scope_and_name(&mut cursor).is_some_and(|name| is_harmless(&name)),
        _ => false,
    };
    if harmless {
        let mut facts = StatementFacts::new(Kind::Session, verb);
        facts.commits = password;
        facts
    } else {
        StatementFacts::context(verb)
    }
}

/// `SET tx_isolation = 'READ-COMMITTED'`: is it known to be none that reads what may never come to be?
fn isolates(mut cursor: Cursor<'_>) -> bool {
    const NAMES: &[&str] = &["tx_isolation", "transaction_isolation"];
    const CLEAN: &[&str] = &["READ-COMMITTED", "REPEATABLE-READ", "SERIALIZABLE"];
    while let Some(token) = cursor.next() {
        let Token::Word(word) = token else { continue };
        let name = word.value.trim_start_matches('@');
        if !NAMES.iter().any(|known| name.eq_ignore_ascii_case(known)) {
            continue;
        }
        if !cursor.eat_token(&Token::Eq) {
            cursor.eat_token(&Token::Assignment);
        }
        match cursor.next() {
            Some(Token::SingleQuotedString(level) | Token::DoubleQuotedString(level))
                if CLEAN.iter().any(|clean| level.eq_ignore_ascii_case(clean)) => {}
            _ => return false,
        }
    }
    true
}

/// `SET autocommit = …`, and `completion_type`, which begins a transaction where another ends.
fn autocommit(all: &Cursor<'_>) -> Option<Option<bool>> {
    let mut cursor = all.clone();
    let mentioned = std::iter::from_fn(|| cursor.next()).any(|token| match token {
        Token::Word(word) => {
            let name = word.value.trim_start_matches('@');
            name.eq_ignore_ascii_case("autocommit") || name.eq_ignore_ascii_case("completion_type")
        }
        _ => false,
    });
    mentioned.then(|| autocommit_alone(all.clone()))
}

fn autocommit_alone(mut cursor: Cursor<'_>) -> Option<bool> {
    // `GLOBAL` is for connections to come.
    if cursor.has_any(&["GLOBAL", "PERSIST", "DEFAULT", "@@GLOBAL"]) || scope_and_name(&mut cursor)? != "autocommit" {
        return None;
    }
    cursor.next();
    let on = match cursor.next()? {
        Token::Number(number, _) if number == "1" => true,
        Token::Number(number, _) if number == "0" => false,
        Token::Word(word) if ["ON", "TRUE"].iter().any(|on| word.value.eq_ignore_ascii_case(on)) => true,
        Token::Word(word) if ["OFF", "FALSE"].iter().any(|off| word.value.eq_ignore_ascii_case(off)) => false,
        _ => return None,
    };
    cursor.is_at_end().then_some(on)
}

/// Are they all harmless?
fn assignments(cursor: &mut Cursor<'_>, dialect: Dialect) -> Option<bool> {
    loop {
        if cursor.eat_all(&["SESSION", "CHARACTERISTICS"]) {
            return Some(true);
        }
        let name = scope_and_name(cursor)?;
        let utc = matches!(&*name, "time_zone" | "timezone") || (name == "time" && cursor.eat("ZONE"));
        let mut value = 0;
        let mut is_utc = false;
        let mut calls = false;
        let mut another = false;
        while let Some(token) = cursor.next() {
            match token {
                // On PostgreSQL, `a, b` is one value.
                Token::Comma if dialect == Dialect::Mysql => {
                    another = true;
                    break;
                }
                // A value that is computed may do anything.
                Token::LParen => calls = true,
                Token::Eq | Token::Assignment => {}
                Token::Word(word) if word.value.eq_ignore_ascii_case("TO") => {}
                Token::SingleQuotedString(zone) | Token::DoubleQuotedString(zone) => {
                    value += 1;
                    is_utc = zone.eq_ignore_ascii_case("UTC") || zone == "+00:00";
                }
                Token::Word(word) => {
                    value += 1;
                    is_utc = word.value.eq_ignore_ascii_case("UTC");
                }
                _ => value += 1,
            }
        }
        // Diesel sets UTC on every connection it opens.
        let harmless = if utc { value == 1 && is_utc } else { is_harmless(&name) };
        if !harmless || calls {
            return Some(false);
        }
        if !another {
            return Some(true);
        }
    }
}

/// The name of a setting, in lower case, after `SESSION`, `LOCAL`, `GLOBAL`, `@@session.` and the like.
fn scope_and_name(cursor: &mut Cursor<'_>) -> Option<String> {
    cursor.eat_token(&Token::AtAt);
    cursor.eat_any(&["SESSION", "LOCAL", "GLOBAL", "PERSIST"]);
    let mut name = cursor.identifier()?.to_ascii_lowercase();
    while cursor.eat_token(&Token::Period) {
        let part = cursor.identifier()?.to_ascii_lowercase();
        name = match &*name {
            "@@session" | "@@local" | "@@global" | "session" | "local" | "global" => part,
            // `app.tenant`
            _ => format!("{name}.{part}"),
        };
    }
    Some(name.trim_start_matches("@@").into())
}

pub(super) fn is_harmless(name: &str) -> bool {
    HARMLESS.iter().any(|known| match known.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == *known,
    })
}

/// `PRAGMA [schema.]name …`
pub(super) fn pragma(mut cursor: Cursor<'_>) -> StatementFacts {
    match cursor.name() {
        Some(name) if HARMLESS_PRAGMAS.contains(&name.as_str()) => StatementFacts::new(Kind::Session, "PRAGMA"),
        // It may change what is read (`read_uncommitted`, `case_sensitive_like`).
        _ => StatementFacts::context("PRAGMA"),
    }
}
