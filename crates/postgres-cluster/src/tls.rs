//! Certificates for a server that speaks TLS.

use std::io::Write;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};

use crate::folder::Folder;
use crate::{Error, system};

/// The certificates by which clients can, or cannot, verify a server.
///
/// Its own is for the name `localhost` and nothing else, so that connecting to 127.0.0.1 meets a
/// wrong name.
#[derive(Debug)]
pub struct Tls {
    ca: PathBuf,
    unrelated_ca: PathBuf,
}

impl Tls {
    /// The PEM file of the authority that signed the server's certificate.
    #[must_use]
    pub fn ca(&self) -> &Path {
        &self.ca
    }

    /// The PEM file of an authority that did not.
    #[must_use]
    pub fn unrelated_ca(&self) -> &Path {
        &self.unrelated_ca
    }

    /// The files of a data folder: `pg_basebackup` takes them along.
    pub(crate) fn of(data: &Path) -> Self {
        Self {
            ca: data.join("ca.crt"),
            unrelated_ca: data.join("unrelated-ca.crt"),
        }
    }

    /// Makes new ones where the server looks for its own by default.
    pub(crate) fn make(folder: &Folder) -> Result<Self, Error> {
        let files = files().map_err(|error| Error::Certificate {
            source: Box::new(error),
        })?;
        for (name, text) in files {
            let path = folder.data().join(name);
            system::new_private_file(&path)
                .and_then(|mut file| file.write_all(text.as_bytes()))
                .and_then(|()| folder.user().own(&path))
                .map_err(Error::file("write", &path))?;
        }
        Ok(Self::of(folder.data()))
    }
}

fn files() -> Result<[(&'static str, String); 4], rcgen::Error> {
    let (certificate, issuer) = authority("the authority of a test")?;
    let (unrelated, _) = authority("another authority")?;
    let key = KeyPair::generate()?;
    let server = CertificateParams::new(["localhost".to_owned()])?.signed_by(&key, &issuer)?;
    Ok([
        ("ca.crt", certificate),
        ("unrelated-ca.crt", unrelated),
        ("server.crt", server.pem()),
        ("server.key", key.serialize_pem()),
    ])
}

fn authority(name: &str) -> Result<(String, Issuer<'static, KeyPair>), rcgen::Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?.pem();
    Ok((certificate, Issuer::new(params, key)))
}
