//! One server process: its address, and how to log in.

use std::fmt;

use ::redis::{Client, Connection, ConnectionAddr, ConnectionInfo, RedisConnectionInfo, RedisResult};

use super::deadline::Deadline;

#[derive(Clone)]
pub(super) struct Node(ConnectionInfo);

impl Node {
    pub(super) fn new(info: ConnectionInfo) -> Self {
        Self(info)
    }

    /// Returns the node at another address, with the same login and certificates.
    pub(super) fn at(&self, host: &str, port: u16) -> Self {
        let host = host.to_owned();
        let address = match self.0.addr() {
            ConnectionAddr::TcpTls {
                insecure, tls_params, ..
            } => ConnectionAddr::TcpTls {
                host,
                port,
                insecure: *insecure,
                tls_params: tls_params.clone(),
            },
            _ => ConnectionAddr::Tcp(host, port),
        };
        Self(self.0.clone().set_addr(address))
    }

    /// Returns the node with another login.
    pub(super) fn with_login(&self, login: RedisConnectionInfo) -> Self {
        Self(self.0.clone().set_redis_settings(login))
    }

    /// Connects and logs in. Until the caller sets other timeouts, each reply on the connection may take as long as is
    /// left until the deadline.
    pub(super) fn connect(&self, deadline: Deadline) -> RedisResult<Connection> {
        let client = Client::open(self.0.clone())?;
        let connection = client.get_connection_with_timeout(deadline.left()?)?;
        connection.set_read_timeout(Some(deadline.left()?))?;
        connection.set_write_timeout(Some(deadline.left()?))?;
        Ok(connection)
    }

    /// Returns the host; empty for a socket.
    pub(super) fn host(&self) -> &str {
        match self.0.addr() {
            ConnectionAddr::Tcp(host, _) | ConnectionAddr::TcpTls { host, .. } => host,
            _ => "",
        }
    }

    /// Returns the address as it is written in a URL.
    pub(super) fn address(&self) -> String {
        match self.0.addr() {
            ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } if host.contains(':') => {
                format!("[{host}]:{port}")
            }
            address => address.to_string(),
        }
    }

    /// Returns the scheme of its URL.
    pub(super) fn scheme(&self) -> &'static str {
        match self.0.addr() {
            ConnectionAddr::TcpTls { .. } => "rediss",
            ConnectionAddr::Unix(_) => "redis+unix",
            _ => "redis",
        }
    }

    pub(super) fn location(&self) -> String {
        format!("{}://{}", self.scheme(), self.address())
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Shows nothing else, because the rest contains the password.
        f.write_str(&self.location())
    }
}
