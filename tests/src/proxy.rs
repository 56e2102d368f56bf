//! A TCP proxy in front of a server. A test can delay, drip, hold or lose the bytes between client and server, and cut
//! the connections.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// What the proxy does with the bytes of one direction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Traffic {
    /// They arrive at once.
    Pass,
    /// They arrive this much later.
    Delay(Duration),
    /// They arrive one by one, with this pause before each.
    Drip(Duration),
    /// They arrive once something else is chosen, as on a network that retransmits lost packets.
    Hold,
    /// They never arrive, nor does the end of the stream. Once something else is chosen, all connections are closed.
    Lose,
}

/// Where bytes go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Towards {
    /// From the client to the server.
    Server,
    /// From the server to the client.
    Client,
}

/// A proxy on a free port. Its connections end when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    wire: Arc<Wire>,
}

#[derive(Debug)]
struct Wire {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    /// The port of the server.
    server: u16,
    /// Indexed by [`Towards`].
    traffic: [Traffic; 2],
    accepts: bool,
    is_over: bool,
    accepted: usize,
    /// The number of streams, of both directions, whose end has come.
    ended: usize,
    /// From the next message to the server that contains these bytes on, the server's bytes are held.
    held_question: Option<&'static [u8]>,
    /// Both ends of each connection.
    ends: Vec<[TcpStream; 2]>,
}

impl Proxy {
    /// Starts a proxy in front of the server at a port of this machine. The server need not be up.
    pub fn before(server: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let wire = Arc::new(Wire {
            state: Mutex::new(State {
                server,
                traffic: [Traffic::Pass; 2],
                accepts: true,
                is_over: false,
                accepted: 0,
                ended: 0,
                held_question: None,
                ends: Vec::new(),
            }),
            changed: Condvar::new(),
        });
        let own = Arc::clone(&wire);
        thread::spawn(move || {
            for client in listener.incoming() {
                if own.lock().is_over {
                    return;
                }
                // If the server is down, the client's connection ends at once.
                if let Ok(client) = client {
                    let _ = join(&own, client);
                }
            }
        });
        Self { port, wire }
    }

    /// Returns the port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns a URL that leads through the proxy to a Redis server.
    pub fn redis_url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Chooses what happens to the bytes of one direction from now on, including those that are on their way.
    pub fn set(&self, towards: Towards, traffic: Traffic) {
        self.change(|state| state.traffic[towards as usize] = traffic);
    }

    /// Does the same for both directions.
    pub fn set_both(&self, traffic: Traffic) {
        self.change(|state| state.traffic = [traffic; 2]);
    }

    /// Lets the next message with these bytes pass to the server, and holds the server's bytes from then on, until
    /// something else is chosen for them.
    pub fn hold_the_answer_to(&self, question: &'static [u8]) {
        self.change(|state| state.held_question = Some(question));
    }

    /// Returns what happens to the server's bytes at present.
    pub fn answers(&self) -> Traffic {
        self.wire.lock().traffic[Towards::Client as usize]
    }

    /// Closes all connections. Clients may connect again.
    pub fn cut(&self) {
        self.wire.lock().cut();
    }

    /// Closes all connections, and closes new ones at once, until [`accept`](Self::accept) is called.
    pub fn refuse(&self) {
        self.change(|state| {
            state.accepts = false;
            state.cut();
        });
    }

    /// Accepts connections again, after [`refuse`](Self::refuse).
    pub fn accept(&self) {
        self.change(|state| state.accepts = true);
    }

    /// Forwards new connections to the server at another port.
    pub fn lead_to(&self, server: u16) {
        self.change(|state| state.server = server);
    }

    /// Returns the number of connections so far, including those that were closed at once.
    pub fn connections(&self) -> usize {
        self.wire.lock().accepted
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.wire.lock();
        let before = state.traffic;
        change(&mut state);
        let goes_on = |towards: usize| before[towards] == Traffic::Lose && state.traffic[towards] != Traffic::Lose;
        if goes_on(0) || goes_on(1) {
            state.cut();
        }
        self.wire.changed.notify_all();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.change(|state| {
            state.is_over = true;
            state.cut();
        });
        // One more connection wakes the thread that listens, so that it ends.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
    }
}

impl State {
    fn cut(&mut self) {
        for end in self.ends.drain(..).flatten() {
            let _ = end.shutdown(Shutdown::Both);
        }
    }
}

impl Wire {
    /// Ignores poisoning: a proxy is also dropped after a thread has panicked with the lock.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until bytes that have just been read may be forwarded. Returns `false` if they are lost.
    fn lets_pass(&self, towards: Towards) -> bool {
        self.wait(towards, |traffic| traffic == Traffic::Lose)
    }

    /// Waits until the end of a stream may be forwarded. A lost end arrives when its connection is closed.
    fn lets_end(&self, towards: Towards) {
        self.wait(towards, |_| false);
    }

    /// Waits until something may be forwarded that has just arrived. Returns `false` if `drops` says that it never may,
    /// or if the proxy is over.
    fn wait(&self, towards: Towards, drops: impl Fn(Traffic) -> bool) -> bool {
        let came = Instant::now();
        let mut state = self.lock();
        loop {
            let wait = match state.traffic[towards as usize] {
                _ if state.is_over => return false,
                traffic if drops(traffic) => return false,
                Traffic::Pass | Traffic::Drip(_) => return true,
                Traffic::Delay(delay) => match delay.checked_sub(came.elapsed()) {
                    Some(wait) => wait,
                    None => return true,
                },
                Traffic::Hold | Traffic::Lose => Duration::MAX,
            };
            state = match wait {
                Duration::MAX => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                wait => {
                    self.changed
                        .wait_timeout(state, wait)
                        .unwrap_or_else(PoisonError::into_inner)
                        .0
                }
            };
        }
    }
}

impl Wire {
    fn look_at(&self, bytes: &[u8]) {
        let mut state = self.lock();
        if let Some(question) = state.held_question
            && bytes.windows(question.len()).any(|window| window == question)
        {
            state.held_question = None;
            state.traffic[Towards::Client as usize] = Traffic::Hold;
        }
    }

    fn write(&self, to: &mut TcpStream, bytes: &[u8], towards: Towards) -> io::Result<()> {
        for (at, byte) in bytes.iter().enumerate() {
            match self.lock().traffic[towards as usize] {
                Traffic::Drip(pause) => thread::sleep(pause),
                _ => return to.write_all(&bytes[at..]),
            }
            to.write_all(std::slice::from_ref(byte))?;
        }
        Ok(())
    }
}

fn join(wire: &Arc<Wire>, client: TcpStream) -> io::Result<()> {
    let mut state = wire.lock();
    state.accepted += 1;
    if !state.accepts {
        return Ok(());
    }
    let server = TcpStream::connect((Ipv4Addr::LOCALHOST, state.server))?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    state.ends.push([client.try_clone()?, server.try_clone()?]);
    drop(state);
    let back = (server.try_clone()?, client.try_clone()?);
    for ((from, to), towards) in [((client, server), Towards::Server), (back, Towards::Client)] {
        let wire = Arc::clone(wire);
        thread::spawn(move || pump(&wire, from, to, towards));
    }
    Ok(())
}

fn pump(wire: &Wire, mut from: TcpStream, mut to: TcpStream, towards: Towards) {
    let mut bytes = [0; 1 << 14];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        if towards == Towards::Server {
            wire.look_at(&bytes[..count]);
        }
        if wire.lets_pass(towards) && wire.write(&mut to, &bytes[..count], towards).is_err() {
            break;
        }
    }
    wire.lock().ended += 1;
    wire.lets_end(towards);
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RedisServer;

    fn ask(through: &Proxy, patience: Duration) -> redis::RedisResult<redis::Connection> {
        let connection = redis::Client::open(through.redis_url())
            .unwrap()
            .get_connection_with_timeout(patience)?;
        connection.set_read_timeout(Some(patience))?;
        Ok(connection)
    }

    #[test]
    fn bytes_pass_or_are_held_or_lost_by_direction() {
        let server = RedisServer::start(&[]);
        let proxy = Proxy::before(server.port());
        let long = Duration::from_secs(60);
        let short = Duration::from_millis(50);
        let count = || -> i64 {
            redis::cmd("INCRBY")
                .arg("n")
                .arg(0)
                .query(&mut server.connect())
                .unwrap()
        };
        let add = |connection: &mut redis::Connection| redis::cmd("INCR").arg("n").query::<i64>(connection);

        let mut connection = ask(&proxy, long).unwrap();
        assert_eq!(add(&mut connection).unwrap(), 1);
        proxy.set_both(Traffic::Delay(Duration::from_millis(20)));
        let start = Instant::now();
        assert_eq!(add(&mut connection).unwrap(), 2);
        assert!(start.elapsed() >= Duration::from_millis(40));
        proxy.set_both(Traffic::Drip(Duration::from_millis(1)));
        let start = Instant::now();
        assert_eq!(add(&mut connection).unwrap(), 3);
        assert!(start.elapsed() >= Duration::from_millis(20));
        proxy.set_both(Traffic::Pass);

        // What is held arrives later, after its sender has given up.
        connection.set_read_timeout(Some(short)).unwrap();
        proxy.set(Towards::Server, Traffic::Hold);
        add(&mut connection).unwrap_err();
        assert_eq!(count(), 3);
        proxy.set(Towards::Server, Traffic::Pass);
        wait_until(|| count() == 4);

        // The answer alone is lost.
        let mut connection = ask(&proxy, long).unwrap();
        connection.set_read_timeout(Some(short)).unwrap();
        proxy.set(Towards::Client, Traffic::Lose);
        add(&mut connection).unwrap_err();
        wait_until(|| count() == 5);
        proxy.set(Towards::Client, Traffic::Pass);
        connection.set_read_timeout(Some(long)).unwrap();
        add(&mut connection).unwrap_err();
        assert_eq!(count(), 5, "its connection was closed");
    }

    /// The server does not learn that a client is gone whose packets are lost.
    #[test]
    fn the_end_of_a_stream_is_lost_like_its_bytes() {
        let server = RedisServer::start(&[]);
        let proxy = Proxy::before(server.port());
        let clients = || -> usize {
            let list: String = redis::cmd("CLIENT").arg("LIST").query(&mut server.connect()).unwrap();
            list.lines().filter(|line| line.contains("name=lost")).count()
        };
        let mut connection = ask(&proxy, Duration::from_secs(60)).unwrap();
        let name = redis::cmd("CLIENT").arg("SETNAME").arg("lost").exec(&mut connection);
        name.unwrap();
        proxy.set(Towards::Server, Traffic::Lose);
        drop(connection);
        wait_until(|| proxy.wire.lock().ended == 1);
        assert_eq!(clients(), 1);
        proxy.set(Towards::Server, Traffic::Pass);
        wait_until(|| clients() == 0);
    }

    fn wait_until(holds: impl Fn() -> bool) {
        while !holds() {
            thread::yield_now();
        }
    }

    #[test]
    fn connections_are_cut_and_refused() {
        let server = RedisServer::start(&[]);
        let proxy = Proxy::before(server.port());
        let long = Duration::from_secs(60);
        let ping = |connection: &mut redis::Connection| redis::cmd("PING").exec(connection);
        let mut connection = ask(&proxy, long).unwrap();
        ping(&mut connection).unwrap();
        proxy.cut();
        ping(&mut connection).unwrap_err();
        let mut connection = ask(&proxy, long).unwrap();
        ping(&mut connection).unwrap();
        proxy.refuse();
        ping(&mut connection).unwrap_err();
        assert!(ask(&proxy, long).is_err());
        proxy.accept();
        ping(&mut ask(&proxy, long).unwrap()).unwrap();
        assert_eq!(proxy.connections(), 4);
    }
}
