//! The machine that a benchmark runs on, in words.

use std::fs;
use std::process::Command;

/// Returns its processors, its operating system, and the compiler.
pub fn hardware() -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").ok().and_then(|info| {
        let line = info.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    });
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let rustc = Command::new("rustc").arg("--version").output();
    let rustc = rustc.map(|output| output.stdout).unwrap_or_default();
    format!(
        "{} × {}, {} {}, {}",
        std::thread::available_parallelism().map_or(0, usize::from),
        cpu.as_deref().unwrap_or("CPU"),
        std::env::consts::OS,
        kernel.trim(),
        String::from_utf8_lossy(&rustc).split(" (").next().unwrap_or_default(),
    )
}

/// Returns the load average: how many processes ran or wanted to run, on average over the last minute.
pub fn load_average() -> Option<String> {
    let averages = fs::read_to_string("/proc/loadavg").ok()?;
    Some(averages.split(' ').next()?.to_owned())
}
