//! TLS with certificates, and a user with only those rights that the guide's page `machines` lists.

use diesel_cache_tests::{Certificates, RedisServer};

use super::{Place, losses, work};

fn server(certificates: &Certificates) -> RedisServer {
    let server = RedisServer::start_with_tls(certificates, "yes");
    let guide = include_str!("../../../../../diesel-cache/src/guide/machines.md");
    let permissions = guide.split_once("- **Permissions.**").unwrap().1;
    let permissions = permissions.split_once(".\n").unwrap().0;
    let words = permissions.split('`').skip(1).step_by(2);
    let commands = words.filter(|word| word.chars().all(|c| c.is_ascii_uppercase() || c == '|'));
    let mut user = [
        "ACL",
        "SETUSER",
        "app",
        "on",
        ">secret",
        "resetchannels",
        "~diesel-cache:1:*",
    ]
    .map(str::to_owned)
    .to_vec();
    user.push("&diesel-cache:1:*".to_owned());
    user.extend(commands.map(|command| format!("+{}", command.to_ascii_lowercase())));
    server.command(&user.iter().map(String::as_str).collect::<Vec<_>>());
    server
}

/// Files of certificates for a URL, such as `[("ca", "ca.pem")]`.
fn url(server: &RedisServer, login: &str, certificates: &Certificates, files: &[(&str, &str)]) -> String {
    let parameters: Vec<String> = files
        .iter()
        .map(|(name, file)| format!("{name}={}", certificates.file(file).display()))
        .collect();
    format!("rediss://{login}@{}?{}", server.address(), parameters.join("&"))
}

const ALL: [(&str, &str); 3] = [("ca", "ca.pem"), ("cert", "client.pem"), ("key", "client.key")];

#[test]
fn certificates_and_a_user() {
    let place = Place::new();
    let certificates = Certificates::new();
    let server = server(&certificates);
    let mut machines = place.settled(&url(&server, "app:secret", &certificates, &ALL));
    work(&mut machines, "person 01");
    let denied: Vec<redis::Value> = server.ask(&["ACL", "LOG"]).unwrap();
    assert!(denied.is_empty(), "{denied:?}");
}

#[test]
fn a_server_or_a_client_that_is_not_trusted() {
    let place = Place::new();
    let certificates = Certificates::new();
    let server = server(&certificates);
    let others = Certificates::new();
    let right = url(&server, "app:secret", &certificates, &ALL);
    let mut right = place.starting(&right, "right");
    right.serves();
    for (round, (url, said)) in [
        (url(&server, "app:secret", &others, &ALL), "invalid peer certificate"),
        // A server of TLS 1.3 says so after the handshake.
        (url(&server, "app:secret", &certificates, &ALL[..1]), ""),
        (
            url(&server, "app:guess", &certificates, &ALL),
            "the server rejects the user or the password",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let mut wrong = place.starting(&url, &format!("wrong {round}"));
        let lost = losses(&wrong);
        assert_eq!(lost.len(), 1, "once, and not again and again: {lost:?}");
        assert!(lost[0].contains(said) && !lost[0].contains("guess"), "{lost:?}");
        let name = format!("name {round}");
        right.rename(&name);
        for _ in 0..2 {
            wrong.statements.take();
            wrong.shows(&name);
            assert_eq!(wrong.statements.selects(), 5, "nothing is stored");
        }
        assert!(!wrong.is_serving());
        right.settle_all(&name);
    }
    work(&mut [right], "name 2");
}
