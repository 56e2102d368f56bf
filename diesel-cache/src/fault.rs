//! Points at which this project's own tests stop, delay, kill or weaken the protocol.
//!
//! They need the feature `fault-injection`, which is for those tests alone. Without it, every call here compiles to
//! nothing.

#![cfg_attr(not(feature = "fault-injection"), allow(unreachable_pub))]

/// A step of the protocol that has just been reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Point {
    /// A load has its stamp, and has not queried the database.
    AfterStamp,
    /// A load has its rows, and has not checked whether the stamp is still valid.
    AfterQuery,
    /// A load has found its stamp valid, and has not stored its rows.
    BeforeStore,
    /// A load has stored its rows, and has not returned them.
    AfterStore,
    /// A file of the generations, or of a writer's lock, is about to be opened or made.
    BeforeOpen,
    /// A statement or COMMIT that changes tables is about to be sent, and nothing is fenced for it.
    BeforeFence,
    /// One of its slots is fenced.
    FenceSet,
    /// Everything is fenced, and nothing sent.
    AfterFence,
    /// The statement or COMMIT has ended, and its fence stands.
    BeforeLift,
    /// One of its slots has a new generation, and its fence.
    Moved,
    /// The fence is lifted; the call has not returned.
    AfterLift,
    /// A recovery has found a dead writer's fence on a slot.
    RecoveryBegins,
    /// It has moved the slot's generation.
    RecoveryMoved,
    /// It has lifted all fences of the dead, and not cleared the record.
    RecoveryLifted,
}

/// A safeguard of the protocol that can be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mutation {
    /// A load takes its stamp only when it has its rows.
    StampAfterQuery,
    /// A write fences nothing; generations move when it has ended.
    NoFence,
    /// A write fences nothing; generations move before it is sent.
    BumpAtStatement,
    /// A doubt is over at the writer's death, or at the loss of its connection.
    LiftDoubtAtOnce,
    /// A waiter takes the leader's rows without checking whether they are still valid.
    WaiterTakesOldRows,
    /// The fences of the dead are lifted without a new generation.
    RecoverUnmoved,
    /// A write does not wait for the other members of the cluster.
    #[cfg_attr(not(feature = "redis"), allow(dead_code, reason = "only a cluster has it"))]
    NoAcknowledgement,
    /// A member serves after the end of its lease.
    #[cfg_attr(not(feature = "redis"), allow(dead_code, reason = "only a cluster has it"))]
    NoLease,
    /// Rows of a replica are stored even if something on which they depend was written within the lag.
    ReplicaLag,
    /// A write does not move the slots of the rows as they were before it.
    RowsBefore,
    /// A write does not move the slots of the rows as they are after it.
    RowsAfter,
    /// A write of rows whose values it does not state does not move `unknown`.
    RowsUnknown,
    /// A write that the parser does not know moves no slots of rows.
    RowsAny,
    /// An entry without rows does not depend on new rows.
    RowsInserted,
    /// An operation that changes other rows of its table counts as one on its own rows alone.
    RowsSpreading,
    /// An entry whose rows refer to a known parent does not depend on the parent.
    RowsParents,
    /// A query counts as reading no volatile columns.
    RowsVolatile,
    /// A write moves no slots of shapes that its process does not know.
    RowsRegistry,
}

#[cfg(feature = "fault-injection")]
impl Mutation {
    /// The mutations that concern rows.
    pub const ROWS: &[Self] = &[
        Self::RowsBefore,
        Self::RowsAfter,
        Self::RowsUnknown,
        Self::RowsAny,
        Self::RowsInserted,
        Self::RowsSpreading,
        Self::RowsParents,
        Self::RowsVolatile,
        Self::RowsRegistry,
    ];
}

#[cfg(any(test, feature = "fault-injection"))]
mod injected {
    use std::sync::OnceLock;

    use super::{Mutation, Point};

    type Hook = Box<dyn Fn(Point) + Send + Sync>;

    static HOOK: OnceLock<Hook> = OnceLock::new();
    static MUTATION: OnceLock<Mutation> = OnceLock::new();

    /// Calls `hook` at every point of this process, on the thread that has reached it. The first hook stays.
    pub fn set_hook(hook: impl Fn(Point) + Send + Sync + 'static) {
        let _ = HOOK.set(Box::new(hook));
    }

    /// Leaves out a safeguard in this process, for good. The first mutation stays.
    pub fn mutate(mutation: Mutation) {
        let _ = MUTATION.set(mutation);
    }

    pub(crate) fn at(point: Point) {
        if let Some(hook) = HOOK.get() {
            hook(point);
        }
    }

    pub(crate) fn is_mutated(mutation: Mutation) -> bool {
        MUTATION.get() == Some(&mutation)
    }
}

#[cfg(any(test, feature = "fault-injection"))]
pub(crate) use injected::{at, is_mutated};
#[cfg(any(test, feature = "fault-injection"))]
#[allow(unused_imports, reason = "the crate's own tests need but one of them")]
pub use injected::{mutate, set_hook};

#[cfg(not(any(test, feature = "fault-injection")))]
#[inline(always)]
pub(crate) fn at(_: Point) {}

#[cfg(not(any(test, feature = "fault-injection")))]
#[inline(always)]
pub(crate) fn is_mutated(_: Mutation) -> bool {
    false
}
