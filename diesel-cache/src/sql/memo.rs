//! The memo of analysed texts.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, LazyLock},
};

use quick_cache::{Weighter, sync::Cache};

use super::analysis::Analysis;
use super::dialect::Dialect;
use super::{split::split, statement};

/// How many texts are kept for each dialect.
const CAPACITY: usize = 8_192;
/// How many bytes of text are kept for each dialect. An analysis is hardly ever larger than its text.
const CAPACITY_BYTES: u64 = 8 << 20;
/// The longest text that is kept, in bytes. A bulk insert or a migration is hardly ever sent twice.
const MAX_BYTES: usize = 1 << 20;

type Memo = Cache<Box<str>, Arc<Analysis>, ByText>;

#[derive(Clone)]
struct ByText;

impl Weighter<Box<str>, Arc<Analysis>> for ByText {
    fn weight(&self, text: &Box<str>, _: &Arc<Analysis>) -> u64 {
        // Every text has at least this weight, so at most `CAPACITY` texts fit.
        (text.len() as u64).max(CAPACITY_BYTES / CAPACITY as u64)
    }
}

/// Returns what a text reads, writes and changes. Keeps the result.
pub(crate) fn analyse(sql: &str, dialect: Dialect) -> Arc<Analysis> {
    static MEMOS: LazyLock<[Memo; Dialect::ALL.len()]> =
        LazyLock::new(|| Dialect::ALL.map(|_| Memo::with_weighter(CAPACITY, CAPACITY_BYTES, ByText)));

    if sql.len() > MAX_BYTES {
        return Arc::new(analyse_anew(sql, dialect));
    }
    let memo = &MEMOS[dialect.index()];
    if let Some(analysis) = memo.get(sql) {
        return analysis;
    }
    let analysis = Arc::new(analyse_anew(sql, dialect));
    memo.insert(sql.into(), Arc::clone(&analysis));
    analysis
}

/// Returns the analysis of a text that is not understood.
pub(super) fn unknown(text: &str) -> Arc<Analysis> {
    Arc::new(Analysis::unknown(statement::may_begin(text)))
}

fn analyse_anew(sql: &str, dialect: Dialect) -> Analysis {
    // This runs inside the user's query, which must not fail because the parser panics.
    catch_unwind(AssertUnwindSafe(|| {
        let (statements, unfinished) = match split(sql, dialect) {
            Ok(statements) => (statements, false),
            Err(unfinished) => {
                let mut analysis = Analysis::unknown(statement::may_begin(sql));
                analysis.unfinished = unfinished;
                return analysis;
            }
        };
        let facts = statements
            .iter()
            .flat_map(|tokens| statement::classify(tokens, dialect));
        Analysis::new(sql, facts.collect(), unfinished)
    }))
    .unwrap_or_else(|_| Analysis::unknown(statement::may_begin(sql)))
}
