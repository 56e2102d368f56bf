//! Certificates for TLS, made for one test.

use std::fs;
use std::path::PathBuf;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tempfile::TempDir;

/// A certificate authority (`ca.pem`), the certificates that it has signed (`server.pem` for 127.0.0.1, and
/// `client.pem`), and their keys.
#[derive(Debug)]
pub struct Certificates {
    directory: TempDir,
}

impl Certificates {
    /// Creates a new authority, and has it sign both certificates.
    pub fn new() -> Self {
        let made = Self {
            directory: TempDir::new().unwrap(),
        };
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.distinguished_name.push(DnType::CommonName, "an authority");
        let key = KeyPair::generate().unwrap();
        made.write("ca.pem", &authority.self_signed(&key).unwrap().pem());
        let issuer = Issuer::new(authority, key);
        for name in ["server", "client"] {
            let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
            params.distinguished_name.push(DnType::CommonName, name);
            let key = KeyPair::generate().unwrap();
            let signed = params.signed_by(&key, &issuer).unwrap();
            made.write(&format!("{name}.pem"), &signed.pem());
            made.write(&format!("{name}.key"), &key.serialize_pem());
        }
        made
    }

    /// Returns the path of a file.
    pub fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn write(&self, name: &str, pem: &str) {
        fs::write(self.file(name), pem).unwrap();
    }
}

impl Default for Certificates {
    fn default() -> Self {
        Self::new()
    }
}
