//! Rows of another layout are a miss, never a wrong decode.

use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Address, Backend, Database, Person, Setup, address, everyone};

use super::Db;

type Conn = <Db as Backend>::Conn;

/// The model of this build.
mod now {
    use super::*;

    #[derive(Queryable, Cacheable, PartialEq, Debug)]
    pub(super) struct Place {
        pub(super) street: String,
        pub(super) note: String,
    }
}

/// The model of another build: the same name, with two fields of one type swapped.
mod swapped {
    use super::*;

    #[derive(Queryable, Cacheable, PartialEq, Debug)]
    pub(super) struct Place {
        pub(super) note: String,
        pub(super) street: String,
    }
}

/// The model of another build, with one field renamed.
mod renamed {
    use super::*;

    #[derive(Queryable, Cacheable, PartialEq, Debug)]
    pub(super) struct Place {
        pub(super) street: String,
        pub(super) remark: String,
    }
}

/// The model of another build, with one more field whose bytes could be empty.
mod wider {
    use super::*;

    #[derive(Queryable, Cacheable, PartialEq, Debug)]
    pub(super) struct Place {
        pub(super) street: String,
        pub(super) note: Option<String>,
    }
}

fn places<U>(conn: &mut Conn) -> Vec<U>
where
    U: Cacheable
        + Queryable<(diesel::sql_types::Text, diesel::sql_types::Text), <Conn as Connection>::Backend>
        + 'static,
{
    let query = address::table
        .filter(address::note.is_not_null())
        .order(address::id)
        .select((address::street, address::note.assume_not_null()));
    query.cached("files").load::<U>(conn).unwrap()
}

#[test]
fn a_struct_of_an_older_build_is_a_miss() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    // Diesel fills fields by position: to each build its own first column is the street.
    assert_eq!(places::<swapped::Place>(&mut setup.conn)[0].note, "street 01");
    let mut newer = Setup::new(&db);
    let expected = now::Place {
        street: "street 01".into(),
        note: "note 01".into(),
    };
    assert_eq!(places::<now::Place>(&mut newer.conn)[0], expected);
    assert_eq!(newer.events.words(), ["miss Layout", "stored"]);
    assert_eq!(places::<renamed::Place>(&mut setup.conn)[0].remark, "note 01");
    assert_eq!(places::<now::Place>(&mut newer.conn)[0], expected);
    assert_eq!(newer.events.words(), ["miss Layout", "stored"], "renamed");
    assert_eq!(places::<now::Place>(&mut newer.conn)[0], expected);
    assert_eq!(newer.events.words(), [Db::SHARED_HIT]);
}

#[test]
fn one_query_loaded_as_two_types() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    for region in ["default", "files", "hot"] {
        for _ in 0..2 {
            let people = everyone(region).load::<Person>(&mut setup.conn).unwrap();
            let pairs = everyone(region).load::<(i32, String)>(&mut setup.conn).unwrap();
            assert!(
                people
                    .iter()
                    .map(|p| (p.id, &p.name))
                    .eq(pairs.iter().map(|(id, name)| (*id, name)))
            );
        }
        assert_eq!(
            setup.statements.selects(),
            4,
            "{region}: each load replaces the other's entry"
        );
        everyone(region).load::<(i32, String)>(&mut setup.conn).unwrap();
        assert_eq!(setup.statements.selects(), 0, "{region}");
    }
}

#[test]
fn an_optional_column_is_another_layout() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    let query = || address::table.order(address::id).cached("default");
    assert_eq!(query().load::<Address>(&mut setup.conn).unwrap()[1].note, None);
    let wide = query()
        .select((address::street, address::note))
        .load::<wider::Place>(&mut setup.conn)
        .unwrap();
    assert_eq!(wide[0].note.as_deref(), Some("note 01"));
    assert_eq!(setup.statements.selects(), 2);
}

#[test]
fn shared_rows_of_two_types_do_not_mix() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    let people = everyone("hot").load_shared::<Person>(&mut setup.conn).unwrap();
    let pairs = everyone("hot").load_shared::<(i32, String)>(&mut setup.conn).unwrap();
    assert_eq!((people[0].id, &people[0].name), (pairs[0].0, &pairs[0].1));
    assert_eq!(everyone("hot").load_shared::<Person>(&mut setup.conn).unwrap(), people);
}
