//! Compares figures with recorded ones.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

/// A figure that exceeds the recorded one by more than this percentage is a failure.
const PERCENT: u64 = 10;

/// The environment variable that makes the guard record its figures instead of comparing them.
const RECORD: &str = "DIESEL_CACHE_RECORD";

/// Figures by name.
pub(crate) type Figures = BTreeMap<String, u64>;

/// Compares the figures with those in `bench/guard/{kind}.txt`, or records them there.
///
/// # Panics
///
/// If a figure has grown too much, or has not been recorded.
pub(crate) fn check(kind: &str, command: &str, measured: &Figures) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("guard")
        .join(format!("{kind}.txt"));
    if std::env::var_os(RECORD).is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, write(measured)).unwrap();
        return;
    }
    let recorded = read(&fs::read_to_string(&path).unwrap_or_default());
    let faults = compare(&recorded, measured);
    for (name, figure) in measured {
        println!("{name}: {figure} (recorded: {:?})", recorded.get(name));
    }
    assert!(
        faults.is_empty(),
        "{}\nWhere that is meant, record the new figures:\n    {RECORD}=1 {command}",
        faults.join("\n"),
    );
}

/// Returns a complaint for each figure that is wrong.
fn compare(recorded: &Figures, measured: &Figures) -> Vec<String> {
    let fault = |(name, &figure): (&String, &u64)| match recorded.get(name) {
        None => Some(format!("{name}: nothing is recorded")),
        Some(&before) if figure > before + before * PERCENT / 100 => Some(format!(
            "{name}: {before} were recorded, now there are {figure}, more than {PERCENT} % above"
        )),
        Some(_) => None,
    };
    measured.iter().filter_map(fault).collect()
}

fn write(figures: &Figures) -> String {
    figures
        .iter()
        .map(|(name, figure)| format!("{name}: {figure}\n"))
        .collect()
}

fn read(text: &str) -> Figures {
    let line = |line: &str| {
        let (name, figure) = line.rsplit_once(": ")?;
        Some((name.to_owned(), figure.parse().ok()?))
    };
    text.lines().filter_map(line).collect()
}

#[test]
fn growth_beyond_a_tenth_is_a_fault() {
    let figures = |figure| Figures::from([("a path".to_owned(), figure)]);
    assert_eq!(compare(&figures(100), &figures(110)), [""; 0]);
    assert_eq!(compare(&figures(100), &figures(111)).len(), 1);
    assert_eq!(compare(&figures(100), &figures(1)), [""; 0]);
    assert_eq!(compare(&figures(3), &figures(4)).len(), 1);
    assert_eq!(compare(&Figures::new(), &figures(1)).len(), 1);
}

#[test]
fn what_is_written_is_read() {
    let figures = Figures::from([("memory hit, load: bytes".to_owned(), 1_234), ("x".to_owned(), 0)]);
    assert_eq!(read(&write(&figures)), figures);
}
