//! Which rows a statement reads and writes, as far as its text and its binds show.
//!
//! Only values that have one canonical form count: integers, booleans and UUIDs. A condition that is not understood is
//! left out. A column that is left out may have any value.

use std::sync::Arc;

use super::name::{Column, TableName};

/// How many changes of one table are tracked individually. A statement or a transaction that makes more changes counts
/// as changing any row.
const MOST_CHANGES: usize = 64;
/// How many values of a list are tracked individually.
pub(crate) const MOST_VALUES: usize = 64;

/// A value that identifies rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Value {
    Integer(i64),
    /// Not always equal to an integer: PostgreSQL does not compare the two.
    Bool(bool),
    Uuid(u128),
}

/// An operand of a comparison or of an assignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operand {
    Value(Value),
    /// The bind with this number, counted from 0.
    Bind(usize),
    /// Each element of the array that is bound under this number, as in PostgreSQL's `= ANY ($1)`.
    Elements(usize),
}

/// What is known of a set of rows: for some columns, a list of operands, one of which is the value in each row. A
/// column that is not listed may have any value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Image(Vec<(Column, Vec<Operand>)>);

impl Image {
    /// Records that the column has one of these values, unless its values are known already or these are too many. The
    /// earlier values remain true of all rows.
    pub(in crate::sql) fn fix(&mut self, column: Column, operands: Vec<Operand>) {
        if self.get(&column).is_none() && operands.len() <= MOST_VALUES {
            self.0.push((column, operands));
        }
    }

    /// Records that the column now has another value: that of the operand, if there is one.
    pub(in crate::sql) fn set(&mut self, column: &Column, operand: Option<Operand>) {
        self.0.retain(|(known, _)| known != column);
        if let Some(operand) = operand {
            self.0.push((column.clone(), vec![operand]));
        }
    }

    /// Returns the values of a column, if they are known.
    pub(crate) fn get(&self, column: &Column) -> Option<&[Operand]> {
        let known = self.0.iter().find(|(known, _)| known == column);
        known.map(|(_, operands)| &**operands)
    }

    pub(in crate::sql) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the columns whose values are known, with their values.
    #[cfg(test)]
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Column, &[Operand])> {
        self.0.iter().map(|(column, operands)| (column, &**operands))
    }

    /// Returns the number of binds that its operands need.
    pub(crate) fn binds(&self) -> usize {
        let operands = self.0.iter().flat_map(|(_, operands)| operands);
        operands.map(|operand| operand.binds()).max().unwrap_or(0)
    }

    /// Replaces the binds by their values. A column with a bind whose value is not known is removed, since it may have
    /// any value.
    fn bind(&mut self, values: &[Option<Value>]) {
        self.0.retain_mut(|(_, operands)| {
            operands.iter_mut().all(|operand| match *operand {
                Operand::Value(_) => true,
                Operand::Elements(_) => false,
                Operand::Bind(number) => {
                    let value = values.get(number).copied().flatten();
                    value.inspect(|value| *operand = Operand::Value(*value)).is_some()
                }
            })
        });
    }
}

impl Operand {
    /// Returns the number of binds that a statement with this operand has at least.
    pub(crate) fn binds(self) -> usize {
        match self {
            Self::Value(_) => 0,
            Self::Bind(number) | Self::Elements(number) => number + 1,
        }
    }
}

/// A change of rows. An INSERT has no rows before, and a DELETE has none after; they are `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RowChange {
    pub(crate) before: Option<Image>,
    pub(crate) after: Option<Image>,
}

impl RowChange {
    fn images(&self) -> impl Iterator<Item = &Image> {
        self.before.iter().chain(&self.after)
    }
}

/// All changes that are made to the rows of one table, if they are known. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum RowChanges {
    /// Any rows may change in any way.
    #[default]
    Any,
    These(Arc<[RowChange]>),
}

impl RowChanges {
    pub(in crate::sql) fn these(changes: Vec<RowChange>) -> Self {
        match changes.len() {
            ..=MOST_CHANGES => Self::These(changes.into()),
            _ => Self::Any,
        }
    }

    /// Adds other changes to the same table.
    pub(crate) fn add_all(&mut self, other: &Self) {
        match (&*self, other) {
            (Self::Any, _) => {}
            (Self::These(_), Self::Any) => *self = Self::Any,
            (Self::These(these), Self::These(more)) => {
                if !more.iter().all(|change| these.contains(change)) {
                    let mut all = these.to_vec();
                    let new = more.iter().filter(|change| !these.contains(change));
                    all.extend(new.cloned());
                    *self = Self::these(all);
                }
            }
        }
    }

    /// Returns `true` if all changes of `other` are among these.
    pub(crate) fn cover(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any, _) => true,
            (Self::These(_), Self::Any) => false,
            (Self::These(these), Self::These(others)) => others.iter().all(|change| these.contains(change)),
        }
    }

    /// Returns the number of binds that the operands of all changes need.
    pub(crate) fn binds(&self) -> usize {
        match self {
            Self::Any => 0,
            Self::These(changes) => {
                let images = changes.iter().flat_map(RowChange::images);
                images.map(Image::binds).max().unwrap_or(0)
            }
        }
    }

    /// Replaces the binds by their values.
    pub(crate) fn bind(&mut self, values: &[Option<Value>]) {
        if let Self::These(changes) = self {
            let mut bound = changes.to_vec();
            for change in &mut bound {
                change
                    .before
                    .iter_mut()
                    .chain(&mut change.after)
                    .for_each(|image| image.bind(values));
            }
            *changes = bound.into();
        }
    }
}

/// One use of a table in a query, with the conditions that a row must meet to take part in the result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Occurrence {
    pub(crate) table: TableName,
    pub(crate) rows: Image,
    /// The columns from which these values were inferred, through equalities such as `a.x = b.y`. The inference holds
    /// only if these columns compare values in the same way.
    pub(crate) through: Vec<(TableName, Column)>,
    /// Whether such a row must exist if the result is not empty.
    pub(crate) proves: bool,
}

/// The uses of those tables of which every use has known rows. Of any other table, the query may read any row.
pub(crate) type Occurrences = Box<[Occurrence]>;

impl Value {
    /// Reads a value that `Debug` has printed: a bare integer, `true`, `false`, or a UUID. Everything else is unknown.
    pub(crate) fn of_debug(text: &str) -> Option<Self> {
        match text {
            "true" => Some(Self::Bool(true)),
            "false" => Some(Self::Bool(false)),
            _ => Self::integer(text).or_else(|| Self::uuid(text)),
        }
    }

    /// Reads an integer in its canonical form: without leading zeros, a plus sign, or underscores.
    pub(crate) fn integer(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let is_canonical = match digits.as_bytes() {
            [b'0'] => digits.len() == text.len(),
            [b'1'..=b'9', rest @ ..] => rest.iter().all(u8::is_ascii_digit),
            _ => false,
        };
        is_canonical.then(|| text.parse().ok().map(Self::Integer)).flatten()
    }

    /// Reads a UUID with hyphens, in lower or upper case.
    fn uuid(text: &str) -> Option<Self> {
        let has_form = text.len() == 36
            && text.bytes().enumerate().all(|(place, byte)| match place {
                8 | 13 | 18 | 23 => byte == b'-',
                _ => byte.is_ascii_hexdigit(),
            });
        has_form.then(|| {
            let digits: String = text.chars().filter(|&c| c != '-').collect();
            u128::from_str_radix(&digits, 16).ok().map(Self::Uuid)
        })?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_has_one_form() {
        for (text, expected) in [
            ("0", Some(Value::Integer(0))),
            ("-7", Some(Value::Integer(-7))),
            ("9223372036854775807", Some(Value::Integer(i64::MAX))),
            ("-9223372036854775808", Some(Value::Integer(i64::MIN))),
            ("true", Some(Value::Bool(true))),
            (
                "67e55044-10b1-426f-9247-bb680e5fe0c8",
                Some(Value::Uuid(0x67e5_5044_10b1_426f_9247_bb68_0e5f_e0c8)),
            ),
            (
                "67E55044-10B1-426F-9247-BB680E5FE0C8",
                Value::of_debug("67e55044-10b1-426f-9247-bb680e5fe0c8"),
            ),
        ] {
            assert_eq!(Value::of_debug(text), expected, "{text}");
        }
        for text in [
            "",
            "-",
            "-0",
            "+7",
            "07",
            "00",
            "7.0",
            "7_000",
            " 7",
            "7 ",
            "0x7",
            "\"7\"",
            "Some(7)",
            "UserId(7)",
            "NULL",
            "True",
            "9223372036854775808",
            "-9223372036854775809",
            "٧",
            "67e5504410b1426f9247bb680e5fe0c8",
            "+7e55044-10b1-426f-9247-bb680e5fe0c8",
            "67e55044-10b1-426f-9247-bb680e5fe0cg",
        ] {
            assert_eq!(Value::of_debug(text), None, "{text}");
        }
    }

    fn change(value: i64) -> RowChange {
        let mut image = Image::default();
        image.fix(Column::new("id"), vec![Operand::Value(Value::Integer(value))]);
        RowChange {
            before: Some(image),
            after: None,
        }
    }

    #[test]
    fn too_many_changes_are_any() {
        let mut all = RowChanges::these(Vec::new());
        for value in 0..MOST_CHANGES as i64 {
            all.add_all(&RowChanges::these(vec![change(value)]));
            all.add_all(&RowChanges::these(vec![change(0)]));
        }
        assert!(all.cover(&RowChanges::these(vec![change(5), change(63)])));
        assert!(!all.cover(&RowChanges::Any) && RowChanges::Any.cover(&all));
        all.add_all(&RowChanges::these(vec![change(64)]));
        assert_eq!(all, RowChanges::Any);
    }

    #[test]
    fn an_unknown_bind_leaves_its_column_out() {
        let mut image = Image::default();
        image.fix(Column::new("a"), vec![Operand::Bind(0)]);
        image.fix(
            Column::new("b"),
            vec![Operand::Value(Value::Integer(1)), Operand::Bind(1)],
        );
        let mut changes = RowChanges::these(vec![RowChange {
            before: Some(image),
            after: None,
        }]);
        assert_eq!(changes.binds(), 2);
        changes.bind(&[Some(Value::Integer(7)), None]);
        let RowChanges::These(bound) = &changes else {
            panic!("{changes:?}")
        };
        let image = bound[0].before.as_ref().unwrap();
        assert_eq!(
            image.get(&Column::new("a")),
            Some(&[Operand::Value(Value::Integer(7))][..])
        );
        assert_eq!((image.get(&Column::new("b")), changes.binds()), (None, 0));
    }
}
