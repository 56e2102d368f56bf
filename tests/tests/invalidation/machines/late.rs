//! Calls of the coordinator's scripts that arrive late, or after a silence.

use diesel_cache_tests::RedisServer;
use redis::{Connection, Value, cmd};

/// The text of a script, with what it begins with.
macro_rules! script {
    ($($file:literal),*) => {
        concat!($(include_str!(concat!(
            "../../../../diesel-cache/src/generation/cluster/scripts/", $file, ".lua"
        ))),*)
    };
}

const JOIN: &str = script!("common", "join");
const ACK: &str = script!("common", "prelude", "ack");
const FENCE: &str = script!("common", "prelude", "fence");
const LEAVE: &str = script!("common", "prelude", "leave");

const ONE: &str = "aaaaaaaaaaaaaaaa";
const OTHER: &str = "bbbbbbbbbbbbbbbb";
/// In milliseconds.
const LEASE: &str = "60000";

struct Coordinator {
    _server: RedisServer,
    connection: Connection,
}

impl Coordinator {
    fn new() -> Self {
        let server = RedisServer::start(&[]);
        let connection = server.connect();
        Self {
            _server: server,
            connection,
        }
    }

    /// Returns the status of the reply.
    fn call(&mut self, script: &str, arguments: &[&str]) -> i64 {
        let mut call = cmd("EVAL");
        call.arg(script).arg(1).arg("state").arg(arguments);
        let reply: Vec<Value> = call.query(&mut self.connection).unwrap();
        let Value::Int(status) = reply[0] else {
            panic!("{reply:?}");
        };
        status
    }

    /// `last` is the number of the last fence of the member, and `own` are the fences that it has.
    fn join(&mut self, member: &str, epoch: &str, lease: &str, last: u64, own: &[(u64, &str)]) {
        let (count, last) = (own.len().to_string(), format!("{last:016x}"));
        let own = own
            .iter()
            .flat_map(|(number, slots)| [fence(member, *number), record(slots)]);
        let own: Vec<String> = own.collect();
        let mut arguments = vec!["", "run", member, epoch, lease, "", &count, &last];
        arguments.extend(own.iter().map(String::as_str));
        assert_eq!(self.call(JOIN, &arguments), 0);
    }

    fn fence(&mut self, epoch: &str, member: &str, number: u64, slots: &str) {
        let (fence, record) = (fence(member, number), record(slots));
        assert_eq!(self.call(FENCE, &[epoch, "run", member, &fence, &record]), 0);
    }

    fn field(&mut self, field: &str) -> Option<String> {
        cmd("HGET").arg("state").arg(field).query(&mut self.connection).unwrap()
    }

    fn set(&mut self, field: &str, value: &str) {
        let mut set = cmd("HSET");
        set.arg("state")
            .arg(field)
            .arg(value)
            .exec(&mut self.connection)
            .unwrap();
    }

    fn fence_of(&mut self, member: &str, number: u64) -> Option<String> {
        self.field(&format!("F{}", fence(member, number)))
    }
}

fn fence(member: &str, number: u64) -> String {
    format!("{member}{number:016x}")
}

/// Slots of four bytes, after 24 bytes of terms.
fn record(slots: &str) -> String {
    format!("{:024}{slots}", 0)
}

#[test]
fn a_late_join_lifts_no_fence_that_is_newer() {
    let mut coordinator = Coordinator::new();
    coordinator.join(ONE, "epoch", LEASE, 0, &[]);
    coordinator.fence("epoch", ONE, 5, "AAAA");
    coordinator.join(ONE, "other", LEASE, 4, &[]);
    assert!(coordinator.fence_of(ONE, 5).is_some(), "made after the request");
    coordinator.join(ONE, "other", LEASE, 5, &[]);
    assert_eq!(coordinator.fence_of(ONE, 5), None, "known, and over");
}

#[test]
fn a_fence_only_grows() {
    let mut coordinator = Coordinator::new();
    coordinator.join(ONE, "epoch", LEASE, 0, &[]);
    coordinator.fence("epoch", ONE, 5, "AAAA");
    coordinator.join(ONE, "other", LEASE, 5, &[(5, "AAAABBBB")]);
    assert_eq!(coordinator.fence_of(ONE, 5), Some(record("AAAABBBB")));
    coordinator.fence("epoch", ONE, 5, "AAAA");
    coordinator.join(ONE, "other", LEASE, 5, &[(5, "AAAA")]);
    assert_eq!(coordinator.fence_of(ONE, 5), Some(record("AAAABBBB")), "late calls");
}

/// Somebody may have written alone.
#[test]
fn a_silence_ends_the_epoch_and_keeps_fences() {
    let mut coordinator = Coordinator::new();
    coordinator.join(ONE, "epoch", LEASE, 0, &[]);
    coordinator.fence("epoch", ONE, 5, "AAAA");
    coordinator.set("young", "0");
    coordinator.set("heard", "0");
    for script in [ACK, LEAVE] {
        assert_eq!(coordinator.call(script, &["epoch", "run", ONE, "1"]), 1);
    }
    coordinator.join(OTHER, "other", LEASE, 0, &[]);
    let is = |field| coordinator.field(field).unwrap();
    assert_eq!(
        ["epoch", "young", "survivors"].map(is),
        ["other", "1", "2"],
        "nothing was lost"
    );
    assert!(coordinator.fence_of(ONE, 5).is_some());
    assert_eq!(coordinator.call(ACK, &["other", "run", OTHER, "1"]), 0);
    assert_eq!(coordinator.call(ACK, &["other", "run", ONE, "1"]), 2);
}

#[test]
fn doubts_that_an_epoch_waits_for_outlast_it() {
    let mut coordinator = Coordinator::new();
    coordinator.join(ONE, "epoch", LEASE, 0, &[]);
    coordinator.set("survivors", "1");
    coordinator.set("heard", "0");
    coordinator.join(OTHER, "other", LEASE, 0, &[]);
    let is = |field| coordinator.field(field).unwrap();
    assert_eq!(["epoch", "young", "survivors"].map(is), ["other", "1", "1"]);
}

/// Members that have all left have written nothing alone.
#[test]
fn an_epoch_without_members_goes_on() {
    let mut coordinator = Coordinator::new();
    coordinator.join(ONE, "epoch", LEASE, 0, &[]);
    assert_eq!(coordinator.call(LEAVE, &["epoch", "run", ONE, "0"]), 0);
    coordinator.set("heard", "0");
    coordinator.join(OTHER, "other", LEASE, 0, &[]);
    assert_eq!(coordinator.field("epoch").as_deref(), Some("epoch"));
    assert_eq!(coordinator.call(ACK, &["epoch", "run", OTHER, "1"]), 0);
}

/// It was sent before the member joined again.
#[test]
fn a_call_to_leave_that_is_late() {
    let mut coordinator = Coordinator::new();
    coordinator.join(ONE, "epoch", LEASE, 0, &[]);
    coordinator.join(ONE, "epoch", LEASE, 0, &[]);
    assert_eq!(coordinator.call(LEAVE, &["epoch", "run", ONE, "0"]), 2);
    assert_eq!(coordinator.call(ACK, &["epoch", "run", ONE, "2"]), 0);
    assert_eq!(coordinator.call(LEAVE, &["epoch", "run", ONE, "1"]), 0);
}

/// The state is an older one, and what the member has applied is not in it.
#[test]
fn an_acknowledgement_of_events_that_the_state_does_not_have() {
    let mut coordinator = Coordinator::new();
    coordinator.join(ONE, "epoch", LEASE, 0, &[]);
    coordinator.join(OTHER, "epoch", LEASE, 0, &[]);
    assert_eq!(coordinator.call(ACK, &["epoch", "run", ONE, "2"]), 0);
    assert_eq!(coordinator.call(ACK, &["epoch", "run", OTHER, "3"]), 1);
    coordinator.fence("epoch", ONE, 1, "AAAA");
    assert_eq!(coordinator.call(ACK, &["epoch", "run", OTHER, "3"]), 0);
}
