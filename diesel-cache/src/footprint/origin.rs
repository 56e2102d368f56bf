//! The table for which a slot stands, for people.

use super::reads::{Reader, dependencies};
use super::slots::{definition, watched, whole};
use crate::generation::{Slot, SlotKind};
use crate::sql::{TableName, Tables, Writes};

/// Returns the table for which a slot stands, of those on which a query with these `reads` depends; `None` if it may be
/// another.
///
/// The slot of a row does not show its table. So the table is known only if the query reads no other.
pub(crate) fn table_of(reader: Reader<'_>, reads: &Tables, slot: Slot) -> Option<TableName> {
    if let SlotKind::Rows | SlotKind::UnknownRows | SlotKind::InsertedRows = slot.kind() {
        return match reads.known() {
            [only] => Some(only.clone()),
            _ => None,
        };
    }
    let Writes::Known(tables) = dependencies(reader.catalogs, reader.namespace, reads, &[]) else {
        return None;
    };
    let stands_for = |(table, operations): &(TableName, _)| match slot.kind() {
        SlotKind::Operation => watched(reader.namespace, table, operations).contains(&slot),
        SlotKind::Definition => definition(reader.namespace, table) == slot,
        _ => whole(reader.namespace, table) == slot,
    };
    let mut found = tables.iter().filter(|dependency| stands_for(dependency));
    match (found.next(), found.next()) {
        (Some((table, _)), None) => Some(table.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Facts;
    use crate::footprint::{Catalogs, RegionSlots, RowSettings};
    use crate::generation::{ShapeId, ShapePart};
    use crate::namespace::Namespace;

    #[test]
    fn a_slot_shows_its_table_where_that_is_sure() {
        let namespace = Namespace::new("tenant");
        let catalogs = Catalogs::new(Facts::default(), Default::default(), RowSettings::default());
        let region = RegionSlots::new(&namespace, "default");
        let reader = Reader {
            catalogs: &catalogs,
            namespace: &namespace,
            region: &region,
        };
        let of = |tables: &[&str], slot| {
            let reads = tables.iter().map(|table| TableName::new(table)).collect();
            table_of(reader, &reads, slot).map(|table| table.to_string())
        };
        let both = ["post", "person"];
        assert_eq!(of(&both, Slot::table("tenant", "person")).as_deref(), Some("person"));
        assert_eq!(of(&both, Slot::definition("tenant", "post")).as_deref(), Some("post"));
        assert_eq!(of(&both, Slot::table("other", "person")), None);
        assert_eq!(of(&both, region.region), None);
        let shape = ShapeId::new("tenant", "post", ["id"]);
        for slot in [Slot::rows(shape, [7]), Slot::of_shape(shape, ShapePart::Unknown)] {
            assert_eq!(of(&["post"], slot).as_deref(), Some("post"));
            assert_eq!(of(&both, slot), None);
        }
        assert_eq!(
            table_of(reader, &Tables::Everything, Slot::table("tenant", "person")),
            None
        );
    }
}
