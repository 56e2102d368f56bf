//! Write-behind: a caller that misses a key of a region with memory in front does not wait until the shared tier has
//! its entry.
//!
//! Creating a file takes from tens of microseconds to milliseconds, longer than many queries. So an entry goes into
//! memory and into a queue at once. One thread of the cache, which starts at first use, writes the queued entries one
//! after the other. Until then the entry *is* in the queue: a load finds it there if memory has evicted it, and every
//! operation that removes or replaces an entry, or counts files, looks here first.
//!
//! - **Other processes wait for the file.** The leader's lock goes into the queue with its entry, and is released when
//!   the entry is written or given up. Only an entry with such a lock is queued: any other is written before its caller
//!   returns, since nothing else would keep another process from querying in between.
//! - **A new leader of the key in this process does not wait.** If the queued entry is invalid, the leader takes over
//!   its lock. If the entry is valid but too old for this leader, which is rare, the leader first writes it, or waits
//!   while it is being written. Locks belong to the cache, so if the writer released the lock, the next leader would
//!   lose it as well. Therefore a lock is released only under the queue's mutex, which the next leader locks, too.
//! - **Nothing is dropped.** When the queue is full, the caller writes the entry itself.
//! - **Only a kill loses entries.** The last handle of the cache waits for the writer ([`WriterHandle`]). So does the
//!   end of the process, because caches in statics are never dropped ([`exit`](crate::exit)).
//! - **A late write is safe.** An entry has the stamp from before its query, whenever it is written, and the writer
//!   skips entries that are no longer valid.
//!
//! `docs/disk.md` in the repository has the reasons and the figures.
//!
//! Jobs hold the [`Sink`] that they are written to, which holds the queue. That circle lasts only while there are jobs.
//! Only `WriterHandle`s keep a cache alive, and jobs have none.

mod jobs;
mod queue;
mod writer;

pub(super) use jobs::{Job, QueueKey, Sink};
pub(crate) use queue::Queue;
pub(crate) use writer::WriterHandle;
