//! Where the server is: what a `postgres://` address says.

use std::env;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use postgres::Config;
use postgres::config::{Host, SslMode, TargetSessionAttrs};

use crate::ConnectError;

/// How long the network may take for one connection, unless the address says
/// otherwise by `connect_timeout`.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a connection may be silent before the system asks whether the
/// server is still there, and how long sent data may stay unconfirmed.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// The variable that libpq takes a password from.
const PASSWORD: &str = "PGPASSWORD";

/// An address that was understood.
#[derive(Clone)]
pub(crate) struct Address {
    pub(crate) config: Config,
    pub(crate) certificates: Certificates,
    /// For messages: without the password.
    pub(crate) name: String,
}

/// Which certificates are shown and asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Certificates {
    pub(crate) check: Check,
    pub(crate) roots: Roots,
    /// The client's own certificate and key.
    pub(crate) own: Option<(PathBuf, PathBuf)>,
}

/// What is checked of the server's certificate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Check {
    /// Nothing: encryption alone.
    #[default]
    Nothing,
    /// That one of the roots vouches for it.
    Authority,
    /// And that it is for the name that was asked for.
    Name,
}

/// Who may vouch for a server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Roots {
    /// Whom the system trusts.
    #[default]
    System,
    /// Those in a file.
    File(PathBuf),
}

impl Address {
    /// Reads an address, with the password of the environment if it has none.
    pub(crate) fn parse(text: &str) -> Result<Self, ConnectError> {
        let (rest, certificates, mode) = take_certificates(&normal(text)?)?;
        let mut config = Config::from_str(&rest).map_err(|error| ConnectError::Address {
            // Names the part at fault, never its value.
            problem: cause(&error),
        })?;
        let is_odd = |host: &Host| matches!(host, Host::Tcp(host) if host.contains('@'));
        let problem = if config.get_hosts().is_empty() {
            Some("it names no host")
        } else if config.get_hosts().iter().any(is_odd) {
            Some("a @ in a name or password is written as %40")
        } else {
            None
        };
        if let Some(problem) = problem {
            return Err(ConnectError::Address {
                problem: problem.to_owned(),
            });
        }
        if let Some(mode) = mode {
            config.ssl_mode(mode);
        }
        if config.get_password().is_none()
            && let Ok(password) = env::var(PASSWORD)
        {
            config.password(password);
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(KEEPALIVE);
        }
        if !rest.contains("keepalives_idle=") {
            config.keepalives_idle(KEEPALIVE);
        }
        if config.get_application_name().is_none() {
            config.application_name("media-store");
        }
        let name = name(&config);
        Ok(Self {
            config,
            certificates,
            name,
        })
    }

    /// Of several hosts, takes the one that takes writes.
    pub(crate) fn for_writing(mut self) -> Self {
        if self.has_several_hosts() {
            self.config
                .target_session_attrs(TargetSessionAttrs::ReadWrite);
        }
        self
    }

    pub(crate) fn has_several_hosts(&self) -> bool {
        self.config.get_hosts().len() > 1
    }
}

/// An address with its scheme as the driver knows it.
fn normal(text: &str) -> Result<String, ConnectError> {
    let text = text.trim();
    let known = |scheme: &str| ["postgres", "postgresql"].contains(&&*scheme.to_ascii_lowercase());
    match text.split_once("://") {
        Some((scheme, rest)) if known(scheme) => Ok(format!("postgres://{rest}")),
        _ => Err(ConnectError::Address {
            problem: "it does not begin with postgres://".to_owned(),
        }),
    }
}

/// An address without the password in it, to be handed to others.
///
/// ```
/// use media_postgres::without_password;
///
/// let address = "postgres://ada:secret@host/media?password=secret&sslmode=require";
/// assert_eq!(without_password(address), "postgres://ada@host/media?sslmode=require");
/// // Only what stands behind the @ can be a parameter.
/// assert_eq!(without_password("postgres://ada:se?cret@host/m"), "postgres://ada@host/m");
/// assert_eq!(without_password("postgres://host/m?pass%77ord=secret"), "postgres://host/m");
/// ```
#[must_use]
pub fn without_password(address: &str) -> String {
    let (base, query) = split_query(address);
    let mut shown = match base.split_once("://") {
        Some((scheme, rest)) => {
            let (user, host) = rest.rsplit_once('@').unwrap_or(("", rest));
            let user = user.split(':').next().unwrap_or_default();
            let at = if user.is_empty() { "" } else { "@" };
            format!("{scheme}://{user}{at}{host}")
        }
        None => base.to_owned(),
    };
    let is_password = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default();
        decode(name).is_ok_and(|name| name == "password")
    };
    let kept: Vec<_> = query
        .into_iter()
        .flat_map(|query| query.split('&'))
        .filter(|pair| !is_password(pair))
        .collect();
    if !kept.is_empty() {
        shown.push('?');
        shown.push_str(&kept.join("&"));
    }
    shown
}

/// The parameters of an address, and what stands before them. As the driver has
/// it, all up to the first `@` is a name and a password, which may have a `?`.
fn split_query(address: &str) -> (&str, Option<&str>) {
    let credentials = address.find('@').unwrap_or(0);
    match address[credentials..].find('?') {
        Some(at) => {
            let at = credentials + at;
            (&address[..at], Some(&address[at + 1..]))
        }
        None => (address, None),
    }
}

/// The address as it may be shown to anybody.
fn name(config: &Config) -> String {
    let mut name = String::from("postgres://");
    if let Some(user) = config.get_user() {
        name.push_str(user);
        name.push('@');
    }
    for (at, host) in config.get_hosts().iter().enumerate() {
        if at > 0 {
            name.push(',');
        }
        match host {
            Host::Tcp(host) if host.contains(':') => {
                // Writing to a string cannot fail.
                let _ = write!(name, "[{host}]");
            }
            Host::Tcp(host) => name.push_str(host),
            #[cfg(unix)]
            Host::Unix(folder) => {
                let _ = write!(name, "{}", folder.display());
            }
        }
        let ports = config.get_ports();
        if let Some(port) = ports.get(at).or(ports.first()) {
            let _ = write!(name, ":{port}");
        }
    }
    if let Some(database) = config.get_dbname() {
        name.push('/');
        name.push_str(database);
    }
    name
}

/// Takes out what the driver does not know: `sslrootcert`, `sslcert`, `sslkey`,
/// and the values of `sslmode` that check certificates. They mean what they
/// mean to libpq: <https://www.postgresql.org/docs/current/libpq-ssl.html>.
fn take_certificates(text: &str) -> Result<(String, Certificates, Option<SslMode>), ConnectError> {
    let mut certificates = Certificates::default();
    let mut mode = None;
    let (base, Some(query)) = split_query(text) else {
        return Ok((text.to_owned(), certificates, mode));
    };
    let (mut root, mut own, mut key) = (None, None, None);
    let mut kept = Vec::new();
    for pair in query.split('&') {
        match pair.split_once('=') {
            Some(("sslmode", "allow" | "prefer")) => mode = Some(SslMode::Prefer),
            Some(("sslmode", "verify-ca")) => {
                certificates.check = Check::Authority;
                mode = Some(SslMode::Require);
            }
            Some(("sslmode", "verify-full")) => {
                certificates.check = Check::Name;
                mode = Some(SslMode::Require);
            }
            Some(("sslrootcert", path)) => root = Some(decode(path)?),
            Some(("sslcert", path)) => own = Some(decode(path)?),
            Some(("sslkey", path)) => key = Some(decode(path)?),
            Some(("sslmode", value)) => {
                mode = match value {
                    "disable" => Some(SslMode::Disable),
                    "require" => Some(SslMode::Require),
                    _ => None,
                };
                kept.push(pair);
            }
            _ => kept.push(pair),
        }
    }
    match root.as_deref() {
        None => {}
        // As libpq has it: who names the system's means to check.
        Some("system") => {
            certificates.check = Check::Name;
            if mode != Some(SslMode::Disable) {
                mode = Some(SslMode::Require);
            }
        }
        Some(path) => {
            certificates.roots = Roots::File(path.into());
            if mode == Some(SslMode::Require) && certificates.check == Check::Nothing {
                certificates.check = Check::Authority;
            }
        }
    }
    if certificates.check == Check::Authority && certificates.roots == Roots::System {
        // Anybody can be vouched for by one of the system's authorities.
        certificates.check = Check::Name;
    }
    certificates.own = match (own, key) {
        (None, None) => None,
        (Some(own), Some(key)) => Some((own.into(), key.into())),
        _ => {
            return Err(ConnectError::Address {
                problem: "sslcert and sslkey belong together".to_owned(),
            });
        }
    };
    let mut rest = base.to_owned();
    if !kept.is_empty() {
        rest.push('?');
        rest.push_str(&kept.join("&"));
    }
    Ok((rest, certificates, mode))
}

/// The text of a value of an address.
fn decode(value: &str) -> Result<String, ConnectError> {
    let broken = || ConnectError::Address {
        problem: "a % in it is not followed by two hexadecimal digits of UTF-8".to_owned(),
    };
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'%' {
            let digits = [rest.next(), rest.next()].map(Option::unwrap_or_default);
            let digits = str::from_utf8(&digits).map_err(|_| broken())?;
            u8::from_str_radix(digits, 16).map_err(|_| broken())?
        } else {
            byte
        });
    }
    String::from_utf8(bytes).map_err(|_| broken())
}

fn cause(error: &postgres::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}
