//! The tables that a text in any language names.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::spelling::{Spelling, is_of_word};
use crate::sql::{TableName, Tables, folded};

/// The words of a text.
#[derive(Debug)]
pub(super) struct Words {
    folded: String,
    words: HashSet<TableName>,
}

impl Words {
    pub(super) fn of(text: &str) -> Self {
        let folded = folded(text);
        let words = folded
            .split(|c| !is_of_word(c))
            .filter(|word| !word.is_empty())
            .map(TableName::new)
            .collect();
        Self { folded, words }
    }

    /// Returns `true` if `name` is among them. Comments and strings count, since the text may be in any language.
    pub(super) fn have(&self, name: &TableName) -> bool {
        if is_plain(name) {
            self.words.contains(name)
        } else {
            // It is not a single word, so it can only be written in quotes, in which a quote is doubled.
            let mut text = self.folded.clone();
            for quote in ["\"", "`", "]"] {
                if name.as_str().contains(quote) {
                    text = text.replace(&quote.repeat(2), quote);
                }
            }
            text.contains(name.as_str())
        }
    }

    /// Returns the keys of a map that are among the words.
    pub(super) fn keys_of<'a, V>(&'a self, map: &'a HashMap<TableName, V>) -> impl Iterator<Item = &'a TableName> {
        let plain = self.words.iter().filter_map(|word| map.get_key_value(word));
        let odd = map.keys().filter(|name| !is_plain(name) && self.have(name));
        plain.map(|(name, _)| name).chain(odd)
    }

    /// Returns `true` if the text calls a function in this way.
    pub(super) fn spell(&self, spelling: &Spelling) -> bool {
        spelling.is_in(&self.folded)
    }

    pub(super) fn has(&self, keyword: &str) -> bool {
        self.words.contains(&TableName::new(keyword))
    }

    /// Returns those of `tables` that the text names.
    pub(super) fn among(&self, tables: &BTreeSet<TableName>) -> Tables {
        tables.iter().filter(|table| self.have(table)).cloned().collect()
    }

    pub(super) fn starting_with<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a TableName> {
        self.words.iter().filter(move |word| word.as_str().starts_with(prefix))
    }
}

/// Returns `true` if the name is a single word.
fn is_plain(name: &TableName) -> bool {
    name.as_str().chars().all(is_of_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_as_whole_words_in_any_spelling() {
        let tables = ["person", "log", "odd name", "a\"b", "größe", "x-y", "absent"].map(TableName::new);
        let text = "begin UPDATE public.\"Person\" SET x = 'catalog'; $$delete from \"Odd Name\"$$, \"a\"\"B\" GRÖSSE personal";
        let found = Words::of(text).among(&tables.into());
        assert_eq!(
            found,
            ["person", "odd name", "a\"b", "größe"]
                .map(TableName::new)
                .into_iter()
                .collect()
        );
    }
}
