//! Internet addresses, as numbers.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::represent::represent;

represent!(Ipv4Addr: "Ipv4Addr" as [u8; 4], |ip| ip.octets(), |octets| Some(octets.into()));
represent!(Ipv6Addr: "Ipv6Addr" as [u8; 16], |ip| ip.octets(), |octets| Some(octets.into()));

/// The lengths differ, so no tag is needed.
type Octets = Vec<u8>;

represent!(
    IpAddr: "IpAddr" as Octets,
    |ip| match ip {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    },
    |octets| match *octets {
        [a, b, c, d] => Some(IpAddr::from([a, b, c, d])),
        _ => Some(IpAddr::from(<[u8; 16]>::try_from(octets).ok()?)),
    },
);
