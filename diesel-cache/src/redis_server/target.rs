//! What a URL leads to.

use ::redis::{Connection, RedisResult};

use super::cluster::Cluster;
use super::deadline::Deadline;
use super::node::Node;
use super::sentinel::Sentinels;

#[derive(Clone)]
pub(super) enum Target {
    Node(Node),
    Sentinels(Sentinels),
    Cluster(Cluster),
}

impl Target {
    /// Connects to the node that may write the keys with this hash tag.
    pub(super) fn connect(&self, tag: &str, deadline: Deadline) -> RedisResult<Connection> {
        match self {
            Self::Node(node) => node.connect(deadline),
            Self::Sentinels(sentinels) => sentinels.connect(deadline),
            Self::Cluster(cluster) => cluster.connect(tag, deadline),
        }
    }

    /// Returns a URL for people, without passwords.
    pub(super) fn location(&self) -> String {
        match self {
            Self::Node(node) => node.location(),
            Self::Sentinels(sentinels) => sentinels.location(),
            Self::Cluster(cluster) => cluster.location(),
        }
    }
}
