//! Tests that the rooms of the library, which are the modules of its root, import each other in one direction only.
//!
//! The table under "The rooms" in `docs/README.md` lists the rooms from top to bottom. A room may import only rooms in
//! later rows, and its row names all of them. The modules within a room may not import each other in a circle: if a
//! parent uses or re-exports its children, they may import nothing from it, neither what it defines nor what it
//! re-exports.

mod graph;
mod map;
mod modules;
mod names;
mod paths;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use graph::circles;
use map::Map;
use modules::{Import, Kind, Modules};

/// The rooms in which re-exports may form circles, each with the reason. Uses of an item that the other module defines
/// may not, in any room.
const ROOMS_WITH_A_SEAM: [(&str, &str); 1] = [(
    "generation",
    "its root re-exports what the holder in `local/` needs and returns, and chooses the holder by `match`, so that a \
     hit pays nothing for the choice",
)];

fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    root.unwrap().to_owned()
}

fn library() -> Modules {
    Modules::read(&root().join("diesel-cache/src"))
}

fn drawn() -> Map {
    Map::parse(&std::fs::read_to_string(root().join("docs/README.md")).unwrap())
}

/// Returns the imports from one room to another.
fn between_rooms(modules: &Modules) -> Vec<&Import> {
    let mut all: Vec<_> = modules
        .imports()
        .filter(|import| import.room() != import.target_room())
        .collect();
    all.sort_by_key(|import| (&import.from, &import.to));
    all
}

#[test]
fn rooms_import_only_rooms_below_them() {
    let (modules, map) = (library(), drawn());
    let upwards: Vec<_> = between_rooms(&modules)
        .into_iter()
        .filter(
            |import| match (map.level(import.room()), map.level(import.target_room())) {
                (Some(from), Some(to)) => from >= to,
                _ => false,
            },
        )
        .map(ToString::to_string)
        .collect();
    assert!(
        upwards.is_empty(),
        "these imports lead upwards in the table of docs/README.md; move what they need to a lower room:\n{}",
        upwards.join("\n")
    );
}

#[test]
fn the_map_names_every_import_and_no_other() {
    let (modules, map) = (library(), drawn());
    let mut wrong = Vec::new();
    for room in modules.rooms() {
        if map.level(room).is_none() {
            wrong.push(format!("`{room}` has no row"));
        }
    }
    for import in between_rooms(&modules) {
        let drawn = map
            .imports(import.room())
            .is_some_and(|rooms| rooms.contains(import.target_room()));
        if map.level(import.room()).is_some() && !drawn {
            wrong.push(format!(
                "the row of `{}` lacks `{}`: {import}",
                import.room(),
                import.target_room()
            ));
        }
    }
    let actual: BTreeSet<_> = between_rooms(&modules)
        .iter()
        .map(|import| (import.room().to_owned(), import.target_room().to_owned()))
        .collect();
    for (room, target) in map.arrows() {
        if !actual.contains(&(room.clone(), target.clone())) {
            wrong.push(format!(
                "the row of `{room}` lists `{target}`, which it does not import"
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "correct the table of docs/README.md:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn no_modules_import_each_other_in_a_circle() {
    let modules = library();
    let counts = |import: &&Import| {
        let has_seam = ROOMS_WITH_A_SEAM.iter().any(|(room, _)| *room == import.room());
        import.kind == Kind::Use || !has_seam
    };
    let imports: Vec<_> = modules.imports().filter(counts).collect();
    let arrows = imports.iter().map(|import| (import.from.as_str(), import.to.as_str()));
    let circles = circles(arrows);
    let mut text = String::new();
    for circle in &circles {
        text += &format!("a circle of {circle:?}:\n");
        for import in &imports {
            if circle.contains(import.from.as_str()) && circle.contains(import.to.as_str()) {
                text += &format!("  {import}\n");
            }
        }
    }
    assert!(
        circles.is_empty(),
        "import from the file that defines an item, and move what both sides need to a file of its own:\n{text}"
    );
}

/// Returns the paths that a text names in backticks, with `{a,b}` expanded: names of files and of folders.
fn named_paths(text: &str) -> Vec<String> {
    let quoted = text.split('`').skip(1).step_by(2);
    let is_path = |path: &&str| path.ends_with(".rs") || path.ends_with('/');
    quoted.filter(is_path).flat_map(expanded).collect()
}

fn expanded(path: &str) -> Vec<String> {
    let Some((before, rest)) = path.split_once('{') else {
        return vec![path.to_owned()];
    };
    let (choices, after) = rest.split_once('}').unwrap();
    let each = choices.split(',').map(|choice| format!("{before}{choice}{after}"));
    each.flat_map(|path| expanded(&path)).collect()
}

#[test]
fn the_map_names_files_that_exist() {
    let text = std::fs::read_to_string(root().join("docs/README.md")).unwrap();
    let paths = named_paths(&text);
    assert!(paths.len() > 100, "{paths:?}");
    let library = root().join("diesel-cache/src");
    let mut places = vec![root(), library.clone()];
    // The row of a room names the room's files without the room.
    let modules = Modules::read(&library);
    places.extend(modules.rooms().map(|room| library.join(room)));
    let missing: Vec<_> = paths
        .iter()
        .filter(|path| !places.iter().any(|place| place.join(path).exists()))
        .collect();
    assert!(missing.is_empty(), "docs/README.md names {missing:?}");
}

#[test]
fn paths_are_read_from_a_text() {
    assert_eq!(
        named_paths("`a/{b,c}/{d,e}.rs` and `f/`, not `g` nor h.rs"),
        ["a/b/d.rs", "a/b/e.rs", "a/c/d.rs", "a/c/e.rs", "f/"]
    );
}
