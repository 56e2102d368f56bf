//! Running a checker's program.

use std::process::Command;

/// Runs a program with these arguments. Returns its exit code and everything that it printed.
pub(crate) fn run(program: &str, arguments: &str) -> (Option<i32>, String) {
    let output = Command::new(program)
        .args(arguments.split_whitespace())
        .output()
        .unwrap();
    let printed = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&printed).into_owned())
}
