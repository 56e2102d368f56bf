//! SQL texts with binds.

use crate::engine::Kind;
use diesel_cache_tests::Rng;

/// An SQL text and its binds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sql {
    pub text: String,
    pub binds: Vec<Bind>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Bind {
    Integer(i32),
    Optional(Option<i32>),
    Text(String),
    Array(Vec<i32>),
}

/// Writes an SQL text. Whether its values are literals or binds is chosen at random.
pub struct Writer<'a> {
    pub sql: Sql,
    pub rng: &'a mut Rng,
    pub kind: Kind,
    /// Whether values may be binds.
    bound: bool,
}

/// The largest value of a column.
pub const LARGEST: u64 = 6;
/// The largest number of binds in a text.
const MOST_BINDS: usize = 3;

impl<'a> Writer<'a> {
    pub fn new(rng: &'a mut Rng, kind: Kind) -> Self {
        Self {
            sql: Sql {
                text: String::new(),
                binds: Vec::new(),
            },
            bound: rng.one_in(2),
            rng,
            kind,
        }
    }

    pub fn push(&mut self, text: &str) -> &mut Self {
        self.sql.text.push_str(text);
        self
    }

    /// Writes an integer.
    pub fn integer(&mut self, value: i32) -> &mut Self {
        let texts_only = self
            .sql
            .binds
            .iter()
            .all(|bind| matches!(bind, Bind::Integer(_) | Bind::Text(_)));
        if self.bound && texts_only && self.sql.binds.len() < MOST_BINDS {
            self.sql.binds.push(Bind::Integer(value));
            let number = self.sql.binds.len();
            self.placeholder(number)
        } else {
            self.push(&value.to_string())
        }
    }

    /// Writes a random value of a column.
    pub fn value(&mut self) -> &mut Self {
        let value = self.any();
        self.integer(value)
    }

    /// Writes a random value of a column, NULL, or an expression.
    pub fn odd_value(&mut self, column: &str) -> &mut Self {
        match self.rng.below(12) {
            0 => self.push("NULL"),
            1 => self.push(&format!("{column} + 1")),
            2 => {
                let value = self.any();
                self.push(&format!("({value} + 1)"))
            }
            3 => {
                let value = self.any();
                self.push(&format!("'{value}'"))
            }
            _ => self.value(),
        }
    }

    /// Writes a string that hardly any other write has written.
    pub fn text(&mut self) -> &mut Self {
        let text = format!("s{}", self.rng.below(100_000));
        if self.bound && self.sql.binds.is_empty() {
            self.sql.binds.push(Bind::Text(text));
            self.placeholder(1)
        } else {
            self.push(&format!("'{text}'"))
        }
    }

    pub fn array(&mut self, values: Vec<i32>) -> &mut Self {
        self.sql.binds.push(Bind::Array(values));
        let number = self.sql.binds.len();
        self.placeholder(number)
    }

    pub fn any(&mut self) -> i32 {
        self.rng.below(LARGEST) as i32 + 1
    }

    fn placeholder(&mut self, number: usize) -> &mut Self {
        match self.kind {
            Kind::Postgres => self.push(&format!("${number}")),
            Kind::Sqlite | Kind::Mysql => self.push("?"),
        }
    }
}
