//! The connection that the threads of a member share.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock};

use ::redis::Value;

use super::commands::{Call, Commands, epoch_name, lock};
use super::failure::Failure;
use super::options::ClusterOptions;
use super::wire::MemberId;

/// A connection that threads share. Whoever has it sends what all others want to send, too.
pub(super) struct Link {
    connection: Mutex<Option<Commands>>,
    queue: Mutex<Vec<Arc<Pending>>>,
}

struct Pending {
    epoch: String,
    call: Call,
    reply: OnceLock<Result<Vec<Value>, Failure>>,
}

impl Link {
    pub(super) fn new() -> Self {
        Self {
            connection: Mutex::new(None),
            queue: Mutex::default(),
        }
    }

    /// Makes a call, in one round trip with those that other threads wait to make. All calls may be made twice.
    pub(super) fn call(
        &self,
        options: &ClusterOptions,
        member: MemberId,
        epoch: u64,
        call: Call,
    ) -> Result<Vec<Value>, Failure> {
        let pending = Arc::new(Pending {
            epoch: epoch_name(epoch),
            call,
            reply: OnceLock::new(),
        });
        lock(&self.queue).push(Arc::clone(&pending));
        let mut connection = lock(&self.connection);
        if let Some(reply) = pending.reply.get() {
            return reply.clone();
        }
        let all = std::mem::take(&mut *lock(&self.queue));
        let calls: Vec<(&str, &Call)> = all.iter().map(|it| (&*it.epoch, &it.call)).collect();
        let mut replies = send_on(&mut connection, options, member, &calls);
        if matches!(replies, Err(Failure::Server(_))) {
            // The connection may have been closed by the server while it was idle.
            replies = send_on(&mut connection, options, member, &calls);
        }
        match replies {
            Ok(replies) => all.iter().zip(replies).for_each(|(it, reply)| {
                let _ = it.reply.set(reply);
            }),
            Err(failure) => all.iter().for_each(|it| {
                let _ = it.reply.set(Err(failure.clone()));
            }),
        }
        pending.reply.get().cloned().unwrap_or(Err(Failure::Malformed))
    }

    /// Closes the connection; the next call opens another.
    pub(super) fn close(&self) {
        *lock(&self.connection) = None;
    }
}

type Replies = Vec<Result<Vec<Value>, Failure>>;

fn send_on(
    connection: &mut Option<Commands>,
    options: &ClusterOptions,
    member: MemberId,
    calls: &[(&str, &Call)],
) -> Result<Replies, Failure> {
    let mut commands = match connection.take() {
        Some(commands) => commands,
        None => Commands::connect(options, member)?,
    };
    let replies = commands.send(calls)?;
    let is_broken = replies.iter().any(|reply| matches!(reply, Err(Failure::Server(_))));
    if !is_broken {
        *connection = Some(commands);
    }
    Ok(replies)
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Link")
    }
}
