//! Connections to the coordinator, and the calls of its scripts.

use std::fmt;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use ::redis::{Connection, ConnectionLike, ErrorKind, RedisError, ServerErrorKind, Value};

use super::options::ClusterOptions;
use super::scripts::{Script, TEXTS};
use super::wire::Member;
use crate::redis_server::{Witness, explain};

/// How many threads at most may read replies that nobody waits for any more.
const READERS: usize = 8;
/// How often a caller looks whether it still wants a reply.
const INTERVAL: Duration = Duration::from_millis(5);

/// Why a call has failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// No connection, or an error of the server.
    Server(String),
    /// No reply in time.
    TimedOut,
    /// The coordinator is in another epoch.
    OtherEpoch,
    /// The sentinels name another server, or none of them answers any more.
    Replaced(Option<String>),
    /// This process is no member: its lease was over.
    NotMember,
    /// Events are missing.
    Gap,
    /// This process ends, or its cache is dropped.
    Unwanted,
    /// The key of the state is used by another program.
    Foreign,
    /// The state was written by another version of this crate.
    Format(String),
    /// A reply or an event that this version does not understand.
    Malformed,
}

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
    digests: Vec<String>,
    key: String,
    member: String,
}

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

impl Commands {
    pub(super) fn connect(options: &ClusterOptions, member: Member) -> Result<Self, Failure> {
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
    fn send(&mut self, calls: &[(&str, &Call)]) -> Result<Vec<Result<Vec<Value>, Failure>>, Failure> {
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
        member: Member,
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
    member: Member,
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

/// The name of an epoch in scripts.
pub(super) fn epoch_name(epoch: u64) -> String {
    format!("{epoch:016x}")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing can panic while it is held.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Failure {
    /// Returns `true` if the coordinator may be out of reach; `false` if it has answered.
    pub(super) fn is_out_of_reach(&self) -> bool {
        matches!(self, Self::Server(_) | Self::TimedOut)
    }
}

impl From<RedisError> for Failure {
    fn from(error: RedisError) -> Self {
        match error.kind() {
            ErrorKind::Server(ServerErrorKind::ResponseError) if error.code() == Some("WRONGTYPE") => Self::Foreign,
            ErrorKind::Extension if error.code() == Some("WRONGTYPE") => Self::Foreign,
            _ if error.is_timeout() => Self::TimedOut,
            _ => Self::Server(explain(&error)),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server(error) => f.write_str(error),
            Self::TimedOut => f.write_str("no answer within the timeout"),
            Self::OtherEpoch => f.write_str("the coordinator has lost its state, or was replaced"),
            Self::Replaced(None) => f.write_str("the sentinels name another server"),
            Self::Replaced(Some(error)) => write!(f, "no sentinel confirms the server: {error}"),
            Self::NotMember => f.write_str("this process did not renew its lease in time"),
            Self::Gap => f.write_str("events were lost"),
            Self::Unwanted => f.write_str("this process is about to end"),
            Self::Foreign => f.write_str("the key of the cluster's state is in use for something else"),
            Self::Format(found) => write!(
                f,
                "the cluster's state has the format {found:?}, and this version reads 1"
            ),
            Self::Malformed => f.write_str("the coordinator's answer was not understood"),
        }
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Link")
    }
}
