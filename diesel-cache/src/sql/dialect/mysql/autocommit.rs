//! MySQL's `SET autocommit`.

use sqlparser::tokenizer::Token;

use crate::sql::tokens::Cursor;

/// Reads a `SET` of `autocommit`, or of `completion_type`, with which the end of a transaction begins another. Returns
/// `None` for any other `SET`, and `Some(None)` if the value is not known.
pub(super) fn autocommit(all: &Cursor<'_>) -> Option<Option<bool>> {
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
    // `GLOBAL` sets the value for new connections.
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

/// Consumes the scope (`SESSION`, `LOCAL`, `GLOBAL`, `@@session.` and the like) and the name of a setting. Returns the
/// name in lower case.
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
