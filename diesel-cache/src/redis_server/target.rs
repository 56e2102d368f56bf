//! What a URL leads to: one node, sentinels, or a cluster.

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

    /// Returns the URL for display, without passwords.
    pub(super) fn location(&self) -> String {
        match self {
            Self::Node(node) => node.location(),
            Self::Sentinels(sentinels) => sentinels.location(),
            Self::Cluster(cluster) => cluster.location(),
        }
    }
}
