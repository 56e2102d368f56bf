//! TLS certificates, read from the files that a URL names.

use std::fs;

use ::redis::{Client, ClientTlsConfig, ConnectionInfo, TlsCertificates};
use rustls::crypto::{CryptoProvider, ring};

const CERTIFICATE: &str = "BEGIN CERTIFICATE";
const PRIVATE_KEY: &str = "PRIVATE KEY";

/// Adds certificates to the connection's settings: `ca` replaces the system's authorities, and `cert` and `key` are the
/// client's.
///
/// # Errors
///
/// If a file cannot be read, or has not the expected contents.
pub(super) fn certified(
    info: ConnectionInfo,
    ca: Option<&str>,
    cert: Option<&str>,
    key: Option<&str>,
) -> Result<ConnectionInfo, String> {
    choose_provider();
    let client_tls = match (cert, key) {
        (Some(cert), Some(key)) => Some(ClientTlsConfig {
            client_cert: read("cert", cert, CERTIFICATE)?,
            client_key: read("key", key, PRIVATE_KEY)?,
        }),
        (None, None) => None,
        _ => return Err("`cert` and `key` must be given together".to_owned()),
    };
    let root_cert = ca.map(|ca| read("ca", ca, CERTIFICATE)).transpose()?;
    let certificates = TlsCertificates { client_tls, root_cert };
    let client = Client::build_with_tls(info, certificates).map_err(|error| error.to_string())?;
    Ok(client.get_connection_info().clone())
}

/// Reads a file in PEM format, which must contain `part`.
fn read(name: &str, path: &str, part: &str) -> Result<Vec<u8>, String> {
    let found = fs::read(path).map_err(|error| format!("cannot read the file of `{name}`: {error}"))?;
    let has_part = found.windows(part.len()).any(|bytes| bytes == part.as_bytes());
    has_part
        .then_some(found)
        .ok_or_else(|| format!("the file of `{name}` has no `{part}` in PEM format"))
}

/// Chooses a cryptography provider, unless the process has chosen one. rustls panics if several providers are linked,
/// and none was chosen.
fn choose_provider() {
    if CryptoProvider::get_default().is_none() {
        // Fails if another thread has chosen one meanwhile.
        let _ = ring::default_provider().install_default();
    }
}
