#!/bin/sh
# The tutorial's three acts, as a user would type them: two Greeting instances, two Listen ones that share its events, and a
# web service before them. WEB_PORT is its port, where 4080 is not free.
# Everything that is shown is real output; the exit status is 0 only if every step gave what it should.
#
#     demo.sh            on the embedded default, where nothing is to be started
#     demo.sh FILE.yml   on the servers that FILE.yml names, such as examples/conf/cluster.yml
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
bin=$(cd "$BUILD/bin" && pwd)
out=$(cd "$BUILD" && pwd)/examples
export PATH="$bin:$PATH" PKG_CONFIG_PATH="$bin/../lib/pkgconfig"
[ $# -eq 0 ] || cluster=$(realpath "$1")
mkdir -p "$out"
cd "$root/examples"

# A cluster of our own, and none of the caller's settings.
unset LYMPH_CONFIG LYMPH_NODE_CONFIG LYMPH_VARS LYMPH_NODE_IP
XDG_RUNTIME_DIR=$(mktemp -d)
export XDG_RUNTIME_DIR LYMPH_PATH="$out"
if [ $# -gt 0 ]; then
    export LYMPH_NODE_CONFIG="$cluster" LYMPH_CONFIG="$cluster"
    echo "LYMPH_NODE_CONFIG=$1: every command below is the same on the embedded default"
fi

# The instances end and the folder goes however this script ends, also by kill -9: a keeper waits for the end of a pipe that
# only the script, and what it waits for, holds open.
instances=$XDG_RUNTIME_DIR/instances alive=$XDG_RUNTIME_DIR/alive
: >"$instances"
mkfifo "$alive"
exec 3<>"$alive"
keep() {
    trap '' INT TERM HUP
    exec 4<"$alive" 3>&-
    read -r _ <&4 || true
    for pid in $(cat "$instances"); do kill "$pid" 2>/dev/null || true; done
    for pid in $(cat "$instances"); do
        tries=0
        while [ $tries -lt 150 ] && kill -0 "$pid" 2>/dev/null; do
            tries=$((tries + 1))
            sleep 0.1
        done
        kill -9 "$pid" 2>/dev/null || true
    done
    rm -rf "$XDG_RUNTIME_DIR"
}
keep &
clean_up() {
    exec 3>&-
    wait
}
trap clean_up EXIT
trap 'exit 1' INT TERM HUP

fail() {
    echo "demo: $1" >&2
    exit 1
}

# show COMMAND: prints it as typed, runs it, and keeps what it printed in $output.
show() {
    printf '\n$ %s\n' "$1"
    output=$(eval "$1") || fail "'$1' failed"
    [ -z "$output" ] || printf '%s\n' "$output"
}

expect() {
    printf '%s\n' "$output" | grep -qF -- "$1" || fail "expected: $1"
}

# start NAME SERVICE: one instance, whose output goes to a file of that name.
start() {
    printf '\n$ lymph instance --config=conf/%s.yml &\n' "$2"
    lymph instance --config="conf/$2.yml" >"$XDG_RUNTIME_DIR/$1" 2>&1 3>&- &
    echo $! >>"$instances"
}

# until COMMAND: tries it for at most 10 seconds.
until_true() {
    tries=0
    until eval "$1"; do
        tries=$((tries + 1))
        [ $tries -lt 100 ] || fail "not within 10 seconds: $1"
        sleep 0.1
    done
}

lines() {
    cat "$XDG_RUNTIME_DIR/$1" | grep -cF -- "$2" || true
}

echo "== Act one: a service, two instances of it, and calls"
show 'lymphc --no-skeleton -o "$LYMPH_PATH" greeting/greeting.lymph'
show 'cc -shared -fPIC -Wall -Werror=incompatible-pointer-types -Wl,-z,defs -I"$LYMPH_PATH" -o "$LYMPH_PATH/greeting.so" greeting/greeting.c "$LYMPH_PATH/greeting.lymph.c" $(pkg-config --cflags --libs lymph)'
start greeting-1 greeting
start greeting-2 greeting
until_true 'lymph discover | grep -q "Greeting \[2\]"'
show 'lymph discover'
expect 'Greeting [2]'
show 'lymph inspect Greeting'
expect 'rpc Greeting.greet(name)'
expect 'Returns a greeting for a provided name.'
for i in 1 2 3 4; do
    show "lymph request Greeting.greet '{\"name\": \"Flynne\"}'"
    expect "'Hi, Flynne!'"
done
show 'lymph request -N 4 Greeting.greet '"'{\"name\": \"Wilf\"}'"
expect '(#req=4)'
printf '\nThe two instances have printed:\n'
for n in 1 2; do sed "s/^/  $n: /" "$XDG_RUNTIME_DIR/greeting-$n"; done
for n in 1 2; do
    [ "$(lines greeting-$n 'Saying hi to Wilf')" = 2 ] || fail "instance $n did not answer every second request of one client"
done

printf '\n== Act two: events\n'
show 'lymphc --no-skeleton -o "$LYMPH_PATH" -I greeting listen/listen.lymph'
show 'cc -shared -fPIC -Wall -Werror=incompatible-pointer-types -Wl,-z,defs -I"$LYMPH_PATH" -o "$LYMPH_PATH/listen.so" listen/listen.c "$LYMPH_PATH/listen.lymph.c" "$LYMPH_PATH/greeting.lymph.c" $(pkg-config --cflags --libs lymph)'
start listen-1 listen
start listen-2 listen
until_true 'lymph discover | grep -q "Listen \[2\]"'
show "lymph emit greeted '{\"name\": \"Flynne\"}'"
heard() { echo $(($(lines listen-1 "Somebody greeted $1") + $(lines listen-2 "Somebody greeted $1"))); }
until_true '[ "$(heard Flynne)" -ge 1 ]'
show "lymph request Greeting.greet '{\"name\": \"Lev\"}'"
expect "'Hi, Lev!'"
until_true '[ "$(heard Lev)" -ge 1 ]'
printf '\nThe two listeners have printed:\n'
for n in 1 2; do sed "s/^/  $n: /" "$XDG_RUNTIME_DIR/listen-$n"; done
[ "$(heard Flynne)" = 1 ] && [ "$(heard Lev)" = 1 ] || fail "an event is for exactly one instance of Listen"

printf '\n== Act three: a web service\n'
show 'lymphc --no-skeleton -o "$LYMPH_PATH" -I greeting web/web.lymph'
show 'cc -shared -fPIC -Wall -Werror=incompatible-pointer-types -Wl,-z,defs -I"$LYMPH_PATH" -o "$LYMPH_PATH/web.so" web/web.c "$LYMPH_PATH/web.lymph.c" "$LYMPH_PATH/greeting.lymph.c" $(pkg-config --cflags --libs lymph)'
web=${WEB_PORT:-4080}
if [ "$web" = 4080 ]; then
    start web-1 web
else
    printf '\n$ lymph instance --config=conf/web.yml &   (on port %s)\n' "$web"
    sed "s/4080/$web/" conf/web.yml >"$XDG_RUNTIME_DIR/web.yml"
    lymph instance --config="$XDG_RUNTIME_DIR/web.yml" >"$XDG_RUNTIME_DIR/web-1" 2>&1 3>&- &
    echo $! >>"$instances"
fi
until_true 'lymph discover | grep -q "Web \[1\]"'
show "curl -si 'http://localhost:$web/greet?name=Wendy'"
expect 'HTTP/1.1 200 OK'
expect 'Content-Type: text/plain; charset=utf-8'
expect 'X-Trace-Id: '
expect 'Hi, Wendy!'
until_true '[ "$(heard Wendy)" -ge 1 ]'
[ "$(heard Wendy)" = 1 ] || fail "an event is for exactly one instance of Listen"

printf '\n== A C program calls the service\n'
show 'cc -Wall -Werror=incompatible-pointer-types -Wl,-z,defs -I"$LYMPH_PATH" -o "$LYMPH_PATH/client" greeting/client.c "$LYMPH_PATH/greeting.lymph.c" $(pkg-config --cflags --libs lymph)'
show '"$LYMPH_PATH/client"'
expect 'Hi, Flynne!'

printf '\n== The end: SIGTERM, and every instance unregisters and leaves\n'
for pid in $(cat "$instances"); do kill "$pid"; done
for pid in $(cat "$instances"); do
    wait "$pid" || fail "an instance ended with status $?"
done
: >"$instances"
show 'lymph discover'
case $output in *Greeting* | *Listen* | *Web*) fail "an instance is still registered" ;; esac
printf '\nThe demo has worked.\n'
