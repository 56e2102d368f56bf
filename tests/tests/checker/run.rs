//! Runs the checkers' programs.

use std::process::Command;
use std::sync::Mutex;

/// Runs a program with these arguments. Returns its exit code and everything that it printed.
pub(crate) fn run(program: &str, arguments: &str) -> (Option<i32>, String) {
    let output = Command::new(program)
        .args(arguments.split_whitespace())
        .output()
        .unwrap();
    let printed = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&printed).into_owned())
}

/// Serialises the runs: a run that has the machine to itself interleaves more, and finds more.
static ALONE: Mutex<()> = Mutex::new(());

/// Runs the checker. Returns its exit code and everything that it printed.
fn checker(arguments: &str) -> (Option<i32>, String) {
    let _alone = ALONE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    run(env!("CARGO_BIN_EXE_checker"), arguments)
}

/// Asserts that the checker finds no violation. Repeats a run that is inconclusive, because a busy server was too slow
/// for it.
#[track_caller]
pub(crate) fn passes(arguments: &str) {
    let (mut code, mut said) = checker(arguments);
    for _ in 0..2 {
        if said.contains(": inconclusive: ") && !said.contains("the first:") {
            (code, said) = checker(arguments);
        }
    }
    println!("{said}");
    assert_eq!(code, Some(0), "checker {arguments}\n{said}");
}

/// Asserts that the checker finds a violation. The checker runs rounds until one of them shows a violation, so that the
/// speed of the machine does not matter.
#[track_caller]
pub(crate) fn fails(arguments: &str) {
    fails_within(1, arguments);
}

/// Asserts that the checker finds a violation in one of so many runs. A run with the same seed has the same plan, but its
/// threads interleave differently.
#[track_caller]
pub(crate) fn fails_within(runs: usize, arguments: &str) {
    let mut last = (None, String::new());
    let found = (0..runs).any(|_| {
        last = checker(arguments);
        last.0 == Some(1)
    });
    let (code, said) = last;
    assert!(found, "checker {arguments}: {code:?}\n{said}");
    assert!(said.contains("the first:"), "{said}");
}
