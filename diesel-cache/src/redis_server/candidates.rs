//! The nodes that a URL names: sentinels, or nodes of a cluster. Any of them may lead to the right node.

use std::sync::{Arc, Mutex, PoisonError};

use ::redis::{Connection, RedisError, RedisResult};

use super::deadline::Deadline;
use super::node::Node;

/// The nodes of a URL, and the node to try first.
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

    /// Calls `attempt` with one node after the other, until one succeeds. The node that `attempt` returned the last
    /// time comes first. Each node but the last gets half of the time that is left, so that nodes which do not answer
    /// leave time for the others.
    ///
    /// # Errors
    ///
    /// If no attempt succeeds. If a node has answered, the error is its answer.
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

    /// Returns the nodes as they are written in the URL.
    pub(super) fn location(&self) -> String {
        self.nodes.iter().map(Node::address).collect::<Vec<_>>().join(",")
    }
}
