//! A connection to the coordinator, and the calls of its scripts.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ::redis::{Connection, ConnectionLike, RedisError, Value};

use super::failure::Failure;
use super::options::ClusterOptions;
use super::scripts::{Script, TEXTS};
use super::wire::MemberId;
use crate::redis_server::Witness;

/// How many threads at most may read replies that nobody waits for any more.
const READERS: usize = 8;
/// How often a caller looks whether it still wants a reply.
const INTERVAL: Duration = Duration::from_millis(5);

/// A call of a script: all arguments after the first three.
pub(super) struct Call {
    pub(super) script: Script,
    pub(super) arguments: Vec<Vec<u8>>,
}

/// A connection to one run of a server, which knows the scripts.
pub(super) struct Commands {
    connection: Arc<Mutex<Connection>>,
    reply_timeout: Duration,
    /// See [`run_of`].
    pub(super) run: String,
    /// See [`Mirror::confirmed_at`](super::mirror::Mirror::confirmed_at).
    pub(super) confirmed_at: u64,
    digests: Vec<String>,
    key: String,
    member: String,
}

impl Commands {
    pub(super) fn connect(options: &ClusterOptions, member: MemberId) -> Result<Self, Failure> {
        let mut connection = options.server.connect(&options.name, &options.timeouts)?;
        let run = run_of(&mut connection)?;
        let mut load = ::redis::pipe();
        for text in TEXTS {
            load.cmd("SCRIPT").arg("LOAD").arg(text);
        }
        let digests = load.query(&mut connection)?;
        Ok(Self {
            connection: Arc::new(Mutex::new(connection)),
            reply_timeout: options.timeouts.accepted().reply,
            run,
            confirmed_at: u64::MAX,
            digests,
            key: options.key(),
            member: member.to_string(),
        })
    }

    /// Makes one call.
    pub(super) fn call(&mut self, epoch: &str, call: &Call) -> Result<Vec<Value>, Failure> {
        let mut replies = self.send(&[(epoch, call)])?;
        replies.pop().unwrap_or(Err(Failure::Malformed))
    }

    /// Makes one call, whose reply may take longer than others. `waits` gets how long it has taken, and returns `false`
    /// to give it up; then this connection must not be used any more.
    ///
    /// A thread reads the reply, because a connection that brings it byte by byte never runs into its timeout. There are
    /// a few such threads at most, which hold `readers`.
    pub(super) fn call_patiently(
        &mut self,
        epoch: &str,
        call: &Call,
        patience: Duration,
        readers: &Arc<()>,
        waits: impl Fn(Duration) -> bool,
    ) -> Result<Vec<Value>, Failure> {
        if Arc::strong_count(readers) > READERS {
            return Err(Failure::TimedOut);
        }
        let packed = self.pack(&[(epoch, call)]);
        let usual = self.reply_timeout;
        let (connection, guard) = (Arc::clone(&self.connection), Arc::clone(readers));
        let (send, replies) = mpsc::sync_channel(1);
        let reader = move || {
            let _guard = guard;
            let mut connection = lock(&connection);
            let reply = connection
                .set_read_timeout(Some(patience))
                .and_then(|()| connection.req_packed_commands(&packed, 0, 1))
                .and_then(|replies| connection.set_read_timeout(Some(usual)).map(|()| replies));
            drop(connection);
            let _ = send.send(reply);
        };
        std::thread::Builder::new()
            .name("diesel-cache-join".to_owned())
            .spawn(reader)
            .map_err(|error| Failure::Server(error.to_string()))?;
        let asked_at = Instant::now();
        loop {
            match replies.recv_timeout(INTERVAL) {
                Ok(reply) => return reply?.pop().map_or(Err(Failure::Malformed), read),
                Err(RecvTimeoutError::Timeout) if waits(asked_at.elapsed()) => {}
                Err(_) => return Err(Failure::TimedOut),
            }
        }
    }

    /// Makes calls in one round trip.
    pub(super) fn send(&mut self, calls: &[(&str, &Call)]) -> Result<Vec<Result<Vec<Value>, Failure>>, Failure> {
        let packed = self.pack(calls);
        let replies = lock(&self.connection).req_packed_commands(&packed, 0, calls.len())?;
        Ok(replies.into_iter().map(read).collect())
    }

    fn pack(&self, calls: &[(&str, &Call)]) -> Vec<u8> {
        let mut pipe = ::redis::pipe();
        for (epoch, call) in calls {
            let digest = &self.digests[call.script as usize];
            let command = pipe.cmd("EVALSHA").arg(digest).arg(1).arg(&self.key);
            command.arg(*epoch).arg(&self.run).arg(&self.member);
            call.arguments.iter().for_each(|argument| {
                command.arg(argument);
            });
        }
        pipe.get_packed_pipeline()
    }
}

/// Returns a connection to the coordinator, the run of its server, and who knows whether it was replaced.
pub(super) fn connect(options: &ClusterOptions) -> Result<(Connection, String, Option<Witness>), Failure> {
    let (mut connection, witness) = options.server.connect_with_witness(&options.name, &options.timeouts)?;
    let run = run_of(&mut connection)?;
    Ok((connection, run, witness))
}

/// Returns what another run of the server, or another server, has another of. So has a server that was a replica in
/// between: its data were replaced by those of its master, which may be older.
fn run_of(connection: &mut Connection) -> Result<String, Failure> {
    let mut ask = ::redis::pipe();
    ask.cmd("INFO").arg("server").cmd("INFO").arg("replication");
    let (server, replication): (String, String) = ask.query(connection)?;
    let run = field(&server, "run_id:").ok_or(Failure::Malformed)?;
    Ok(format!(
        "{run} {}",
        field(&replication, "master_replid:").unwrap_or_default()
    ))
}

fn field<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    info.lines().find_map(|line| line.strip_prefix(name)).map(str::trim)
}

/// Splits a reply into its status and the rest.
fn read(reply: Value) -> Result<Vec<Value>, Failure> {
    let mut values = match reply {
        Value::Array(values) => values,
        Value::ServerError(error) => return Err(RedisError::from(error).into()),
        _ => return Err(Failure::Malformed),
    };
    if values.is_empty() {
        return Err(Failure::Malformed);
    }
    match values.remove(0) {
        Value::Int(0) => Ok(values),
        Value::Int(1) => Err(Failure::OtherEpoch),
        Value::Int(2) => Err(Failure::NotMember),
        Value::Int(3) => Err(Failure::Foreign),
        Value::Int(4) => Err(Failure::Format(values.first().and_then(text).unwrap_or_default())),
        _ => Err(Failure::Malformed),
    }
}

/// Reads an integer, which Redis returns as such or as text.
pub(super) fn number(value: &Value) -> Option<u64> {
    match value {
        Value::Int(number) => u64::try_from(*number).ok(),
        other => text(other)?.parse().ok(),
    }
}

pub(super) fn text(value: &Value) -> Option<String> {
    bytes(value).and_then(|bytes| String::from_utf8(bytes.to_vec()).ok())
}

pub(super) fn bytes(value: &Value) -> Option<&[u8]> {
    match value {
        Value::BulkString(bytes) => Some(bytes),
        Value::SimpleString(text) => Some(text.as_bytes()),
        _ => None,
    }
}

/// The name of an epoch in scripts.
pub(super) fn epoch_name(epoch: u64) -> String {
    format!("{epoch:016x}")
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing can panic while it is held.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
