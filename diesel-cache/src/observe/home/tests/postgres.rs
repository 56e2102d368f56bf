//! URLs, the environment and service files of PostgreSQL.

use super::*;

#[test]
fn postgres_urls_of_one_database() {
    one(&[
        "postgres://ada@db.example/shop",
        "postgresql://ada@db.example/shop",
        "postgres://ada:secret@db.example/shop",
        "postgres://ada:s%3Aec%40ret@db.example/shop",
        "postgres://%61da@DB.Example:5432/s%68op",
        "postgres://ada@db.example/shop?password=secret&passfile=/x",
        "postgres://ada@db.example/shop?application_name=a&connect_timeout=3&keepalives=0&keepalives_idle=1",
        "postgres://ada@db.example/shop?sslmode=require&channel_binding=prefer&load_balance_hosts=random",
        "postgres://ada@db.example/shop?sslrootcert=/a&sslcert=/b&sslkey=/c&gssencmode=disable&requirepeer=x",
        "postgres://ada@db.example/shop?target_session_attrs=any",
        "postgres://ada@db.example/shop?options=",
        "postgres://ada@db.example/shop?options=-c%20application_name%3Dx%20--statement_timeout=5s",
        "postgres://ada@db.example/?dbname=shop",
        "postgres://db.example/shop?user=ada",
        "postgres:///shop?user=ada&host=db.example&port=5432",
        "host=db.example user=ada dbname=shop",
        "  dbname = 'shop'  user=ada\thost=db.example port=5432 ",
        r"host=d\b.example user='a\da' dbname=shop password='it\'s \\' connect_timeout=1",
        "host=ignored.example hostaddr='' user=ada dbname=shop host=db.example"
            .split_once(' ')
            .unwrap()
            .1,
    ]);
    one(&[
        "postgres://ada@db/",
        "postgres://ada@db",
        "postgres://ada@db/ada",
        "user=ada host=db dbname=''",
    ]);
    one(&[
        "postgres://ada@%2Frun%2Fpg/x",
        "postgres://ada@/x?host=/run/pg",
        "postgresql:///x?host=%2Frun%2Fpg&user=ada",
    ]);
    one(&[
        "postgres://a@[::1]/x",
        "postgres://a@[0:0:0:0:0:0:0:1]:5432/x",
        "host=::1 user=a dbname=x",
    ]);
    one(&[
        "postgres://a@b,c:5433/x",
        "postgres://a@b:5432,c:5433/x",
        "host=b,c port=,5433 user=a dbname=x",
    ]);
    one(&["host=a,b port=7 user=u dbname=d", "host=a,b port=7,7 user=u dbname=d"]);
    one(&[
        "host=name hostaddr=10.0.0.1 user=u dbname=d",
        "hostaddr=10.0.0.1 user=u dbname=d",
        "host=10.0.0.1 user=u dbname=d",
    ]);
    one(&[
        "postgres://u@h/d?options=-c%20search_path%3Da",
        "postgres://u@h/d?options=--search_path=a",
        "postgres://u@h/d?options=--search-path%3Da",
        "postgres://u@h/d?options=-csearch_path=a",
        "postgres://u@h/d?options=-c%20search_path%3Db%20-c%20Search_Path%3Da",
        "host=h user=u dbname=d options='-c search_path=a  -c statement_timeout=1'",
    ]);
    one(&["postgres://h/d", "postgres://h:5432/d"]);
}

#[test]
fn postgres_urls_of_several_databases() {
    several(&[
        "postgres://ada@db/shop",
        "postgres://ada@db/other",
        "postgres://ada@db/SHOP",
        "postgres://bob@db/shop",
        "postgres://db/shop",
        "postgres://ada@other/shop",
        "postgres://ada@db:5433/shop",
        "postgres://ada@db,other/shop",
        "postgres://ada@other,db/shop",
        "postgres://ada@%2Fdb/shop",
        "postgres://ada@db/shop?target_session_attrs=read-write",
        "postgres://ada@db/shop?target_session_attrs=read-only",
        "postgres://ada@db/shop?client_encoding=latin1",
        "postgres://ada@db/shop?replication=database",
        "postgres://ada@db/shop?not_known_to_anybody=1",
        "postgres://ada@db/shop?not_known_to_anybody=2",
        "postgres://ada@db/shop?options=--search_path=one",
        "postgres://ada@db/shop?options=--search_path=two",
        "postgres://ada@db/shop?options=--search_path=one%20--role=x",
        "postgres://ada@db/shop?options=--search_path=o\\%20ne",
        "postgres://ada@db/shop?options=-B%20100",
        "postgres://ada@db/shop?options=-c%20app.tenant%3D1",
        "postgres://ada@db/shop?hostaddr=10.0.0.1",
    ]);
    // A part of one looks like a part of another.
    several(&[
        "postgres://a@b/c?options=--x=1",
        "postgres://a@b/c?options=--x=1%20-c%20y=2",
        "postgres://a@b/c?x=1",
    ]);
    several(&["user=a dbname='b c'", "user=a dbname=b options=c", "user='a dbname=b'"]);
}

#[test]
fn what_libpq_takes_from_its_environment() {
    let url = "postgres://h/d";
    let plain = home(url, Client::Blocking, &[]);
    for variable in [
        "PGUSER",
        "PGOPTIONS",
        "PGHOSTADDR",
        "PGTZ",
        "PGDATESTYLE",
        "PGCLIENTENCODING",
        "PGTARGETSESSIONATTRS",
    ] {
        let value = match variable {
            "PGOPTIONS" => "-c search_path=x",
            "PGHOSTADDR" => "10.0.0.1",
            _ => "x",
        };
        let vars = [(variable, value)];
        assert_ne!(home(url, Client::Blocking, &vars), plain, "{variable}");
        assert_eq!(
            home(url, Client::Async, &vars),
            plain,
            "tokio-postgres does not read {variable}"
        );
    }
    for vars in [
        [("PGHOST", "other")],
        [("PGDATABASE", "other")],
        [("PGPASSWORD", "secret")],
        [("PGAPPNAME", "x")],
        [("PGSSLMODE", "require")],
        [("PGCONNECT_TIMEOUT", "1")],
        [("PGOPTIONS", "-c application_name=x")],
    ] {
        assert_eq!(home(url, Client::Blocking, &vars), plain, "{vars:?}");
    }
    let said = "postgres://ada@db/shop?options=--search_path=a";
    for empty in ["postgres://", "postgresql://?", "password=secret"] {
        let vars = [
            ("PGHOST", "db"),
            ("PGPORT", "5432"),
            ("PGUSER", "ada"),
            ("PGDATABASE", "shop"),
            ("PGOPTIONS", "--search_path=a"),
        ];
        assert_eq!(
            home(empty, Client::Blocking, &vars),
            home(said, Client::Blocking, &[]),
            "{empty}"
        );
        for (place, _) in vars.iter().enumerate() {
            let mut other = vars;
            other[place].1 = if vars[place].0 == "PGPORT" { "7" } else { "other" };
            assert_ne!(
                home(empty, Client::Blocking, &other),
                home(empty, Client::Blocking, &vars),
                "{other:?}"
            );
        }
    }
}

#[test]
fn services_are_looked_up() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("services");
    let (path, home_directory) = (file.to_str().unwrap(), directory.path().to_str().unwrap());
    fs::write(
        &file,
        "# all\n[other]\nhost=x\n\n[shop]\nhost=db\ndbname=shop\nuser=ada\n# more\nport=5432\n[last]\n",
    )
    .unwrap();
    fs::copy(&file, directory.path().join("pg_service.conf")).unwrap();
    fs::copy(&file, directory.path().join(".pg_service.conf")).unwrap();
    let said = home("postgres://ada@db/shop", Client::Blocking, &[]);
    for vars in [
        ("PGSERVICEFILE", path),
        ("PGSYSCONFDIR", home_directory),
        ("HOME", home_directory),
    ] {
        assert_eq!(home("service=shop", Client::Blocking, &[vars]), said, "{vars:?}");
        assert_eq!(
            home("postgres://?service=shop", Client::Blocking, &[vars, ("PGHOST", "no")]),
            said
        );
        assert_eq!(
            home("postgres://", Client::Blocking, &[vars, ("PGSERVICE", "shop")]),
            said
        );
        assert_ne!(home("dbname=x service=shop", Client::Blocking, &[vars]), said);
        assert!(home("service=missing", Client::Blocking, &[vars]).starts_with('?'));
        assert!(!home("service=last user=a", Client::Blocking, &[vars]).starts_with('?'));
    }
    assert!(
        home("service=shop", Client::Blocking, &[]).starts_with('?'),
        "there is no file"
    );
    fs::write(&file, "[shop]\nldap://x/y\n").unwrap();
    let vars = [("PGSERVICEFILE", path)];
    assert!(home("service=shop", Client::Blocking, &vars).starts_with('?'));
}
