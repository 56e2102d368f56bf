//! Several nodes, each of which may know the way.

use std::sync::{Arc, Mutex, PoisonError};

use ::redis::{Connection, RedisError, RedisResult};

use super::deadline::Deadline;
use super::node::Node;

/// The nodes of a URL, and the one that was right the last time.
#[derive(Clone, Debug)]
pub(super) struct Candidates {
    nodes: Arc<[Node]>,
    last: Arc<Mutex<Option<Node>>>,
}

impl Candidates {
    pub(super) fn new(nodes: Vec<Node>) -> Self {
        Self {
            nodes: nodes.into(),
            last: Arc::default(),
        }
    }

    /// Tries the one that was right the last time, then the others. What `attempt` returns beside the connection is tried
    /// first from then on. Each but the last has half of the time that is left, so that nodes which do not answer leave
    /// some for others.
    ///
    /// # Errors
    ///
    /// If no attempt succeeds: with the error of one that has answered, if any has.
    pub(super) fn connect(
        &self,
        deadline: Deadline,
        attempt: impl Fn(&Node, Deadline) -> RedisResult<(Connection, Node)>,
    ) -> RedisResult<Connection> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let address = last.as_ref().map(Node::address);
        let others = self.nodes.iter().filter(|node| Some(node.address()) != address);
        let mut nodes = last.iter().chain(others).peekable();
        let mut failure: Option<RedisError> = None;
        while let Some(node) = nodes.next() {
            let deadline = match nodes.peek() {
                Some(_) => deadline.half(),
                None => deadline,
            };
            match attempt(node, deadline) {
                Ok((connection, right)) => {
                    *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(right);
                    return Ok(connection);
                }
                Err(error) if failure.as_ref().is_none_or(RedisError::is_io_error) => failure = Some(error),
                Err(_) => {}
            }
        }
        Err(failure.unwrap_or_else(|| std::io::Error::other("the URL names no node").into()))
    }

    /// Returns the nodes of the URL, as they stand there.
    pub(super) fn location(&self) -> String {
        self.nodes.iter().map(Node::address).collect::<Vec<_>>().join(",")
    }
}
