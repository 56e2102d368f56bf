# Installs and starts what bin/test needs. bin/test sources this file.
#
# Each server is looked for in this order: the URL in the environment; a local server that lets
# the usual superuser in without a password; a local server with the role below. Where a local server
# admits neither, as after a fresh installation, this script creates the role.

readonly TEST_ROLE=diesel_cache_test # its password and its database are called the same

die() {
    printf 'bin/test: %s\n' "$@" >&2
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

note() { printf '%-9s %s\n' setup "$1"; }

# Runs a command as another user, without ever asking for a password.
as() {
    local user=$1
    shift
    if [[ $user == "$(id -un)" ]]; then
        "$@"
    elif [[ $EUID -eq 0 ]]; then
        runuser -u "$user" -- "$@"
    elif have sudo; then
        sudo -n -u "$user" -- "$@"
    else
        echo "bin/test: root or sudo is needed for: $*" >&2
        return 1
    fi
}

# Succeeds if a process listens on this local port.
listening() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Starts a service of this machine, and waits until it listens. The exit status of the start script
# does not count: some scripts wait for more than that, and give up early.
start() {
    local service=$1 port=$2 output seconds
    note "starting $service"
    output=$(as root service "$service" start 2>&1) || true
    for ((seconds = 0; seconds < 60; seconds++)); do
        ! listening "$port" || return 0
        sleep 1
    done
    die "cannot start $service: nothing listens on 127.0.0.1:$port" "$output"
}

setup_toolchain() {
    have cargo || [[ ! -f $HOME/.cargo/env ]] || source "$HOME/.cargo/env"
    have cargo || die "there is no Rust toolchain; install one, then run bin/test again:" \
        "  curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y"
    cargo fmt --version >/dev/null 2>&1 || die "rustfmt is missing: rustup component add rustfmt"
    cargo clippy --version >/dev/null 2>&1 || die "clippy is missing: rustup component add clippy"
}

# Installs the Debian packages that are missing.
setup_packages() {
    local missing=()
    have cc || missing+=(build-essential)
    have pkg-config || missing+=(pkg-config)
    pkg-config --exists libpq 2>/dev/null || missing+=(libpq-dev)
    pkg-config --exists mysqlclient 2>/dev/null || missing+=(libmariadb-dev libmariadb-dev-compat)
    if wanted test || wanted setup; then
        have psql || missing+=(postgresql-client)
        have mariadb || missing+=(mariadb-client)
        have redis-cli || missing+=(redis-tools)
        server_is_there "${PG_DATABASE_URL:-}" 5432 pg_ctlcluster || missing+=(postgresql)
        server_is_there "${MYSQL_DATABASE_URL:-}" 3306 mariadbd || missing+=(mariadb-server)
        have redis-server || missing+=(redis-server) # tests start some of their own
    fi
    [[ ${#missing[@]} -gt 0 ]] || return 0

    have apt-get || die "these packages (Debian's names) are missing: ${missing[*]}"
    note "installing ${missing[*]}"
    as root apt-get update -qq || die "cannot update the list of packages"
    as root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -qq --yes --no-install-recommends "${missing[@]}" >/dev/null ||
        die "cannot install ${missing[*]}"
}

# Is there a URL for it, or is it running, or installed?
server_is_there() { [[ -n $1 ]] || listening "$2" || have "$3" || [[ -x /usr/sbin/$3 ]]; }

# --- PostgreSQL ----------------------------------------------------------------------------------

setup_postgres() {
    if [[ -n ${PG_DATABASE_URL:-} ]]; then
        pg "$PG_DATABASE_URL" "SELECT 1" >/dev/null || die "cannot reach PostgreSQL at PG_DATABASE_URL"
        return
    fi

    local host=127.0.0.1:5432 login=postgres database=test
    listening 5432 || start postgresql 5432
    if ! pg "postgres://$login@$host/postgres" "SELECT 1" >/dev/null 2>&1; then
        login=$TEST_ROLE:$TEST_ROLE
        database=$TEST_ROLE
        pg "postgres://$login@$host/postgres" "SELECT 1" >/dev/null 2>&1 || pg_create_role
    fi

    local server=postgres://$login@$host
    if [[ $(pg "$server/postgres" "SELECT 1 FROM pg_database WHERE datname = '$database'") != 1 ]]; then
        pg "$server/postgres" "CREATE DATABASE $database" || die "cannot create database $database on $host"
    fi
    export PG_DATABASE_URL=$server/$database
    pg "$PG_DATABASE_URL" "SELECT 1" >/dev/null || die "cannot use PostgreSQL at $host: set PG_DATABASE_URL"
}

# One statement, on one URL.
pg() { PGCONNECT_TIMEOUT=10 psql -X -w -A -t -q -v ON_ERROR_STOP=1 -d "$1" -c "$2"; }

pg_create_role() {
    note "creating role $TEST_ROLE on the local PostgreSQL"
    as postgres psql -X -w -q -v ON_ERROR_STOP=1 -d postgres \
        -c "CREATE ROLE $TEST_ROLE LOGIN CREATEDB PASSWORD '$TEST_ROLE'" ||
        die "PostgreSQL at 127.0.0.1:5432 admits neither postgres nor $TEST_ROLE: set PG_DATABASE_URL"
}

# --- MariaDB -------------------------------------------------------------------------------------

setup_mariadb() {
    if [[ -n ${MYSQL_DATABASE_URL:-} ]]; then
        mysql_at "$MYSQL_DATABASE_URL" "SELECT 1" >/dev/null || die "cannot reach MariaDB at MYSQL_DATABASE_URL"
        return
    fi

    local host=127.0.0.1:3306 login=root database=test
    listening 3306 || start mariadb 3306
    if ! mysql_at "mysql://$login@$host/" "SELECT 1" >/dev/null 2>&1; then
        login=$TEST_ROLE:$TEST_ROLE
        database=$TEST_ROLE
        mysql_at "mysql://$login@$host/" "SELECT 1" >/dev/null 2>&1 || mariadb_create_role
    fi

    local server=mysql://$login@$host
    mysql_at "$server/" "CREATE DATABASE IF NOT EXISTS $database" || die "cannot create database $database on $host"
    export MYSQL_DATABASE_URL=$server/$database
    mysql_at "$MYSQL_DATABASE_URL" "SELECT 1" >/dev/null || die "cannot use MariaDB at $host: set MYSQL_DATABASE_URL"
}

# One statement, on one URL: MariaDB's client takes none, so it is taken apart.
mysql_at() {
    local pattern='^mysql://(([^:@/]*)(:([^@/]*))?@)?([^:/]*)(:([0-9]+))?(/([^?]*))?(\?.*)?$'
    [[ $1 =~ $pattern ]] || die "MYSQL_DATABASE_URL is not of the form mysql://user:password@host:port/database"
    local user=${BASH_REMATCH[2]} password=${BASH_REMATCH[4]} host=${BASH_REMATCH[5]}
    local port=${BASH_REMATCH[7]:-3306} database=${BASH_REMATCH[9]}
    MYSQL_PWD=$(percent_decode "$password") mariadb --no-defaults --batch --skip-column-names \
        --connect-timeout=10 --host="$host" --port="$port" --user="$(percent_decode "${user:-root}")" \
        --execute="$2" ${database:+"$database"}
}

percent_decode() {
    local text=${1//\\/\\\\}
    printf '%b' "${text//%/\\x}"
}

mariadb_create_role() {
    note "creating user $TEST_ROLE on the local MariaDB"
    local host statements=""
    for host in localhost 127.0.0.1; do
        statements+="CREATE USER IF NOT EXISTS '$TEST_ROLE'@'$host' IDENTIFIED BY '$TEST_ROLE';"
        statements+="GRANT ALL ON \`${TEST_ROLE//_/\\_}%\`.* TO '$TEST_ROLE'@'$host';"
    done
    as root mariadb --execute="$statements" ||
        die "MariaDB at 127.0.0.1:3306 admits neither root nor $TEST_ROLE: set MYSQL_DATABASE_URL"
}

# --- Redis ---------------------------------------------------------------------------------------

setup_redis() {
    if [[ -z ${REDIS_URL:-} ]]; then
        listening 6379 || start redis-server 6379
        export REDIS_URL=redis://127.0.0.1:6379
    fi
    [[ $(redis-cli -u "$REDIS_URL" ping 2>&1) == PONG ]] || die "cannot reach Redis: set REDIS_URL"
}
