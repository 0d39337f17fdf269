//! Which addresses belong to the public internet.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether an address is ordinary public unicast, by the IANA special-purpose registries.
///
/// Loopback, private, link-local, shared (CGNAT), documentation, benchmarking, multicast, reserved and every
/// IPv6 form that carries an IPv4 address inside (mapped, compatible, NAT64, 6to4, Teredo) are not: the
/// carried address would pass where the plain one is refused.
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

/// A range of addresses in CIDR notation, such as `10.0.0.0/8`; a bare address is a range of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    prefix: u32,
}

/// A text is not a [`Network`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadNetwork {
    /// Not an address, or not a number after the slash.
    #[error("not an address or a range like 10.0.0.0/8")]
    Form,
    /// `10.1.0.0/8`: it is not clear which range is meant.
    #[error("bits are set behind the prefix")]
    HostBits,
}

impl Network {
    /// Parses `10.0.0.0/8`, `fd00::/8`, `192.0.2.1`.
    pub fn parse(text: &str) -> Result<Network, BadNetwork> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let first: IpAddr = address.parse().map_err(|_| BadNetwork::Form)?;
        let width = if first.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => {
                digits.parse().ok().filter(|p| *p <= width).ok_or(BadNetwork::Form)?
            }
            Some(_) => return Err(BadNetwork::Form),
            None => width,
        };
        let rest = match first {
            IpAddr::V4(ip) => ip.to_bits().checked_shl(prefix).unwrap_or(0) != 0,
            IpAddr::V6(ip) => ip.to_bits().checked_shl(prefix).unwrap_or(0) != 0,
        };
        if rest { Err(BadNetwork::HostBits) } else { Ok(Network { first, prefix }) }
    }

    /// Whether the address lies in the range. An IPv4 address that arrived on an IPv6 socket counts as itself.
    pub fn contains(&self, ip: IpAddr) -> bool {
        match (self.first, ip.to_canonical()) {
            (IpAddr::V4(first), IpAddr::V4(ip)) => same_prefix_v4(first.to_bits(), ip.to_bits(), self.prefix),
            (IpAddr::V6(first), IpAddr::V6(ip)) => same_prefix_v6(first.to_bits(), ip.to_bits(), self.prefix),
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.prefix)
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let bits = ip.to_bits();
    !NOT_PUBLIC_V4.iter().any(|&(net, len)| same_prefix_v4(bits, Ipv4Addr::from(net).to_bits(), len))
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let bits = ip.to_bits();
    // Only 2000::/3 is handed out as global unicast; mapped, NAT64, ULA, link-local and multicast lie outside.
    (bits >> 125) == 0b001
        && !NOT_PUBLIC_V6.iter().any(|&(net, len)| same_prefix_v6(bits, Ipv6Addr::from(net).to_bits(), len))
}

const NOT_PUBLIC_V4: &[([u8; 4], u32)] = &[
    ([0, 0, 0, 0], 8),       // this network
    ([10, 0, 0, 0], 8),      // private
    ([100, 64, 0, 0], 10),   // shared address space (CGNAT)
    ([127, 0, 0, 0], 8),     // loopback
    ([169, 254, 0, 0], 16),  // link-local, cloud metadata
    ([172, 16, 0, 0], 12),   // private
    ([192, 0, 0, 0], 24),    // IETF protocol assignments
    ([192, 0, 2, 0], 24),    // documentation
    ([192, 88, 99, 0], 24),  // 6to4 relay, withdrawn
    ([192, 168, 0, 0], 16),  // private
    ([198, 18, 0, 0], 15),   // benchmarking
    ([198, 51, 100, 0], 24), // documentation
    ([203, 0, 113, 0], 24),  // documentation
    ([224, 0, 0, 0], 4),     // multicast
    ([240, 0, 0, 0], 4),     // reserved, broadcast
];

const NOT_PUBLIC_V6: &[([u16; 8], u32)] = &[
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 23), // IETF protocol assignments: Teredo, ORCHID, benchmarking
    ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32), // documentation
    ([0x2002, 0, 0, 0, 0, 0, 0, 0], 16), // 6to4 carries an IPv4 address
    ([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20), // documentation
];

fn same_prefix_v4(a: u32, b: u32, len: u32) -> bool {
    (a ^ b).leading_zeros() >= len
}

fn same_prefix_v6(a: u128, b: u128, len: u32) -> bool {
    (a ^ b).leading_zeros() >= len
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_are_not_public_are_known() {
        for text in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.9.9.9",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::ffff:169.254.169.254",
            "64:ff9b::7f00:1",
            "64:ff9b::808:808",
            "64:ff9b:1::a00:1",
            "100::1",
            "2001::1",
            "2001:0:7f00:1::",
            "2001:db8::1",
            "2001:10::1",
            "2001:20::1",
            "2002:7f00:1::",
            "2002:a00:1::",
            "3fff::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "ff02::1",
            "5f00::1",
            "4000::1",
        ] {
            assert!(!is_public(text.parse().unwrap()), "{text} counts as public");
        }
    }

    #[test]
    fn networks_hold_their_own_addresses_only() {
        for (range, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.1"),
            ("10.0.0.0/8", "::ffff:10.0.0.1", "::ffff:11.0.0.1"),
            ("192.0.2.1", "192.0.2.1", "192.0.2.2"),
            ("0.0.0.0/0", "8.8.8.8", "2001:db8::1"),
            ("fd00::/8", "fd12::1", "fe80::1"),
            ("::1/128", "::1", "127.0.0.1"),
        ] {
            let network = Network::parse(range).unwrap();
            assert!(network.contains(inside.parse().unwrap()), "{range} {inside}");
            assert!(!network.contains(outside.parse().unwrap()), "{range} {outside}");
        }
        for text in ["", "10", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/", "a/8", "::/129"] {
            assert_eq!(Network::parse(text), Err(BadNetwork::Form), "{text}");
        }
        assert_eq!(Network::parse("10.1.0.0/8"), Err(BadNetwork::HostBits));
    }

    #[test]
    fn ordinary_public_addresses_pass() {
        for text in [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.1",
            "100.63.255.255",
            "100.128.0.1",
            "126.255.255.255",
            "128.0.0.1",
            "169.253.1.1",
            "172.15.255.255",
            "172.32.0.1",
            "192.0.1.1",
            "192.167.1.1",
            "198.17.0.1",
            "198.20.0.1",
            "203.0.114.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450:4001::1",
            "2001:4860:4860::8888",
            "2001:200::1",
            "2003::1",
        ] {
            assert!(is_public(text.parse().unwrap()), "{text} does not count as public");
        }
    }
}
