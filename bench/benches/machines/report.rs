//! Writes the figures to the page `docs/machines.md`.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use diesel_cache_bench::hardware;

use crate::arguments::Arguments;
use crate::figures::Figures;
use crate::member::LEASE;
use crate::plot;

/// Prints whether the goals were reached, and writes the plot. Also writes the page if the command line demands it.
pub(crate) fn write(arguments: &Arguments, figures: &Figures) {
    let (goals, table) = (goals(figures), table(figures));
    print!("{goals}\n{table}");
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/diesel-cache-bench");
    fs::create_dir_all(&target).unwrap();
    fs::write(target.join("machines.svg"), plot::draw(&figures.steady)).unwrap();
    if arguments.record {
        let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
        let path = docs.join("machines.md");
        let mut page = fs::read_to_string(&path).unwrap();
        let busy = figures.load_average.as_deref().unwrap_or("unknown");
        let machine = format!(
            "- {}; all processes, and the server, share it.\n- {} samples of each. The load average before was {busy}: 0 is a \
             quiet machine.\n",
            hardware(),
            arguments.samples,
        );
        replace(&mut page, "goals", &goals);
        replace(&mut page, "machine", &machine);
        replace(&mut page, "figures", &table);
        fs::write(path, page).unwrap();
        fs::write(docs.join("machines.svg"), plot::draw(&figures.steady)).unwrap();
    }
}

fn replace(page: &mut String, marker: &str, text: &str) {
    let (begin, end) = (format!("<!-- {marker} -->\n"), format!("<!-- end of {marker} -->"));
    let from = page.find(&begin).expect("the marker") + begin.len();
    let to = page.find(&end).expect("the end marker");
    page.replace_range(from..to, text);
}

/// Goal P17.
fn goals(figures: &Figures) -> String {
    let outcome = |is_reached| if is_reached { "reached" } else { "**missed**" };
    let with = |members| figures.steady.iter().find(|it| it.members == members).unwrap();
    let mut text = String::from("| | goal | measured | |\n| --- | --- | --- | --- |\n");
    let ratio = with(8).hit_ratio();
    let _ = writeln!(
        text,
        "| P17: a hit ÷ the same hit on one machine | ≤ 1.1 | {ratio:.3} | {} |",
        outcome(ratio <= 1.1)
    );
    for members in [2, 8] {
        let pings = with(members).pings();
        let _ = writeln!(
            text,
            "| P17: what a write waits for with {members} members, in PINGs | ≤ 3 | {pings:.2} | {} |",
            outcome(pings <= 3.0)
        );
    }
    let leases = |time: std::time::Duration| time.as_secs_f64() / LEASE.as_secs_f64();
    let (paused, restarted) = (leases(figures.faults.paused), leases(figures.faults.restarted));
    let _ = writeln!(
        text,
        "| P17: the first write after a member has stopped, in leases | ≤ 1 | {paused:.2} | {} |\n\
         | the next write | | {:.1?} | |\n\
         | a restart of the server, until hits are back, in leases | ≤ 2 | {restarted:.2} | {} |\n\
         | a write just after the server was killed, in leases | | {:.2} | |",
        outcome(paused <= 1.01),
        figures.faults.after_pause,
        outcome(restarted <= 2.0),
        leases(figures.faults.without_server),
    );
    text
}

fn table(figures: &Figures) -> String {
    let mut text = String::from(
        "| members | PING | write | its 99th percentile | write on one machine | difference in PINGs | hit | hit on one \
         machine |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for it in &figures.steady {
        let us = |time: std::time::Duration| format!("{:.1} µs", time.as_secs_f64() * 1e6);
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {:.2} | {} | {} |",
            it.members,
            us(it.ping),
            us(it.write),
            us(it.write_p99),
            us(it.write_alone),
            it.pings(),
            us(it.hit),
            us(it.hit_alone),
        );
    }
    text
}
