//! What code in the database does to the session that runs it: to settings, user variables and temporary tables.

use sqlparser::tokenizer::Token;

use crate::sql::{
    dialect::Dialect,
    facts::StatementKind,
    split,
    statement::classify,
    tokens::{Cursor, is_any, word},
};

/// What a body does besides writing tables. The effects of the functions that it calls are not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct SessionEffects {
    /// Whether it may change something that later texts on the connection depend on.
    pub(crate) changes_session: bool,
    /// Whether it may change the catalog.
    pub(crate) defines: bool,
}

impl SessionEffects {
    pub(crate) const UNKNOWN: Self = Self {
        changes_session: true,
        defines: true,
    };
}

/// Reads a body: the beginnings of its statements, and names that show a change wherever they occur.
///
/// `is_variable` returns `true` for the name of one of the server's variables. In MySQL's `SET a = 1`, any other name
/// is a local variable.
pub(crate) fn session_effects(text: &str, dialect: Dialect, is_variable: &dyn Fn(&str) -> bool) -> SessionEffects {
    let Some(tokens) = solid_tokens(text, dialect) else {
        return SessionEffects::UNKNOWN;
    };
    let syntax = &dialect.syntax().code;
    let mut code = SessionEffects {
        changes_session: (syntax.names_a_change)(&tokens),
        defines: false,
    };
    for (place, token) in tokens.iter().enumerate() {
        if place > 0 && !is_before_statement(&tokens[place - 1]) {
            continue;
        }
        let rest = &tokens[place..];
        let end = rest.iter().position(|token| *token == Token::SemiColon);
        let statement = &rest[..end.unwrap_or(rest.len())];
        let verb = word(token).unwrap_or_default().to_ascii_uppercase();
        match &*verb {
            "SET" if syntax.local_variables => {
                code.changes_session |= sets_variable(statement, dialect, is_variable);
            }
            "SET" | "RESET" | "DISCARD" | "LOAD" => {
                code.changes_session |= classify(statement, dialect)
                    .iter()
                    .any(|facts| facts.kind != StatementKind::Utility);
            }
            "DO" if syntax.anonymous_blocks => code = SessionEffects::UNKNOWN,
            "CREATE" | "ALTER" | "DROP" | "GRANT" | "REVOKE" | "COMMENT" | "REFRESH" | "REINDEX" | "IMPORT"
            | "SECURITY" | "REASSIGN" | "RENAME" => {
                code.defines = true;
                code.changes_session |= classify(statement, dialect).iter().any(|facts| facts.may_shadow);
            }
            _ => {}
        }
    }
    code
}

fn solid_tokens(text: &str, dialect: Dialect) -> Option<Vec<Token>> {
    let tokens = split::tokens(text, dialect, dialect.syntax().spelling.code).ok()?;
    let is_solid = |token: &Token| !matches!(token, Token::Whitespace(_));
    Some(tokens.into_iter().filter(is_solid).collect())
}

fn is_before_statement(token: &Token) -> bool {
    const WORDS: &[&str] = &["ATOMIC", "BEGIN", "DO", "ELSE", "LOOP", "REPEAT", "THEN"];
    *token == Token::SemiColon || word(token).is_some_and(|word| is_any(word, WORDS))
}

/// Returns `true` if a `SET` in stored code sets more than local variables and harmless settings.
fn sets_variable(statement: &[Token], dialect: Dialect, is_variable: &dyn Fn(&str) -> bool) -> bool {
    let mut cursor = Cursor::new(statement);
    cursor.eat("SET");
    let mut local = true;
    // Only the first name of each assignment counts. A comma inside parentheses begins no assignment.
    let mut depth = 0_usize;
    let mut begins = true;
    while let Some(token) = cursor.next() {
        if std::mem::take(&mut begins) {
            let assigns = matches!(cursor.peek(), Some(Token::Eq | Token::Assignment | Token::Period));
            local &= match token {
                Token::Word(word) => {
                    assigns && !word.value.starts_with('@') && !is_variable(&word.value.to_lowercase())
                }
                _ => false,
            };
        }
        match token {
            Token::LParen => depth += 1,
            Token::RParen => depth = depth.saturating_sub(1),
            Token::Comma if depth == 0 => begins = true,
            _ => {}
        }
    }
    !local
        && classify(statement, dialect)
            .iter()
            .any(|facts| facts.kind != StatementKind::Utility)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(text: &str, dialect: Dialect) -> bool {
        let is_variable = |name: &str| ["sql_mode", "time_zone", "lock_wait_timeout"].contains(&name);
        session_effects(text, dialect, &is_variable).changes_session
    }

    #[test]
    fn changes_are_found_in_postgres_code() {
        for text in [
            "SELECT set_config('app.tenant', t, false)",
            "BEGIN PERFORM pg_catalog.set_config('app.tenant', t, true); END",
            "SET app.tenant = '1'; SELECT 1",
            "BEGIN IF a THEN SET ROLE anna; END IF; END",
            "BEGIN LOOP RESET ALL; END LOOP; END",
            "BEGIN SET LOCAL search_path = x; END",
            "BEGIN CREATE TEMP TABLE person (id INT); END",
            "BEGIN CREATE TABLE pg_temp.person (id INT); END",
            "SELECT id INTO TEMPORARY person FROM a",
            "UPDATE pg_settings SET setting = 'x' WHERE name = 'app.tenant'",
            "BEGIN DO $d$ BEGIN END $d$; END",
        ] {
            assert!(changes(text, Dialect::Postgres), "{text}");
        }
        for text in [
            "BEGIN UPDATE person SET name = 'x'; INSERT INTO a VALUES (1) ON CONFLICT DO UPDATE SET b = 1; END",
            "BEGIN SET LOCAL statement_timeout = 10; RETURN current_setting('app.tenant'); END",
            "BEGIN CREATE TABLE a (id INT); RAISE 'set_config'; -- set_config\n END",
            "SELECT temp FROM weather",
        ] {
            assert!(!changes(text, Dialect::Postgres), "{text}");
        }
    }

    #[test]
    fn changes_are_found_in_mysql_code() {
        for text in [
            "BEGIN SET @tenant = t; RETURN t; END",
            "BEGIN SET a = 1, @tenant = t; END",
            "BEGIN IF a THEN SELECT id INTO @a FROM person LIMIT 1; END IF; END",
            "BEGIN SELECT @a := id FROM person; END",
            "BEGIN CALL p(@a); END",
            "BEGIN SET sql_mode = ''; END",
            "BEGIN SET SESSION time_zone = '+01:00'; END",
            "BEGIN SET @@session.time_zone = '+01:00'; END",
            "BEGIN SET NAMES latin1 COLLATE latin1_bin; SET ROLE anna; END",
            "BEGIN CREATE TEMPORARY TABLE person (id INT); END",
            "/*!50000 SET @a = 1 */",
        ] {
            assert!(changes(text, Dialect::Mysql), "{text}");
        }
        for text in [
            "BEGIN DECLARE n INT; SET n = f(1, 2), m = (SELECT max(id) FROM person); RETURN n; END",
            "RETURN @tenant",
            "BEGIN UPDATE person SET name = 'x' WHERE id = @a; SET NEW.name = 'a'; END",
            "BEGIN SET lock_wait_timeout = 1; END",
        ] {
            let expected = text.contains("UPDATE");
            assert_eq!(changes(text, Dialect::Mysql), expected, "{text}");
        }
    }

    #[test]
    fn definitions_are_found() {
        let defines = |text| session_effects(text, Dialect::Postgres, &|_| false).defines;
        assert!(defines("BEGIN IF a THEN CREATE TABLE t (id INT); END IF; END"));
        assert!(defines("DROP TABLE t"));
        assert!(!defines("BEGIN INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING; END"));
    }
}
