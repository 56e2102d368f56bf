//! The goals of the cache: bounds of the ratio of two cases that were measured in turn, or counted.

use Bound::{AtLeast, AtMost, Beside};

use crate::counts::Counts;
use crate::figures::{Group, median};

/// A ratio and its bound.
pub(crate) struct Goal {
    /// `P1`. Empty for a ratio that is only reported, as a comparison with the goal above it.
    pub(crate) id: &'static str,
    pub(crate) what: &'static str,
    bound: Bound,
    group: &'static str,
    one: &'static str,
    other: &'static str,
}

#[derive(Clone, Copy)]
enum Bound {
    AtMost(f64),
    AtLeast(f64),
    /// None: the ratio is only reported for comparison.
    Beside,
}

/// A goal, and whether it was reached.
pub(crate) struct Verdict {
    pub(crate) goal: &'static Goal,
    /// The median of the ratios.
    pub(crate) ratio: Option<f64>,
    /// The lower and the upper quartile of the ratios. Counts have only one ratio, and no quartiles.
    pub(crate) middle: Option<(f64, f64)>,
    pub(crate) reached: Option<bool>,
    /// Both cases with their medians.
    pub(crate) cases: String,
}

impl Goal {
    pub(crate) fn bound(&self) -> String {
        match self.bound {
            AtMost(most) => format!("≤ {most}"),
            AtLeast(least) => format!("≥ {least}"),
            Beside => String::new(),
        }
    }

    fn judge(&'static self, groups: &[Group], counts: &[Counts]) -> Verdict {
        let mut verdict = Verdict {
            goal: self,
            ratio: None,
            middle: None,
            reached: None,
            cases: String::new(),
        };
        let Some(group) = groups.iter().find(|group| group.name == self.group) else {
            if let Some(counts) = counts.iter().find(|counts| counts.name == self.group) {
                self.judge_counts(counts, &mut verdict);
            }
            return verdict;
        };
        let (one, other) = (resolve(group, self.one), resolve(group, self.other));
        let Some(ratios) = group.ratios(&one, &other) else {
            return verdict;
        };
        let Some(ratio) = median(ratios.iter().copied()) else {
            return verdict;
        };
        let quarter = |part: usize| ratios[(ratios.len() - 1) * part / 4];
        verdict.ratio = Some(ratio);
        verdict.middle = Some((quarter(1), quarter(3)));
        verdict.reached = self.is_reached(ratio);
        let micros = |name: &str| super::micros(group.case(name).map_or(f64::NAN, |case| case.median()));
        verdict.cases = format!("{one} {} ÷ {other} {}", micros(&one), micros(&other));
        verdict
    }

    fn judge_counts(&self, counts: &Counts, verdict: &mut Verdict) {
        verdict.ratio = counts.ratio(self.one, self.other);
        verdict.reached = verdict.ratio.and_then(|ratio| self.is_reached(ratio));
        let hits = |case: &str| counts.hits(case).unwrap_or_default();
        verdict.cases = format!("{} {} ÷ {} {}", self.one, hits(self.one), self.other, hits(self.other));
    }

    fn is_reached(&self, ratio: f64) -> Option<bool> {
        match self.bound {
            AtMost(most) => Some(ratio <= most),
            AtLeast(least) => Some(ratio >= least),
            Beside => None,
        }
    }
}

/// Returns the name of a case. In a series, `load @ most` stands for the measured case of `load` with the most entries,
/// and
/// `load @ least` for the one with the fewest.
fn resolve(group: &Group, case: &str) -> String {
    let series = |suffix| {
        let series = case.strip_suffix(suffix)?;
        Some(
            group
                .cases
                .iter()
                .map(|case| &case.name)
                .filter(move |name| name.starts_with(series)),
        )
    };
    let found = match series("most") {
        Some(mut names) => names.next_back(),
        None => series("least").and_then(|mut names| names.next()),
    };
    found.cloned().unwrap_or_else(|| case.to_owned())
}

/// Judges every goal by these figures.
pub(crate) fn judge(groups: &[Group], counts: &[Counts]) -> Vec<Verdict> {
    GOALS.iter().map(|goal| goal.judge(groups, counts)).collect()
}

macro_rules! goals {
    ($($id:literal $what:literal: $bound:expr, $group:literal, $one:literal / $other:literal;)*) => {
        &[$(Goal { id: $id, what: $what, bound: $bound, group: $group, one: $one, other: $other }),*]
    };
}

const GOALS: &[Goal] = goals! {
    "P1" "`load_shared`, memory hit, 11 rows, static query ÷ hand-made moka, shared":
        AtMost(0.25), "memory/person/11", "load_shared" / "moka by text, shared";
    "" "… ÷ moka with a key made by hand for this one query":
        Beside, "memory/person/11", "load_shared" / "moka by binds, shared";
    "" "the same on PostgreSQL":
        Beside, "memory/person/11", "load_shared, PostgreSQL" / "moka by text, shared, PostgreSQL";
    "" "the same on MariaDB":
        Beside, "memory/person/11", "load_shared, MariaDB" / "moka by text, shared, MariaDB";
    "" "the same, rows of twelve columns, whose SQL is longer":
        Beside, "memory/invoice/11", "load_shared" / "moka by text, shared";
    "P2" "`load`, memory hit, 11 rows ÷ quick_cache bytes and decode":
        AtMost(1.6), "memory/person/11", "load" / "quick_cache by binds, decoded";
    "P3" "`load`, memory hit ÷ the same query on SQLite WAL, 11 rows":
        AtMost(0.15), "memory/person/11", "load" / "SQLite WAL";
    "P3" "the same, 10,000 rows":
        AtMost(0.3), "memory/person/10000", "load" / "SQLite WAL";
    "P4" "first `load` of a key in a fresh process ÷ cacache by key and decode, 11 rows":
        AtMost(0.7), "fresh/person/11", "diesel-cache" / "cacache by key";
    "P5" "a miss ÷ the uncached query, PostgreSQL, 11 rows, both on one CPU: disk region, a fresh key each time":
        AtMost(1.6), "miss/postgres", "disk, fresh key" / "query";
    "P5" "the same, client and server on CPUs of their own":
        AtMost(1.6), "miss/postgres, other CPU", "disk, fresh key" / "query";
    "" "disk region, one key, invalidated each time":
        Beside, "miss/postgres", "disk, invalidated" / "query";
    "" "memory region, a fresh key each time":
        Beside, "miss/postgres", "memory, fresh key" / "query";
    "" "memory region, one key, invalidated each time":
        Beside, "miss/postgres", "memory, invalidated" / "query";
    "P6" "hits per second by 8 threads, `load_shared` ÷ hand-made moka, shared":
        AtLeast(4.0), "threads/8", "moka by text, shared" / "load_shared";
    "P7" "disk hit of a key written 100,000 times ÷ of one written once":
        AtMost(1.2), "overwrite", "load @ most" / "load @ least";
    "P8" "memory hit among 1,000,000 entries ÷ among 1,000, `load`":
        AtMost(1.5), "growth/memory", "load @ most" / "load @ least";
    "" "`load_shared`":
        Beside, "growth/memory", "load_shared @ most" / "load_shared @ least";
    "" "hand-made moka, shared":
        Beside, "growth/memory", "moka by text, shared @ most" / "moka by text, shared @ least";
    "" "quick_cache bytes and decode":
        Beside, "growth/memory", "quick_cache by binds, decoded @ most" / "quick_cache by binds, decoded @ least";
    "P8" "disk hit among 100,000 entries (1,000,000 with `--large`) ÷ among 1,000":
        AtMost(1.5), "growth/disk", "load @ most" / "load @ least";
    "P9" "an INSERT through an attached connection ÷ unattached, PostgreSQL":
        AtMost(1.05), "write/postgres", "attached" / "not attached";
    "P9" "the same, SQLite WAL":
        AtMost(1.2), "write/sqlite", "attached" / "not attached";
    "" "PostgreSQL, `synchronous_commit = off`":
        Beside, "write/postgres", "attached, commit without fsync" / "not attached, commit without fsync";
    "" "SQLite WAL, `synchronous = NORMAL`":
        Beside, "write/sqlite", "attached, commit without fsync" / "not attached, commit without fsync";
    "P10" "boxed query, memory hit, 11 rows ÷ static query, `load`":
        AtMost(1.6), "memory/person/11", "load, boxed" / "load";
    "" "`load_shared`":
        Beside, "memory/person/11", "load_shared, boxed" / "load_shared";
    "P11" "memory hit of a disk region with `max_capacity` and `time_to_idle` ÷ of a memory region, 11 rows, `load`":
        AtMost(1.05), "memory/person/11", "load, memory of a bounded disk region" / "load";
    "P11" "the same, `load_shared`":
        AtMost(1.05), "memory/person/11", "load_shared, memory of a bounded disk region" / "load_shared";
    "P12" "hits ÷ possible hits, writes that name the keys of their rows, one write for 20 reads":
        AtLeast(0.88), "precision/by key", "by row @ 5 %" / "possible @ 5 %";
    "" "the same without row precision":
        Beside, "precision/by key", "by table @ 5 %" / "possible @ 5 %";
    "P13" "hits ÷ possible hits, all usual writes, one write for 20 reads":
        AtLeast(0.5), "precision/usual", "by row @ 5 %" / "possible @ 5 %";
    "" "the same without row precision":
        Beside, "precision/usual", "by table @ 5 %" / "possible @ 5 %";
    "P14" "memory hit, one row by its key, `load`: with row precision ÷ without":
        AtMost(1.1), "rows/hit", "load by id, by row" / "load by id, by table";
    "P14" "the same, four rows by a foreign key":
        AtMost(1.1), "rows/hit", "load by post_id, by row" / "load by post_id, by table";
    "P14" "hits ÷ loads of one row, while another row of the table is being written":
        AtLeast(0.99), "rows/while written", "by row @ 1 row" / "possible @ 1 row";
    "" "the same without row precision":
        Beside, "rows/while written", "by table @ 1 row" / "possible @ 1 row";
    "" "`load_shared`, memory hit, one row by its key: with row precision ÷ without":
        Beside, "rows/hit", "load_shared by id, by row" / "load_shared by id, by table";
    "" "`UPDATE` by key, SQLite WAL, `synchronous = OFF`: attached with row precision ÷ without":
        Beside, "rows/write", "attached, by row" / "attached, by table";
    "" "the same, attached with row precision ÷ not attached":
        Beside, "rows/write", "attached, by row" / "not attached";
    "P19" "50 people, their posts and comments, warm batches ÷ the join, uncached, PostgreSQL":
        AtMost(0.3), "relations/page postgres", "batches, warm" / "join, uncached";
    "" "the same with lazy loads":
        Beside, "relations/page postgres", "lazy, warm" / "join, uncached";
    "" "the same with batches, SQLite WAL":
        Beside, "relations/page sqlite", "batches, warm" / "join, uncached";
    "A1" "`load`, memory hit, 11 rows: awaited by a task ÷ on a blocking connection":
        AtMost(1.5), "tasks/person/11", "load, task" / "load, blocking";
    "A1" "the same, `load_shared`":
        AtMost(1.5), "tasks/person/11", "load_shared, task" / "load_shared, blocking";
};
