#!/usr/bin/env bash
# Lints openapi.yaml with Spectral and Redocly (a warning fails as an error does), makes types of it and compiles a client against them.
# Needs node 20.19 or later. Every check runs although an earlier one failed; the exit code is not 0 when any did.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1

export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true SCARF_ANALYTICS=false
document=../../openapi.yaml
failed=0

# No package needs its install script, so none runs.
if [ ! node_modules/.package-lock.json -nt package-lock.json ]; then
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error || exit 1
    touch node_modules/.package-lock.json
fi

generated=$(mktemp -d) || exit 1
trap 'rm -rf "$generated"' EXIT

check() {
    local name=$1 code=0
    shift
    "$@" || code=$?
    if [ "$code" -eq 0 ]; then echo "-- $name: clean"; else echo "-- $name: exit code $code"; failed=1; fi
    return "$code"
}

check spectral node_modules/.bin/spectral lint "$document" --ruleset .spectral.yaml --fail-severity hint
check redocly node_modules/.bin/redocly lint "$document" --config redocly-lint.yaml --format stylish
if check openapi-typescript node_modules/.bin/openapi-typescript "$document" --output "$generated/kpiapi.ts"; then
    cp client.ts "$generated/"
    check typescript node_modules/.bin/tsc --noEmit --strict --noUncheckedIndexedAccess --noUnusedLocals --target es2022 --lib es2022,dom,dom.iterable \
        --module esnext --moduleResolution bundler "$generated/client.ts"
fi

exit "$failed"
