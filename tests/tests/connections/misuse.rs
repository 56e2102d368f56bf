//! Misuse returns an error that names the remedy, before anything is sent.

use diesel::prelude::*;
use diesel_cache::{Error, prelude::*};
use diesel_cache_tests::{Database, Person, Setup, Sqlite, Statements, everyone, person};

/// Returns the cache's error from inside the error of a load.
fn inner(error: diesel::result::Error) -> Box<Error> {
    match error {
        diesel::result::Error::QueryBuilderError(error) => error.downcast().unwrap(),
        error => panic!("{error:?}"),
    }
}

fn says(error: &Error, words: &[&str]) {
    let text = error.to_string();
    for word in words {
        assert!(text.contains(word), "`{word}` is not in: {text}");
    }
    assert!(
        !text.ends_with('.') && text.chars().next().is_some_and(char::is_lowercase),
        "{text}"
    );
}

#[test]
fn a_connection_that_is_not_attached() {
    let db = Database::<Sqlite>::new();
    let mut conn = db.connect();
    let statements = Statements::new();
    conn.set_instrumentation(statements.clone());
    let errors = [
        everyone("default").load::<Person>(&mut conn).unwrap_err(),
        everyone("default").first::<Person>(&mut conn).unwrap_err(),
        everyone("default").load_shared::<Person>(&mut conn).unwrap_err(),
        everyone("default").lookup::<Person>(&mut conn).unwrap_err(),
        everyone("default").invalidate(&mut conn).unwrap_err(),
        everyone("default").explain(&mut conn).unwrap_err(),
    ];
    for error in errors {
        let error = inner(error);
        assert!(matches!(*error, Error::NotAttached));
        says(
            &error,
            &[
                "not attached",
                "cache.attach(&mut conn)",
                "cache.install()",
                "attach_with",
            ],
        );
    }
    assert!(statements.take().is_empty());
}

#[test]
fn an_instrumentation_that_was_replaced() {
    let db = Database::<Sqlite>::new();
    let mut setup = Setup::new(&db);
    everyone("default").load::<Person>(&mut setup.conn).unwrap();
    setup.conn.set_instrumentation(Statements::new());
    let error = inner(everyone("default").load::<Person>(&mut setup.conn).unwrap_err());
    says(&error, &["set_instrumentation", "attach_with"]);
    // The work of a session is done all the same, and the error is the load's.
    let result = setup
        .cache
        .session(&mut setup.conn, |conn| everyone("local").load::<Person>(conn));
    assert!(matches!(*inner(result.unwrap_err()), Error::NotAttached));
}

#[test]
fn a_region_that_nobody_gave() {
    let db = Database::<Sqlite>::new();
    let mut setup = Setup::new(&db);
    let error = setup.cache.region("defualt").unwrap_err();
    says(
        &error,
        &[
            "`defualt`",
            "`default`, `files`, `hot`, `local`, `off`",
            "Cache::builder().region(",
        ],
    );
    let error = inner(everyone("defualt").load::<Person>(&mut setup.conn).unwrap_err());
    says(&error, &["`defualt`", "`default`"]);
    assert!(setup.statements.take().is_empty());

    let none = Cache::builder().build().unwrap();
    says(&none.region("default").unwrap_err(), &["`default`", "has none"]);
}

#[test]
fn a_region_given_twice() {
    let error = Cache::builder()
        .region(Region::memory("hot"))
        .region(Region::null("hot"))
        .build()
        .unwrap_err();
    assert!(matches!(&error, Error::DuplicateRegion { name } if name == "hot"));
    says(&error, &["`hot`", "two regions", "its own name"]);
}

#[test]
fn a_name_that_is_no_directorys() {
    let db = Database::<Sqlite>::new();
    let long = "x".repeat(101);
    let names = [
        "../x",
        "..",
        "",
        ".",
        "a/b",
        "/a",
        "a\\b",
        "a b",
        "a\0b",
        "a\nb",
        "é",
        "-rf",
        ".hidden",
        "generations",
        "generations.lock",
        "generations.0.new",
        "Generations",
        "writers",
        "C:",
        &long,
    ];
    for name in names {
        for region in [
            Region::disk(name),
            Region::memory(name),
            Region::session(name),
            Region::null(name),
        ] {
            let directory = db.directory().join("unmade");
            let error = Cache::builder()
                .directory(&directory)
                .region(region)
                .build()
                .unwrap_err();
            assert!(
                matches!(&error, Error::InvalidRegionName { name: given } if given == name),
                "{name:?}: {error}"
            );
            says(&error, &["invalid region name", "letters, digits"]);
            assert!(!error.to_string().contains(['\n', '\0']), "{name:?}");
            assert!(!directory.exists(), "nothing was made");
        }
    }
    for name in ["a", "A-b_c.d", "0", "_", "person.names", &"x".repeat(100)] {
        let built = Cache::builder()
            .directory(db.directory().join("made"))
            .region(Region::disk(name))
            .build();
        assert!(built.is_ok(), "{name}: {built:?}");
    }
}

#[test]
fn a_disk_region_without_a_directory() {
    let error = Cache::builder().region(Region::disk("default")).build().unwrap_err();
    assert!(matches!(&error, Error::NoDirectory { region } if region == "default"));
    says(&error, &["`default`", "Cache::builder().directory(", "Region::memory"]);
}

#[test]
fn a_lock_in_a_sub_select() {
    let db = Database::<diesel_cache_tests::Postgres>::new();
    let mut setup = Setup::new(&db);
    let text = "SELECT id, name FROM person WHERE id IN (SELECT person_id FROM address FOR UPDATE)";
    let error = diesel::sql_query(text)
        .cached("default")
        .load::<Person>(&mut setup.conn);
    let error = inner(error.unwrap_err());
    assert!(matches!(*error, Error::LockingClause));
    says(&error, &["FOR UPDATE", "load it without `.cached(…)`"]);
    // Diesel lets nobody build one: but a literal can hold it.
    let literal = diesel::dsl::sql::<diesel::sql_types::Bool>("id IN (SELECT person_id FROM address FOR SHARE)");
    let error = person::table
        .filter(literal)
        .cached("default")
        .load::<Person>(&mut setup.conn);
    assert!(matches!(*inner(error.unwrap_err()), Error::LockingClause));
    assert!(setup.statements.take().is_empty(), "nothing was sent");
}
