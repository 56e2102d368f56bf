use super::*;

fn names(list: &str) -> Tables {
    match list {
        "*" => Tables::Everything,
        _ => list.split_whitespace().map(TableName::new).collect(),
    }
}

/// Parses `a` for any operation on it, `a:insert+delete`, `a:update`, `a:update.x.y`.
fn operations(spelling: &str) -> (TableName, Operations) {
    let Some((table, operations)) = spelling.split_once(':') else {
        return (TableName::new(spelling), Operations::ALL);
    };
    let mut all = Operations::NONE;
    for operation in operations.split('+') {
        all.add_all(&match operation.split_once('.') {
            Some((_, columns)) => Operations::update_of(columns.split('.').map(TableName::new)),
            None => match operation {
                "insert" => Operations::INSERT,
                "update" => Operations::UPDATE,
                "delete" => Operations::DELETE,
                "truncate" => Operations::TRUNCATE,
                "replace" => Operations::REPLACE,
                other => panic!("{other}"),
            },
        });
    }
    (TableName::new(table), all)
}

/// `v: a b` for what `v` shows, `a > b` for what an operation on `a` does to `b`, `a => b` for all of them being done
/// to `b`, `a -> b` with columns of other names, `a ~> b` without INSERTs.
fn facts(lines: &[&str]) -> Facts {
    let mut facts = Facts::default();
    for line in lines {
        let passed = [
            (" => ", Passed::All),
            (" -> ", Passed::Renamed),
            (" ~> ", Passed::AllButInserts),
        ];
        let passed = passed
            .into_iter()
            .find_map(|(arrow, passed)| line.split_once(arrow).map(|(from, to)| (from, to, passed)));
        if let Some((view, shown)) = line.split_once(": ") {
            facts.add_shown(TableName::new(view), &names(shown));
        } else if let Some((from, to, passed)) = passed {
            facts.add_pass(TableName::new(from), TableName::new(to), passed);
        } else if let Some((on, "*")) = line.split_once(" > ") {
            let (on, when) = operations(on);
            facts.add_effect(on, when, Writes::Everything);
        } else if let Some((on, done)) = line.split_once(" > ") {
            let (on, when) = operations(on);
            let mut does = Writes::Nothing;
            for (table, operations) in done.split(' ').map(operations) {
                does.add(table, operations);
            }
            facts.add_effect(on, when, does);
        }
    }
    facts
}

#[track_caller]
fn depends(lines: &[&str], cases: &[(&str, &str)]) {
    let dependencies = Dependencies::of(&facts(lines), "");
    for (read, expected) in cases {
        let mut seen = BTreeSet::new();
        dependencies.visit([&TableName::new(read)], |dependency| {
            seen.insert(match dependency {
                Dependency::Table(table, _, slots) => (table.clone(), slots.clone()),
                Dependency::Everything => (TableName::new("*"), Watched::new()),
            });
        });
        let expected = expected.split_whitespace().map(|spelling| match operations(spelling) {
            (table, _) if table.as_str() == "*" => (table, Watched::new()),
            (table, operations) => {
                let slots = watched("", &table, &operations);
                (table, slots)
            }
        });
        assert_eq!(seen, expected.collect(), "{read}");
    }
}

#[test]
fn cascades_are_followed_to_the_first_writer() {
    depends(
        &["a > b", "b > c d"],
        &[("a", ""), ("b", "a"), ("c", "a b"), ("d", "a b"), ("other", "")],
    );
}

#[test]
fn circles_terminate() {
    depends(
        &["a > b", "b > c", "c > a b"],
        &[("a", "b c"), ("b", "a c"), ("c", "a b")],
    );
    depends(&["v: w", "w: v t", "t > t"], &[("v", "t w"), ("w", "t v"), ("t", "")]);
}

#[test]
fn tables_that_a_view_joins_stay_independent() {
    depends(
        &["v: a b", "v > a b", "w: v", "p > a"],
        &[("v", "a b p"), ("w", "a b p v"), ("a", "p v"), ("b", "v")],
    );
}

#[test]
fn a_table_and_its_partitions_depend_on_each_other() {
    depends(&["t: t1 t2", "t > t1 t2"], &[("t", "t1 t2"), ("t1", "t"), ("t2", "t")]);
}

#[test]
fn every_read_depends_on_what_may_change_anything() {
    depends(
        &["a > *", "p > a", "v: x"],
        &[("a", "a p"), ("other", "a p"), ("v", "a p x")],
    );
    let none = Dependencies::of(&facts(&["a > *"]), "");
    none.visit([], |dependency| {
        panic!("a query without tables depends on {dependency:?}")
    });
}

#[test]
fn a_view_of_anything_depends_on_everything() {
    depends(&["v: *", "w: v", "v > a"], &[("v", "*"), ("w", "*"), ("a", "v")]);
}

#[test]
fn operations_lead_only_to_their_effects() {
    depends(
        &[
            "a:delete > b:delete",
            "b:delete > c:update.b_id",
            "b:insert > log:insert",
        ],
        &[("b", "a:delete"), ("c", "a:delete b:delete"), ("log", "b:insert")],
    );
}

#[test]
fn an_update_leads_on_by_the_columns_that_it_sets() {
    depends(
        &[
            "a:update.id > b:update.a_id",
            "b:update.id > c:update.b_id",
            "b:update.a_id > d:update.a_id",
            "c:update.b_id.x > c:update.x",
            "c:update.x > e:insert",
        ],
        &[
            ("b", "a:update.id"),
            ("c", "b:update.id"),
            ("d", "a:update.id b:update.a_id"),
            ("e", "b:update.id c:update.b_id.x"),
        ],
    );
}

#[test]
fn ways_to_the_same_table_are_united() {
    depends(
        &[
            "a:delete > b:delete",
            "a:update.id > b:update.a_id",
            "a:delete > c:delete",
            "c:delete > b:update",
        ],
        &[("b", "a:delete+update.id c:delete")],
    );
}

#[test]
fn a_pass_keeps_the_operation() {
    depends(
        &[
            "t => t1",
            "t: t1",
            "t1:update.id > child:update.t_id",
            "t1:insert > log:insert",
        ],
        &[
            ("t1", "t"),
            ("child", "t:update.id t1:update.id"),
            ("log", "t:insert t1:insert"),
        ],
    );
    depends(
        &["t ~> t1", "t1:insert+update.id > log:insert"],
        &[
            ("t1", "t:update+delete+truncate+replace"),
            ("log", "t:update.id t1:insert+update.id"),
        ],
    );
    depends(
        &["v -> t", "t:update.id > child:update.t_id", "t:delete > gone:insert"],
        &[
            ("child", "t:update.id v:update"),
            ("gone", "t:delete v:delete"),
            ("t", "v"),
        ],
    );
}

#[test]
fn only_its_operations_may_change_anything() {
    depends(
        &["a:insert > *", "p:delete > a:update", "q:delete > a:insert"],
        &[("other", "a:insert q:delete")],
    );
}

fn beside(lines: &[&str], table: &str) -> String {
    let facts = facts(lines);
    let table = TableName::new(table);
    let causes = causes_beside(&facts, &table, |effect| effect.through.is_some());
    causes
        .iter()
        .map(|(table, operations)| format!("{table}:{}", operations.words().join("+")))
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn without_known_parents_the_dependencies_are_the_same() {
    let all = [
        "a:delete > b:delete",
        "b:delete > c:delete",
        "log:insert > c:update",
        "c => d",
        "other:insert > *",
        "c:update > *",
    ];
    let dependencies = Dependencies::of(&facts(&all), "");
    for table in ["a", "b", "c", "d", "log", "other"].map(TableName::new) {
        let mut visited: BTreeMap<TableName, Operations> = BTreeMap::new();
        dependencies.visit([&table], |dependency| match dependency {
            Dependency::Table(table, operations, _) => visited.entry(table.clone()).or_default().add_all(operations),
            Dependency::Everything => panic!("{table}"),
        });
        let facts = facts(&all);
        let found = causes_beside(&facts, &table, |_| false);
        let found: BTreeMap<TableName, Operations> = found
            .into_iter()
            .map(|(table, operations)| (table.clone(), operations))
            .collect();
        assert_eq!(found, visited, "{table}");
    }
}

#[test]
fn what_may_write_anything_may_write_its_own_table() {
    assert_eq!(beside(&["c:update > *"], "c"), "c:UPDATE");
    assert_eq!(
        beside(&["c:update > *", "a:delete > c:update"], "d"),
        "a:DELETE c:UPDATE"
    );
    let facts = facts(&["c:update.x > *", "d:update.x > e:insert", "e:insert > *"]);
    let changes = Changes::of(&facts);
    let follow = |table: &str, column: &str| changes.follow_in(&TableName::new(table), &[Column::new(column)].into());
    assert!(follow("c", "x") && follow("d", "x"));
    assert!(!follow("c", "y") && !follow("d", "y"));
}

#[test]
fn what_removes_a_known_parent_stays_a_dependency() {
    let mut all = facts(&["firm:delete > branch:delete", "log:insert > branch:update.id"]);
    let through = crate::catalog::Reference::new([(Column::new("branch_id"), Column::new("id"))]);
    for (when, does) in [
        (Operations::DELETE, Operations::DELETE),
        (
            Operations::update_of([Column::new("id")]),
            Operations::update_of([Column::new("branch_id")]),
        ),
    ] {
        let does = Writes::one(TableName::new("desk"), does);
        all.add_reference(TableName::new("branch"), when, does, Some(through.clone()));
    }
    let table = TableName::new("desk");
    let words = |is_known: bool| {
        let causes = causes_beside(&all, &table, |effect| is_known && effect.through.is_some());
        let words = causes
            .iter()
            .map(|(table, operations)| format!("{table}:{}", operations.words().join("+")));
        words.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(words(false), "branch:UPDATE OF id+DELETE firm:DELETE log:INSERT");
    assert_eq!(words(true), "firm:DELETE log:INSERT");
}
