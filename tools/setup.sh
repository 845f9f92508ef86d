#!/usr/bin/env bash
# Makes the environment that the Makefile's targets run in: system libraries, virtual environment, locked packages.
# Ends with one sentence naming what to install where it may not, or cannot, install it itself.
set -euo pipefail
venv=${1:-.venv}
python=${PYTHON:-python3}

install_or_ask() { # install_or_ask "why" package…
  local why=$1
  shift
  if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    apt-get update -qq || true # a foreign source that is down must not stop us
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
  else
    echo "genereport: $why; ask an administrator for: apt-get install $*" >&2
    exit 2
  fi
}

command -v "$python" >/dev/null || install_or_ask "Python 3.11 or newer is missing" python3 python3-venv
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  echo "genereport: $("$python" --version) is too old; install Python 3.11 or newer and call make PYTHON=python3.11" >&2
  exit 2
}
"$python" -c 'import ensurepip, venv' 2>/dev/null || install_or_ask "Python's venv module is missing" python3-venv

"$python" - <<'PY' || install_or_ask "WeasyPrint's system libraries are missing" libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0
import ctypes.util, sys
needed = ("pango-1.0", "pangoft2-1.0", "harfbuzz", "harfbuzz-subset", "fontconfig")
def present(name):
    try:
        ctypes.CDLL(ctypes.util.find_library(name) or f"lib{name}.so.0")
    except OSError:
        try:
            ctypes.CDLL(f"lib{name}.so.1")
        except OSError:
            return False
    return True
sys.exit(not all(map(present, needed)))
PY

[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --editable .
