//! The examples, as programs.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Builds the examples in the target directory and with the profile of the running test, and returns their directory.
///
/// `bin/test` has built them before it runs the tests; `cargo test` for a single test has not. The packages and
/// features are those of `bin/test`, so that nothing is built twice.
pub fn examples() -> &'static Path {
    static EXAMPLES: OnceLock<PathBuf> = OnceLock::new();

    EXAMPLES.get_or_init(|| {
        let test = env::current_exe().unwrap(); // <target>/<profile>/deps/examples-<hash>
        let profile = test.ancestors().nth(2).unwrap();
        let profile_name = match profile.file_name().unwrap().to_str().unwrap() {
            "debug" => "dev",
            name => name,
        };

        let status = Command::new(env!("CARGO"))
            .args([
                "build",
                "--quiet",
                "--workspace",
                "--exclude=diesel-cache-bench",
                "--all-features",
                "--examples",
                "--profile",
                profile_name,
            ])
            .arg("--target-dir")
            .arg(profile.parent().unwrap())
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status()
            .unwrap();
        assert!(status.success());
        profile.join("examples")
    })
}
