//! Networks of the `ipnet` crate. The host bits are kept.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ::ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::represent::represent;

represent!(
    IpNet: "ipnet::IpNet" as (IpAddr, u8),
    |net| (net.addr(), net.prefix_len()),
    |(addr, prefix_len)| IpNet::new(addr, prefix_len).ok(),
);
represent!(
    Ipv4Net: "ipnet::Ipv4Net" as (Ipv4Addr, u8),
    |net| (net.addr(), net.prefix_len()),
    |(addr, prefix_len)| Ipv4Net::new(addr, prefix_len).ok(),
);
represent!(
    Ipv6Net: "ipnet::Ipv6Net" as (Ipv6Addr, u8),
    |net| (net.addr(), net.prefix_len()),
    |(addr, prefix_len)| Ipv6Net::new(addr, prefix_len).ok(),
);
