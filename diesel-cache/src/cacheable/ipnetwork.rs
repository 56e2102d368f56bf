//! Networks of the `ipnetwork` crate. The host bits are kept.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ::ipnetwork::{IpNetwork, Ipv4Network, Ipv6Network};

use super::represent::represent;

represent!(
    IpNetwork: "ipnetwork::IpNetwork" as (IpAddr, u8),
    |network| (network.ip(), network.prefix()),
    |(ip, prefix)| IpNetwork::new(ip, prefix).ok(),
);
represent!(
    Ipv4Network: "ipnetwork::Ipv4Network" as (Ipv4Addr, u8),
    |network| (network.ip(), network.prefix()),
    |(ip, prefix)| Ipv4Network::new(ip, prefix).ok(),
);
represent!(
    Ipv6Network: "ipnetwork::Ipv6Network" as (Ipv6Addr, u8),
    |network| (network.ip(), network.prefix()),
    |(ip, prefix)| Ipv6Network::new(ip, prefix).ok(),
);
