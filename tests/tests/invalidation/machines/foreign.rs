//! Values that somebody else has written under the cluster's keys. They cause no outdated row and no panic, and caching
//! resumes.

use diesel_cache_tests::{Database, RedisServer, Sqlite as Db};
use redis::{Connection, cmd};

use crate::machines::world::{Machine, until};

/// All keys of the server.
fn keys(redis: &mut Connection) -> Vec<Vec<u8>> {
    cmd("KEYS").arg("*").query(redis).unwrap()
}

fn kind(redis: &mut Connection, key: &[u8]) -> String {
    cmd("TYPE").arg(key).query(redis).unwrap()
}

/// Puts a value of another type in the place of a key's.
fn replace(redis: &mut Connection, key: &[u8], create: &[&str]) {
    cmd("DEL").arg(key).exec(redis).unwrap();
    let (verb, rest) = create.split_first().unwrap();
    cmd(verb).arg(key).arg(rest).exec(redis).unwrap();
}

const OTHERS: [&[&str]; 6] = [
    &["SET", "x"],
    &["SET", ""],
    &["RPUSH", "x"],
    &["SADD", "x"],
    &["HSET", "x", "y"],
    &["XADD", "1-1", "x", "y"],
];

#[test]
fn values_of_other_types() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let mut machines = ["one", "two"].map(|name| Machine::<Db>::new(&db, &server, name));
    let mut redis = server.connect();
    let mut name = "person 01".to_owned();
    for (round, create) in OTHERS.into_iter().enumerate() {
        for machine in &mut machines {
            machine.settle_all(&name);
        }
        for key in keys(&mut redis) {
            replace(&mut redis, &key, create);
        }
        name = format!("name {round}");
        machines[round % 2].rename(&name);
        for machine in &mut machines {
            machine.shows(&name);
        }
        // Ours are there again when the others are gone.
        for key in keys(&mut redis) {
            cmd("DEL").arg(key).exec(&mut redis).unwrap();
        }
    }
    for machine in &mut machines {
        machine.serves();
        machine.settle_all(&name);
    }
}

/// A machine that starts finds them.
#[test]
fn values_of_other_types_from_the_beginning() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let mut redis = server.connect();
    let mut first = Machine::<Db>::new(&db, &server, "one");
    first.settle_all("person 01");
    let ours = keys(&mut redis);
    drop(first);
    for (round, create) in OTHERS.into_iter().enumerate() {
        for key in &ours {
            replace(&mut redis, key, create);
        }
        let mut machine = Machine::<Db>::starting(&db, &server, &format!("machine {round}"), |builder, _| builder);
        let name = format!("name {round}");
        machine.rename(&name);
        machine.shows(&name);
        machine.shows(&name);
        cmd("FLUSHALL").exec(&mut redis).unwrap();
        machine.serves();
        machine.settle_all(&name);
    }
}

/// Each field of each hash in turn is something that we do not write there.
#[test]
fn hostile_fields() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let mut machines = ["one", "two"].map(|name| Machine::<Db>::new(&db, &server, name));
    let mut redis = server.connect();
    let mut name = "person 01".to_owned();
    machines.iter_mut().for_each(|machine| machine.settle_all(&name));
    let hashes: Vec<_> = keys(&mut redis)
        .into_iter()
        .filter(|key| kind(&mut server.connect(), key) == "hash")
        .collect();
    assert!(!hashes.is_empty(), "the state is a hash");
    let hostile: [&[u8]; 7] = [
        b"",
        b"x",
        b"-1",
        b"99999999999999999999999999",
        b"nan",
        &[0xff; 9],
        &[0; 4096],
    ];
    let mut round = 0;
    for hash in &hashes {
        let fields: Vec<Vec<u8>> = cmd("HKEYS").arg(hash).query(&mut redis).unwrap();
        for field in fields {
            let value = hostile[round % hostile.len()];
            cmd("HSET").arg(hash).arg(&field).arg(value).exec(&mut redis).unwrap();
            name = format!("name {round}");
            machines[round % 2].rename(&name);
            // What is valid is for the state to say, which somebody else has written; but loads return, and the writer
            // itself shows what it wrote.
            machines[round % 2].shows(&name);
            machines[1 - round % 2].first("hot");
            cmd("DEL").arg(hash).exec(&mut redis).unwrap();
            machines.iter().for_each(Machine::serves);
            machines.iter_mut().for_each(|machine| machine.settle_all(&name));
            round += 1;
        }
    }
    // Fields that are not ours.
    for hash in &hashes {
        for value in hostile {
            cmd("HSET").arg(hash).arg(value).arg(value).exec(&mut redis).unwrap();
        }
        name += " more";
        machines[0].rename(&name);
        machines[0].shows(&name);
        machines[1].first("hot");
        cmd("DEL").arg(hash).exec(&mut redis).unwrap();
    }
    machines.iter_mut().for_each(|machine| machine.settle_all(&name));
}

/// Hostile bytes in the place of entries.
#[test]
fn hostile_entries() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let mut machine = Machine::<Db>::new(&db, &server, "one");
    let mut redis = server.connect();
    for value in [&b""[..], b"x", &[0; 100], &[0xff; 1000]] {
        machine.settle_all("person 01");
        machine.cache.flush().unwrap();
        for key in keys(&mut redis) {
            if kind(&mut redis, &key) == "string" {
                cmd("SET").arg(&key).arg(value).exec(&mut redis).unwrap();
            }
        }
        machine.statements.take();
        assert_eq!(machine.first("bare"), "person 01");
        assert_eq!(machine.statements.selects(), 1);
    }
}

/// Whatever somebody else writes into the state, no machine is left out while the others go on.
#[test]
fn a_state_that_cannot_be_read_ends_its_epoch() {
    let db = Database::<Db>::new();
    let server = RedisServer::start(&[]);
    let mut machines = ["one", "two"].map(|name| Machine::<Db>::new(&db, &server, name));
    let mut redis = server.connect();
    let mut name = "person 01".to_owned();
    let record: &[u8] = &[0; 23];
    let fence = format!("F{:032x}", 7);
    let broken: [(&str, &[u8]); 11] = [
        ("Gx", b"1"),
        ("G7", b"x"),
        ("G99999999", b"1"),
        ("S1", b"x"),
        ("F", b""),
        (&fence, record),
        ("members", b"x"),
        ("seq", b"nan"),
        ("epoch", b"x"),
        ("awaited", b""),
        ("lease", b"-1"),
    ];
    for (round, (field, value)) in broken.into_iter().enumerate() {
        machines.iter_mut().for_each(|machine| machine.settle_all(&name));
        let state = keys(&mut redis)
            .into_iter()
            .find(|key| kind(&mut server.connect(), key) == "hash");
        let epoch = machines[0].cache.cluster().unwrap().epoch();
        cmd("HSET")
            .arg(state.unwrap())
            .arg(field)
            .arg(value)
            .exec(&mut redis)
            .unwrap();
        machines[1].proxy.cut();
        let is_new = |machine: &Machine<Db>| {
            let status = machine.cache.cluster().unwrap();
            status.is_serving() && status.epoch() != epoch
        };
        until("both are in another epoch", || machines.iter().all(is_new));
        name = format!("name {round}");
        machines[round % 2].rename(&name);
        machines.iter_mut().for_each(|machine| machine.shows(&name));
    }
}
