//! Two databases in one directory: neither serves entries of the other, and no invalidation crosses.

use diesel::prelude::*;
use diesel_cache::{Error, prelude::*};
use diesel_cache_tests::{Backend, Database, Person, Setup, Statements, everyone, person};

use super::Db;

type Conn = <Db as Backend>::Conn;

/// Two databases with different rows, one cache, a connection to each in a namespace of its own.
struct Two {
    left: Database<Db>,
    cache: Cache,
    conns: [Conn; 2],
    statements: Statements,
    _right: Database<Db>,
}

impl Two {
    fn new() -> Self {
        let (left, right) = (Database::new(), Database::new());
        let Setup { cache, .. } = Setup::new(&left);
        let mut conns = [left.connect(), right.connect()];
        let statements = Statements::new();
        for (name, conn) in ["left", "right"].into_iter().zip(&mut conns) {
            diesel::update(person::table.find(1))
                .set(person::name.eq(name))
                .execute(conn)
                .unwrap();
            cache.namespace(name).attach_with(conn, statements.clone());
        }
        Self {
            left,
            cache,
            conns,
            statements,
            _right: right,
        }
    }

    /// Returns the first person's name on both sides, and the number of statements that this took.
    fn names(&mut self, region: &str) -> ([String; 2], usize) {
        self.statements.take();
        let names = self
            .conns
            .each_mut()
            .map(|conn| everyone(region).load::<Person>(conn).unwrap().remove(0).name);
        (names, self.statements.selects())
    }
}

#[test]
fn one_never_answers_for_the_other() {
    let mut two = Two::new();
    for region in ["default", "files", "hot"] {
        for expected in [2, 0] {
            let (names, asked) = two.names(region);
            assert_eq!(names, ["left", "right"]);
            assert_eq!(asked, expected, "{region}");
        }
    }
    // Nor does the namespace that nobody named.
    let mut plain = two.left.connect();
    two.cache.attach_with(&mut plain, two.statements.clone());
    everyone("default").load::<Person>(&mut plain).unwrap();
    assert_eq!(two.statements.selects(), 1);
}

#[test]
fn invalidations_do_not_cross() {
    let mut two = Two::new();
    let ways: [fn(&Cache, &mut Conn); 5] = [
        |cache, _| cache.invalidate_table::<person::table>(),
        |cache, _| cache.invalidate_tables(["person"]),
        |cache, _| cache.invalidate_all(),
        |cache, _| cache.region("default").unwrap().invalidate(),
        |_, conn| assert!(everyone("default").invalidate(conn).unwrap()),
    ];
    for (number, invalidate) in ways.into_iter().enumerate() {
        two.names("default");
        invalidate(&two.cache.namespace("left"), &mut two.conns[0]);
        two.statements.take();
        everyone("default").load::<Person>(&mut two.conns[1]).unwrap();
        assert_eq!(two.statements.selects(), 0, "{number}: the right one is untouched");
        everyone("default").load::<Person>(&mut two.conns[0]).unwrap();
        assert_eq!(two.statements.selects(), 1, "{number}");
        two.cache.invalidate_all();
        assert_eq!(
            two.names("default").1,
            0,
            "{number}: the nameless one is a namespace like others"
        );
    }
}

#[test]
fn clearing_a_region_removes_the_files_of_all() {
    let mut two = Two::new();
    two.names("files");
    two.cache.namespace("left").region("files").unwrap().clear();
    assert_eq!(two.names("files").1, 2);
}

#[test]
fn a_namespace_is_shared_by_whoever_names_it() {
    let mut two = Two::new();
    two.names("default");
    let mut conn = two.left.connect();
    let again = Setup::new(&two.left).cache.namespace("left");
    again.attach_with(&mut conn, two.statements.clone());
    two.statements.take();
    assert_eq!(everyone("default").load::<Person>(&mut conn).unwrap()[0].name, "left");
    assert_eq!(two.statements.selects(), 0);
}

#[test]
fn a_handle_of_another_namespace_or_cache_is_an_error() {
    let mut two = Two::new();
    let stranger = Setup::new(&two.left).cache;
    for cache in [
        two.cache.clone(),
        two.cache.namespace("right"),
        stranger.namespace("left"),
    ] {
        let region = cache.region("default").unwrap();
        let error = everyone(&region).load::<Person>(&mut two.conns[0]).unwrap_err();
        let diesel::result::Error::QueryBuilderError(error) = error else {
            panic!("{error:?}")
        };
        assert!(matches!(error.downcast_ref(), Some(Error::ForeignRegion { name }) if name == "default"));
        let text = error.to_string();
        assert!(
            text.contains("`default`") && text.contains("take it from the cache"),
            "{text}"
        );
        assert!(everyone(&region).lookup::<Person>(&mut two.conns[0]).is_err());
        assert!(everyone(&region).invalidate(&mut two.conns[0]).is_err());
    }
    assert!(two.statements.take().is_empty(), "nothing was sent");
    let ours = two.cache.namespace("left").region("default").unwrap();
    everyone(&ours).load::<Person>(&mut two.conns[0]).unwrap();
}
