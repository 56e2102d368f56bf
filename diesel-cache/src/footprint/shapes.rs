//! The shapes of tables: the sets of columns by whose values the rows of a table have slots of their own.
//!
//! Beside the slot of the whole table, which every write moves, each shape has
//!
//! | slot | moved by a write that may touch |
//! | --- | --- |
//! | one for each *tag*, the values of the columns | a row that has, or gets, these values |
//! | `unknown` | rows whose values are not known |
//! | `inserted` | nothing but new rows whose values are not known |
//!
//! A query whose conditions fix the columns of a shape is stamped with these in the place of the whole table.
//!
//! The columns to which a foreign key refers make a shape of a second kind, of *removals*. Only writes that remove a
//! value move its slots, as a DELETE does, or an UPDATE of these columns.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use smallvec::SmallVec;

use super::closure::Changes;
use super::parents::Parents;
use super::slots::{Watched, any_definition, definition, watched, whole};
use crate::catalog::{ColumnKind, Facts, Passed, RowFacts, TableRows};
use crate::generation::{Definitions, Generations, Reading, ShapeId, ShapeList, ShapePart, Slot};
use crate::sql::{Calls, Column, StatementFacts, TableName, Value};

/// More shapes of a table are left out: a write moves a slot or two for each.
const MOST_SHAPES: usize = 8;

/// The shapes of a namespace's tables.
#[derive(Debug, Default)]
pub(crate) struct Shapes {
    /// The databases whose tables these are.
    homes: Vec<Arc<str>>,
    tables: HashMap<TableName, Arc<TableShapes>>,
    /// The shapes of all of these.
    ids: HashSet<ShapeId>,
    /// Functions that may read any row.
    functions: BTreeSet<TableName>,
    pub(super) parents: Parents,
}

/// The shapes of one table.
#[derive(Debug)]
pub(crate) struct TableShapes {
    pub(super) list: ShapeList,
    whole: Slot,
    /// The slot that moves when the table is defined anew, and its generation before the catalog was read. From then on
    /// the shapes may not be those of the table any more.
    definition: Definition,
    /// The same, for what is defined anew without a name of a table.
    any_definition: Definition,
    pub(super) shapes: Vec<Shape>,
    /// The columns to which others refer.
    pub(super) removals: Vec<Shape>,
    /// The columns whose values are equal exactly when their texts are.
    pub(super) columns: BTreeMap<Column, ColumnKind>,
    /// The slots of operations that also change other rows of the table than those on which they are performed.
    pub(super) spreading: Watched,
}

/// When a table was last defined, as far as its shapes tell.
#[derive(Clone, Copy, Debug)]
struct Definition {
    slot: Slot,
    generation: Option<u64>,
    epoch: u64,
}

/// A set of columns.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(super) id: ShapeId,
    /// Sorted by name.
    pub(super) columns: Vec<(Column, ColumnKind)>,
    pub(super) is_unique: bool,
    /// Whether only removals of its values count.
    pub(super) is_of_removals: bool,
    pub(super) unknown: Slot,
    pub(super) inserted: Slot,
    /// The epoch in which all writers know that the shape is in use; 0 if there is none.
    used_in: AtomicU64,
}

/// What was decided by hand about rows.
#[derive(Clone, Debug, Default)]
pub(crate) struct RowSettings {
    /// No table has shapes.
    pub(crate) is_off: bool,
    /// Tables without shapes.
    pub(crate) whole: BTreeSet<TableName>,
    /// More sets of columns.
    pub(crate) by: Vec<(TableName, Vec<Column>)>,
}

impl Shapes {
    /// Derives the shapes from what the databases of a namespace say. A table on which they differ has none.
    pub(super) fn of<'a>(
        namespace: &str,
        read: impl Iterator<Item = (&'a Arc<str>, &'a RowFacts, &'a Definitions)> + Clone,
        facts: &Facts,
        settings: &RowSettings,
    ) -> Self {
        let definitions: Vec<&Definitions> = read.clone().map(|(.., definitions)| definitions).collect();
        let mut shapes = Self {
            homes: read.clone().map(|(home, ..)| Arc::clone(home)).collect(),
            ..Self::default()
        };
        if settings.is_off {
            return shapes;
        }
        shapes.parents = Parents::of(facts);
        let changes = Changes::of(facts);
        for (_, rows, _) in read.clone() {
            shapes.functions.extend(rows.functions().iter().cloned());
            for (table, one) in rows.tables() {
                let is_same = |rows: &RowFacts| rows.get(table) == Some(one);
                let is_plain = !facts.shows.contains_key(table)
                    && !facts
                        .passes
                        .iter()
                        .any(|pass| pass.from == *table || (pass.to == *table && pass.what != Passed::Renamed));
                if !shapes.tables.contains_key(table)
                    && is_plain
                    && !settings.whole.contains(table)
                    && read.clone().all(|(_, rows, _)| is_same(rows))
                {
                    let found = TableShapes::of(namespace, table, one, &changes, settings, &definitions);
                    if let Some(mut found) = found {
                        let referred = shapes.parents.referred_of(table);
                        found.removals = referred
                            .filter_map(|columns| Shape::of_removals(namespace, table, one, columns))
                            .collect();
                        shapes.ids.extend(found.all().map(|shape| shape.id));
                        shapes.tables.insert(table.clone(), Arc::new(found));
                    }
                }
            }
        }
        shapes
    }

    /// Returns `true` if these are the shapes of the database to which a connection leads.
    pub(crate) fn are_of(&self, home: &str) -> bool {
        !self.tables.is_empty() && self.homes.iter().any(|known| **known == *home)
    }

    pub(super) fn table(&self, table: &TableName) -> Option<&Arc<TableShapes>> {
        self.tables.get(table)
    }

    /// Returns `true` if this is a shape of one of these tables.
    pub(super) fn know(&self, id: ShapeId) -> bool {
        self.ids.contains(&id)
    }

    /// Returns `true` if one of these tables has shapes.
    pub(crate) fn have_any<'a>(&self, mut tables: impl Iterator<Item = &'a TableName>) -> bool {
        tables.any(|table| self.tables.contains_key(table))
    }

    /// Returns `true` if the statement may read rows by a function that it calls.
    pub(super) fn may_be_read_by(&self, statement: &StatementFacts) -> bool {
        match &statement.calls {
            Calls::Anything => true,
            calls @ Calls::Known(_) => calls.into_iter().any(|name| self.functions.contains(name)),
        }
    }
}

impl TableShapes {
    fn of(
        namespace: &str,
        table: &TableName,
        rows: &TableRows,
        changes: &Changes<'_>,
        settings: &RowSettings,
        definitions: &[&Definitions],
    ) -> Option<Self> {
        let by_hand = settings.by.iter().filter(|(of, _)| of == table);
        let mut keys: Vec<(bool, Vec<Column>)> = rows
            .keys
            .iter()
            .map(|key| (key.is_unique, key.columns.clone()))
            .chain(by_hand.map(|(_, columns)| (false, columns.clone())))
            .collect();
        // Those that the fewest rows have come first.
        keys.sort_by_key(|(is_unique, columns)| (!is_unique, columns.len()));
        let mut shapes: Vec<Shape> = Vec::new();
        for (is_unique, columns) in keys {
            let kinds: Option<Vec<_>> = columns
                .iter()
                .map(|column| Some((column.clone(), *rows.columns.get(column)?)))
                .collect();
            let known = |columns: &[(Column, ColumnKind)]| shapes.iter().any(|shape| shape.columns == columns);
            if let Some(kinds) = kinds.filter(|kinds| !kinds.is_empty() && !known(kinds))
                && shapes.len() < MOST_SHAPES
            {
                shapes.push(Shape::new(namespace, table, kinds, is_unique, false));
            }
        }
        (!shapes.is_empty()).then(|| Self {
            list: ShapeList::of(namespace, table.as_str()),
            whole: whole(namespace, table),
            definition: Definition::of(definition(namespace, table), definitions),
            any_definition: Definition::of(any_definition(namespace), definitions),
            shapes,
            removals: Vec::new(),
            columns: rows.columns.clone(),
            spreading: watched(namespace, table, &changes.spreading_over(table)),
        })
    }

    /// Returns the shapes of both kinds.
    pub(super) fn all(&self) -> impl Iterator<Item = &Shape> {
        self.shapes.iter().chain(&self.removals)
    }

    /// Returns the slots that move when the table is defined anew.
    pub(super) fn definitions(&self) -> [Slot; 2] {
        [self.definition.slot, self.any_definition.slot]
    }

    /// Returns the generations of these slots; `None` unless the table is as the catalog showed it.
    pub(super) fn as_read(&self, epoch: u64, reading: &Reading<'_>) -> Option<[(Slot, u64); 2]> {
        let both = [self.definition, self.any_definition];
        let [table, any] = both.map(|definition| definition.standing(epoch, reading));
        Some([table?, any?])
    }

    /// Returns `true` if rows may be stamped by this shape in this epoch.
    pub(super) fn is_in_use(&self, shape: &Shape, epoch: u64, generations: &Generations) -> bool {
        shape.used_in.load(Relaxed) == epoch || self.announce(shape, epoch, generations)
    }

    #[cold]
    fn announce(&self, shape: &Shape, epoch: u64, generations: &Generations) -> bool {
        let used_in = generations.use_shape(self.list, shape.id, self.whole);
        if let Some(used_in) = used_in {
            shape.used_in.store(used_in, Relaxed);
        }
        used_in == Some(epoch)
    }
}

impl Definition {
    /// Where the catalogs of several databases were read, nothing was defined anew between the first and the last.
    fn of(slot: Slot, definitions: &[&Definitions]) -> Self {
        let first = definitions.first();
        let state = |definitions: &Definitions| (definitions.epoch(), definitions.generation(slot));
        let (epoch, generation) = first.map(|first| state(first)).unwrap_or_default();
        let is_same = definitions.iter().all(|other| state(other) == (epoch, generation));
        Self {
            slot,
            generation: generation.filter(|_| is_same),
            epoch,
        }
    }

    /// Returns the slot with its generation, if nothing was defined anew since the catalog was read.
    fn standing(self, epoch: u64, reading: &Reading<'_>) -> Option<(Slot, u64)> {
        let generation = self.generation.filter(|_| epoch == self.epoch)?;
        (reading.generation(self.slot) == Some(generation)).then_some((self.slot, generation))
    }
}

impl Shape {
    fn new(
        namespace: &str,
        table: &TableName,
        columns: Vec<(Column, ColumnKind)>,
        is_unique: bool,
        is_of_removals: bool,
    ) -> Self {
        let described: Vec<String> = columns
            .iter()
            .map(|(column, kind)| format!("{column} {kind:?}"))
            .chain(is_of_removals.then(|| "removals".to_owned()))
            .collect();
        let id = ShapeId::new(namespace, table.as_str(), described.iter().map(String::as_str));
        Self {
            id,
            columns,
            is_unique,
            is_of_removals,
            unknown: Slot::of_shape(id, ShapePart::Unknown),
            inserted: Slot::of_shape(id, ShapePart::Inserted),
            used_in: AtomicU64::new(0),
        }
    }
}

impl Shape {
    /// Returns the shape of the columns to which a foreign key refers; `None` if they do not identify rows.
    fn of_removals(namespace: &str, table: &TableName, rows: &TableRows, columns: Vec<&Column>) -> Option<Self> {
        let kind = |column: &Column| Some((column.clone(), *rows.columns.get(column)?));
        let columns: Option<Vec<_>> = columns.into_iter().map(kind).collect();
        Some(Self::new(namespace, table, columns?, false, true))
    }
}

/// The slots of definitions, with the generations that they had when the catalog was read.
pub(super) type Defined = SmallVec<[(Slot, u64); 2]>;

/// The tags of a shape, as few as there are different ones.
pub(super) type Tags = SmallVec<[Slot; 2]>;

/// The values that a column of a shape may have.
pub(super) type ColumnValues = SmallVec<[u128; 2]>;

/// Returns a slot for each combination of values; `None` if there are too many.
pub(super) fn tags(shape: ShapeId, columns: &[ColumnValues], most: usize) -> Option<Tags> {
    let mut tags = Tags::new();
    if let [values] = columns {
        // The usual case.
        if values.len() > most {
            return None;
        }
        tags.extend(values.iter().map(|value| Slot::rows(shape, [*value])));
    } else {
        let count = columns
            .iter()
            .try_fold(1_usize, |count, values| count.checked_mul(values.len()))?;
        if count > most {
            return None;
        }
        for number in 0..count {
            let mut rest = number;
            let combination = columns.iter().map(|values| {
                let value = values[rest % values.len()];
                rest /= values.len();
                value
            });
            tags.push(Slot::rows(shape, combination));
        }
    }
    tags.sort_unstable();
    tags.dedup();
    Some(tags)
}

/// Returns the form of a value that is the same wherever the column has it; `None` if the column cannot be compared with
/// such a value by its text.
pub(super) fn canonical(kind: ColumnKind, value: Value) -> Option<u128> {
    match (kind, value) {
        (ColumnKind::Integer { .. }, Value::Integer(value)) => Some((value as u64).into()),
        (ColumnKind::Integer { takes_bools: true, .. }, Value::Bool(value)) => Some(value.into()),
        (ColumnKind::Bool, Value::Bool(value)) => Some(value.into()),
        (ColumnKind::Uuid, Value::Uuid(value)) => Some(value),
        _ => None,
    }
}
