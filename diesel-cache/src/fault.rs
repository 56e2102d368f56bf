//! Points at which the project's own tests stop, delay, kill or cripple the protocol.
//!
//! They need the feature `fault-injection`, which is for those tests alone. Without it, every call here compiles to
//! nothing.

#![cfg_attr(not(feature = "fault-injection"), allow(unreachable_pub))]

/// A step of the protocol that has just been reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Point {
    /// A load has its stamp, and has not asked the database.
    AfterStamp,
    /// A load has its rows, and has not asked whether the stamp is still valid.
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

/// One safeguard left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mutation {
    /// A load takes its stamp when it has its rows.
    StampAfterQuery,
    /// A write fences nothing; generations move when it has ended.
    NoFence,
    /// A write fences nothing; generations move before it is sent.
    BumpAtStatement,
    /// A doubt is over at the writer's death, or at the loss of its connection.
    LiftDoubtAtOnce,
    /// A waiter takes what the leader has read, as old as it may be.
    WaiterTakesOldRows,
    /// The fences of the dead are lifted without a new generation.
    RecoverUnmoved,
    /// A write does not wait for the other members of the cluster.
    #[cfg_attr(not(feature = "redis"), allow(dead_code, reason = "only a cluster has it"))]
    NoAcknowledgement,
    /// A member serves when its lease is over.
    #[cfg_attr(not(feature = "redis"), allow(dead_code, reason = "only a cluster has it"))]
    NoLease,
    /// Rows of a replica are stored whatever was written a moment ago.
    ReplicaLag,
    /// A write moves nothing for the rows as they were.
    RowsBefore,
    /// A write moves nothing for the rows as they become.
    RowsAfter,
    /// A write of rows whose values are not known moves nothing for them.
    RowsUnknown,
    /// A write that is not understood moves nothing for rows.
    RowsAny,
    /// An entry without rows does not depend on new ones.
    RowsInserted,
    /// An operation that changes other rows of its table counts as one on its own rows alone.
    RowsSpreading,
    /// An entry whose rows refer to a known one does not depend on that.
    RowsParents,
    /// A query counts as reading no volatile columns.
    RowsVolatile,
    /// A write moves nothing for shapes that its process does not know.
    RowsRegistry,
}

#[cfg(feature = "fault-injection")]
impl Mutation {
    /// Those that concern rows.
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
