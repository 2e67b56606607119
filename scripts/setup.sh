#!/bin/sh
# Installs what building tsaot needs and this machine lacks: LLVM's development files, a C and C++ compiler, Python 3.
#
# Installing is for Debian and Ubuntu (apt, through sudo unless root); elsewhere this only says what is missing. An LLVM that is there is taken,
# the newest of 22, 21, 20 and 19; otherwise the newest that the distribution has is installed. TSAOT_LLVM=19 asks for that one.
# Sourced, it sets `features` to the cargo options for that LLVM, and exports its prefix where cargo would find another one.

supported=${TSAOT_LLVM:-22 21 20 19}

fail() {
    echo "setup: $*" >&2
    exit 1
}

# The llvm-config of a version whose headers and shared library are there too.
llvm_config() {
    for config in "llvm-config-$1" "/usr/lib/llvm-$1/bin/llvm-config" llvm-config; do
        case "$("$config" --version 2>/dev/null)" in "$1".*) ;; *) continue ;; esac
        [ -e "$("$config" --includedir)/llvm-c/Core.h" ] || continue
        "$config" --link-shared --libs >/dev/null 2>&1 || continue
        command -v "$config"
        return
    done
    return 1
}

installed_llvm() {
    for version in $supported; do
        llvm_config "$version" >/dev/null && echo "$version" && return
    done
    return 1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "needs root, and there is no sudo, for: $*"
    fi
}

offered_llvm() {
    for version in $supported; do
        LC_ALL=C apt-cache policy "llvm-$version-dev" | grep -q 'Candidate: [0-9]' && echo "$version" && return
    done
    return 1
}

install_missing() {
    packages=
    command -v cc >/dev/null || packages="$packages gcc libc6-dev"
    command -v c++ >/dev/null || packages="$packages g++"
    command -v python3 >/dev/null || packages="$packages python3"
    installed_llvm >/dev/null && [ -z "$packages" ] && return
    command -v apt-get >/dev/null ||
        fail "please install LLVM (one of $supported) with its development files, a C and a C++ compiler, and Python 3"
    as_root apt-get update -q </dev/null >&2 || echo "setup: apt-get update failed, going on with the lists there are" >&2
    if ! installed_llvm >/dev/null; then
        newest=$(offered_llvm) || fail "this distribution has none of LLVM $supported"
        packages="$packages llvm-$newest-dev"
    fi
    # shellcheck disable=SC2086 # a list of packages
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 $packages </dev/null >&2
}

if ! command -v cargo >/dev/null; then
    [ -r "$HOME/.cargo/env" ] && . "$HOME/.cargo/env"
    command -v cargo >/dev/null || fail "no cargo: please install Rust first"
fi
install_missing
llvm=$(installed_llvm) || fail "no LLVM of $supported after the installation"

features=
[ "$llvm" = 22 ] || features="--no-default-features --features llvm$llvm"
# Cargo takes a plain `llvm-config` of this version or newer before the one with the version in its name.
plain=$(llvm-config --version 2>/dev/null | cut -d. -f1)
if [ "${plain:-0}" -gt "$llvm" ] || ! [ "$(llvm_config "$llvm")" = "$(command -v "llvm-config-$llvm")" ]; then
    prefix=$("$(llvm_config "$llvm")" --prefix)
    export "LLVM_SYS_${llvm}1_PREFIX=$prefix"
fi
echo "setup: ${prefix:+LLVM_SYS_${llvm}1_PREFIX=$prefix }cargo build --release $features" >&2
