//! Who is asking: the peer's address, and what a listed proxy says of the client behind it.

use axum::http::{HeaderMap, header::HeaderName};
use std::any::Any;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;

/// The address of the TCP peer; the accept loop puts it into the request's extensions.
#[derive(Debug, Clone, Copy)]
pub struct PeerAddr(pub SocketAddr);

/// As long as one of these is there, the connection is at work and not taken for an idle one; the accept loop puts it into
/// the request's extensions, for answers that last.
#[derive(Clone)]
pub struct InUse(pub Arc<dyn Any + Send + Sync>);

/// The client's address, after looking through listed proxies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientIp(pub IpAddr);

impl ClientIp {
    /// What limits count by: an IPv4 address, or an IPv6 /64 (one household has that many).
    pub fn source(self) -> String {
        match self.0 {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("{}/64", cut6(ip, 64)),
        }
    }
    /// What logs, sessions and traces keep: cut to /24 or /48.
    pub fn network(self) -> String {
        if self.0.is_loopback() {
            return "localhost".to_owned();
        }
        match self.0 {
            IpAddr::V4(ip) => {
                let [a, b, c, _] = ip.octets();
                format!("{}/24", Ipv4Addr::new(a, b, c, 0))
            }
            IpAddr::V6(ip) => format!("{}/48", cut6(ip, 48)),
        }
    }
}

fn cut6(ip: Ipv6Addr, bits: u32) -> Ipv6Addr {
    Ipv6Addr::from(u128::from(ip) & (u128::MAX << (128 - bits)))
}

/// A network such as `10.0.0.0/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    ip: IpAddr,
    bits: u32,
}

impl FromStr for Network {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (ip, bits) = text.split_once('/').map_or((text, None), |(ip, bits)| (ip, Some(bits)));
        let ip: IpAddr = ip.parse().map_err(|_| format!("`{text}` is not an address or network"))?;
        let most = if ip.is_ipv4() { 32 } else { 128 };
        let bits = bits
            .map_or(Ok(most), str::parse)
            .map_err(|_| format!("`{text}`: the part after / is not a number"))?;
        if bits > most { Err(format!("`{text}`: at most /{most}")) } else { Ok(Self { ip, bits }) }
    }
}

impl Network {
    /// Is this address in it?
    pub fn holds(&self, ip: IpAddr) -> bool {
        let same = |a: u128, b: u128, width: u32| self.bits == 0 || (a ^ b) >> (width - self.bits) == 0;
        match (self.ip, ip) {
            (IpAddr::V4(a), IpAddr::V4(b)) => same(u128::from(u32::from(a)), u128::from(u32::from(b)), 32),
            (IpAddr::V6(a), IpAddr::V6(b)) => same(u128::from(a), u128::from(b), 128),
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

static FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The client's address: the peer, or, while the hop before is a listed proxy, the last address of
/// `X-Forwarded-For` that is not one. A header from anybody else is not read.
pub fn client_ip(peer: IpAddr, headers: &HeaderMap, proxies: &[Network]) -> ClientIp {
    let listed = |ip: IpAddr| proxies.iter().any(|n| n.holds(ip));
    let mut ip = peer.to_canonical();
    if !listed(ip) {
        return ClientIp(ip);
    }
    let lines: Vec<&str> = headers.get_all(&FORWARDED_FOR).iter().filter_map(|v| v.to_str().ok()).collect();
    for hop in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        match hop.trim().parse::<IpAddr>() {
            Ok(next) => ip = next.to_canonical(),
            Err(_) => break,
        }
        if !listed(ip) {
            break;
        }
    }
    ClientIp(ip)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(peer: &str, xff: &str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(&FORWARDED_FOR, xff.parse().unwrap());
        client_ip(peer.parse().unwrap(), &headers, &["10.0.0.0/8".parse().unwrap()]).0.to_string()
    }

    #[test]
    fn only_a_listed_proxy_is_believed() {
        assert_eq!(from("203.0.113.9", "198.51.100.1"), "203.0.113.9");
        assert_eq!(from("10.1.1.1", "198.51.100.1"), "198.51.100.1");
        assert_eq!(from("10.1.1.1", "1.2.3.4, 198.51.100.1, 10.2.2.2"), "198.51.100.1");
        assert_eq!(from("10.1.1.1", "1.2.3.4, junk"), "10.1.1.1");
        assert_eq!(from("::ffff:10.1.1.1", "198.51.100.1"), "198.51.100.1");
    }

    #[test]
    fn addresses_are_cut() {
        assert_eq!(ClientIp("203.0.113.9".parse().unwrap()).network(), "203.0.113.0/24");
        let six = ClientIp("2001:db8:1:2:3::4".parse().unwrap());
        assert_eq!((six.network().as_str(), six.source().as_str()), ("2001:db8:1::/48", "2001:db8:1:2::/64"));
    }
}
