//! The fences of a statement: they are set before its writes become visible, and lifted or left in doubt at its end.
//!
//! Every step reaches the connection's own cache first, and then the [others](Observer::others).

use std::mem;
use std::sync::Arc;

use crate::Cache;
use crate::fault::{self, Point};
use crate::footprint::{Shapes, WrittenSlots, any_definition};
use crate::generation::{Begun, DoubtPolicy, Fence, Registry};
use crate::observe::in_flight::StatementInFlight;
use crate::observe::observer::Observer;
use crate::observe::transaction::plan::StatementPlan;
use crate::sql::{Behaviour, Tables, Writes};

impl Observer {
    /// Fences the writes that the statement is about to make visible. Returns the fences.
    pub(super) fn fence_visible(&mut self, plan: &StatementPlan) -> Vec<Fence> {
        if plan.visible.is_empty() {
            return Vec::new();
        }
        let policy = self.doubt_policy();
        fault::at(Point::BeforeFence);
        self.refresh_shapes();
        let fences = self.fence(&plan.visible, plan.redefines, policy);
        fault::at(Point::AfterFence);
        fences
    }

    /// Returns what happens to the fences if the outcome of the statement remains unknown.
    fn doubt_policy(&self) -> DoubtPolicy {
        match Behaviour::of(self.dialect).in_process {
            true => DoubtPolicy::AtDeath,
            false => DoubtPolicy::Grace {
                grace: self.cache.doubt_grace(),
                session: self.identity,
            },
        }
    }

    /// Fences the writes in all caches and namespaces and, if the statement `redefines` tables that it does not name,
    /// the slot that stands for the definition of any table.
    fn fence(&mut self, writes: &Writes, redefines: bool, policy: DoubtPolicy) -> Vec<Fence> {
        let mut fences = Vec::new();
        let mut memo = mem::take(&mut self.written_slots_memo);
        let slots = memo.get(self.cache.namespace_of_handle(), writes);
        let shapes = self.shapes().map(|shapes| &**shapes);
        fences.push(fence_writes(&self.cache, slots, writes, shapes, policy));
        if redefines {
            fences.push(fence_definitions(&self.cache, policy));
        }
        self.written_slots_memo = memo;
        for other in self.others() {
            let slots = WrittenSlots::of(other.namespace_of_handle(), writes);
            // The rows of another namespace, or of another cache, are not known here.
            fences.push(fence_writes(&other, &slots, writes, None, policy));
            if redefines {
                fences.push(fence_definitions(&other, policy));
            }
        }
        fences
    }

    /// Lets others find out whether a statement is over whose end was reported when the database had begun it.
    pub(super) fn share_fences(&self, statement: &mut StatementInFlight) {
        if let Some(begun) = self.begun(statement) {
            statement.fences.iter_mut().for_each(|fence| fence.share(begun.clone()));
        }
    }

    /// Returns how others can find out whether a statement that the database has begun is over.
    fn begun(&self, statement: &StatementInFlight) -> Option<Begun> {
        let locked = match Behaviour::of(self.dialect).locks_first {
            true => locked(&statement.sql, &statement.writes),
            false => Arc::default(),
        };
        let begun = Begun {
            database: self.database()?,
            session: self.identity,
            locked,
        };
        (begun.session.is_some() || !begun.locked.is_empty()).then_some(begun)
    }

    /// Invalidates what the writes may have changed, without a fence.
    pub(super) fn invalidate(&self, writes: &Writes) {
        self.cache.invalidate(writes);
        for other in self.others() {
            other.invalidate(writes);
        }
    }
}

fn fence_writes(
    cache: &Cache,
    slots: &WrittenSlots,
    writes: &Writes,
    shapes: Option<&Shapes>,
    policy: DoubtPolicy,
) -> Fence {
    let rows = |registry: Registry<'_>| slots.rows(writes, shapes, &registry);
    cache.generations().fence(&slots.slots, policy, rows)
}

fn fence_definitions(cache: &Cache, policy: DoubtPolicy) -> Fence {
    let slot = any_definition(cache.namespace_of_handle());
    cache.generations().fence(&[slot], policy, |_| Vec::new())
}

/// Returns tables of which PostgreSQL locks at least one from before it reports the beginning of the statement until
/// the statement is over. These are the tables that a plain write names. Functions lock the tables that they write
/// later, and other commands take their locks when they run.
fn locked(sql: &str, writes: &Writes) -> Arc<[Box<str>]> {
    const WRITES: &[&str] = &["INSERT", "UPDATE", "DELETE", "MERGE"];
    let is_plain = |name: &str| name.is_ascii() && !name.contains(['\'', '\\']);
    let verb = sql.split_ascii_whitespace().next().unwrap_or_default();
    if !WRITES.iter().any(|write| verb.eq_ignore_ascii_case(write)) {
        return Arc::default();
    }
    match writes.tables() {
        Tables::Known(tables) if tables.iter().all(|table| is_plain(table.as_str())) => {
            tables.iter().map(|table| table.as_str().into()).collect()
        }
        _ => Arc::default(),
    }
}

pub(super) fn lift(fence: Fence) {
    fault::at(Point::BeforeLift);
    fence.lift();
    fault::at(Point::AfterLift);
}

pub(super) fn leave_in_doubt(fence: Fence) {
    fault::at(Point::BeforeLift);
    fence.doubt();
    fault::at(Point::AfterLift);
}
