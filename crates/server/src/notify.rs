//! Telling systemd how we are (sd_notify): a datagram to the socket it names.

use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::path::Path;

use rustix::time::{ClockId, clock_gettime};

use crate::config::Surroundings;

/// Whoever supervises us, if anybody does.
#[derive(Debug)]
pub struct Supervisor {
    socket: Option<(UnixDatagram, SocketAddr)>,
}

impl Supervisor {
    /// Looks for a supervisor in the environment.
    pub fn of(world: &dyn Surroundings) -> Supervisor {
        let address = world.variable("NOTIFY_SOCKET").and_then(|name| match name.strip_prefix('@') {
            Some(name) => SocketAddr::from_abstract_name(Path::new(name).as_os_str().as_bytes()).ok(),
            None => SocketAddr::from_pathname(name).ok(),
        });
        Supervisor { socket: address.and_then(|address| Some((UnixDatagram::unbound().ok()?, address))) }
    }

    /// Requests are served.
    pub fn ready(&self) {
        self.say("READY=1");
    }

    /// The configuration is being read again.
    pub fn reloading(&self) {
        let now = clock_gettime(ClockId::Monotonic);
        let micros = now.tv_sec.saturating_mul(1_000_000).saturating_add(now.tv_nsec / 1_000);
        self.say(&format!("RELOADING=1\nMONOTONIC_USEC={micros}"));
    }

    /// Requests under way are being finished.
    pub fn stopping(&self) {
        self.say("STOPPING=1");
    }

    fn say(&self, text: &str) {
        if let Some((socket, address)) = &self.socket
            && let Err(error) = socket.send_to_addr(text.as_bytes(), address)
        {
            tracing::debug!(%error, "the supervisor does not listen");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Named(String);

    impl Surroundings for Named {
        fn variable(&self, name: &str) -> Option<String> {
            (name == "NOTIFY_SOCKET").then(|| self.0.clone())
        }
        fn overlay(&self) -> Vec<(String, String)> {
            Vec::new()
        }
        fn file(&self, _path: &Path) -> std::io::Result<String> {
            Err(std::io::ErrorKind::NotFound.into())
        }
    }

    #[test]
    fn systemd_hears_when_we_are_ready_and_when_we_reload() {
        let name = format!("countersign-notify-test-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(name.as_bytes()).unwrap();
        let heard = UnixDatagram::bind_addr(&address).unwrap();
        let supervisor = Supervisor::of(&Named(format!("@{name}")));
        supervisor.ready();
        supervisor.reloading();
        let mut buffer = [0; 128];
        let read = heard.recv(&mut buffer).unwrap();
        assert_eq!(&buffer[..read], b"READY=1");
        let read = heard.recv(&mut buffer).unwrap();
        assert!(buffer[..read].starts_with(b"RELOADING=1\nMONOTONIC_USEC="));
        Supervisor::of(&Named("/nowhere/at/all".to_owned())).ready();
    }
}
