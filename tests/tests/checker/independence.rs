//! Runs the independence checker (`src/bin/independence`): every write invalidates all entries whose rows it changes,
//! and each of the rules that ensure this is necessary.

use crate::run::run;

fn independence(arguments: &str) -> (Option<i32>, String) {
    run(env!("CARGO_BIN_EXE_independence"), arguments)
}

#[track_caller]
fn passes(arguments: &str) {
    let (code, said) = independence(arguments);
    println!("{said}");
    assert_eq!(code, Some(0), "independence {arguments}\n{said}");
}

#[test]
fn no_write_leaves_old_rows_on_sqlite() {
    passes("--backend sqlite --schemas 20");
}

#[test]
fn no_write_leaves_old_rows_on_postgres() {
    passes("--backend postgres --schemas 12");
}

#[test]
fn no_write_leaves_old_rows_on_mysql() {
    passes("--backend mysql --schemas 12");
}

#[test]
fn each_rule_is_needed() {
    for rule in [
        "RowsBefore",
        "RowsAfter",
        "RowsUnknown",
        "RowsAny",
        "RowsInserted",
        "RowsSpreading",
        "RowsParents",
        "RowsVolatile",
        "RowsRegistry",
    ] {
        let (code, said) = independence(&format!("--backend sqlite --schemas 100 --mutation {rule}"));
        assert_eq!(code, Some(1), "{rule}\n{said}");
        assert!(
            said.contains("the cache returned other rows than the database"),
            "{said}"
        );
    }
}

pub(super) mod long {
    #[test]
    fn a_hundred_and_fifty_thousand_comparisons() {
        // 480 on each schema.
        super::passes("--backend sqlite --schemas 200 --seed 1000");
        super::passes("--backend postgres --schemas 60 --seed 2000");
        super::passes("--backend mysql --schemas 60 --seed 3000");
    }
}
