#!/bin/sh
# Installs the Debian packages that are missing; with "check" those of the test suite too. Does nothing where all are there.
set -eu

build="gcc make pkg-config flex bison libevent-dev libmsgpack-dev libzmq3-dev libzookeeper-mt-dev librabbitmq-dev libyaml-dev
    libboost-context-dev libsqlite3-dev libssl-dev curl"
check="g++ cmake clang clang-format clang-tidy cppcheck libcmocka-dev libjansson-dev zookeeper rabbitmq-server python3 python3-zmq python3-msgpack python3-kazoo python3-kombu iproute2"

wanted=$build
[ "${1:-}" = check ] && wanted="$build $check"

missing=
for package in $wanted; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing="$missing $package"
done
[ -z "$missing" ] && exit 0

sudo=
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || { echo "missing packages:$missing; install them as root, or install sudo" >&2; exit 1; }
    sudo=sudo
fi
echo "installing$missing"
# Debian would start servers behind its back: tests start their own, on free ports.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' | $sudo tee $policy >/dev/null
    $sudo chmod 755 $policy
    trap '$sudo rm -f $policy' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
if ! { $sudo apt-get update && $sudo apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1; then
    cat "$log" >&2
    echo "these packages could not be installed:$missing" >&2
    exit 1
fi
rm -f "$log"
