#!/usr/bin/env bash
# Rehearses Binder on this machine: a fresh clone and a fresh Python environment, built by binder/ for a user who is not
# root; then, without a network and behind a base URL, notebook 01 in Chromium. Prints the peak memory of all processes.
#
#   sudo bash scripts/rehearse-binder.sh         root is needed to become another user and to take the network away
#
# repo2docker does the same in an image: `pip install -r binder/requirements.txt`, `binder/postBuild`, `binder/start`.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
user=(setpriv --reuid=1000 --regid=1000 --clear-groups env -i HOME="$work/home" LANG=C.UTF-8)
# Where packages come from is the machine's business: its settings hold for the other user as well.
for name in $(compgen -e | grep -iE '^(pip|npm_config)_|_proxy$|^(SSL_CERT_FILE|NODE_EXTRA_CA_CERTS)$'); do
  user+=("$name=${!name}")
done
bin="$work/venv/bin:$(dirname "$(command -v node)"):/usr/local/bin:/usr/bin:/bin"

git clone --quiet --no-hardlinks "$root" "$work/home/repo"
for file in .npmrc .config/pip/pip.conf; do
  if [ -f "$HOME/$file" ]; then install -D -m 600 "$HOME/$file" "$work/home/$file"; fi
done
chmod 755 "$work"
chown -R 1000:1000 "$work/home"
mkdir "$work/venv" && chown 1000:1000 "$work/venv"
as_user() { (cd "$work/home/repo" && "${user[@]}" PATH="$bin" "$@"); }

as_user python3 -m venv "$work/venv"
as_user pip install --quiet --no-cache-dir -r binder/requirements.txt
as_user bash binder/postBuild

unshare --net bash -euo pipefail -c '
  root=$1 work=$2 bin=$3
  shift 3
  ip link set lo up
  cd "$work/home/repo"
  base=/user/student-rehearsal/
  "$@" PATH="$bin" bash binder/start jupyter lab --no-browser --ip=127.0.0.1 --port=8899 --IdentityProvider.token=rehearsal \
    --ServerApp.base_url="$base" --LabApp.expose_app_in_browser=True >"$work/lab.log" 2>&1 &
  lab=$!
  trap "kill $lab" EXIT
  cd "$root"
  node scripts/with-node.mjs --experimental-transform-types scripts/rehearse-binder-page.ts \
    "http://127.0.0.1:8899${base}lab/tree/notebooks/01-look-inside.ipynb?token=rehearsal" || { tail -n 30 "$work/lab.log"; exit 1; }
  peak=$(awk "/VmHWM/ { sum += \$2 } END { print int(sum / 1024) }" $(ps -o pid= -u 1000 | sed "s|.*|/proc/&/status|; s| ||g"))
  echo "peak memory of the server and its kernel: $peak MB"
  [ "$peak" -lt 2000 ]
' rehearsal "$root" "$work" "$bin" "${user[@]}"
