#!/usr/bin/env bash
# The engine beside another client of the same server, pair by pair, as a Markdown table of medians.
#
#   bench/compare.sh YARDSTICK [PAIRS] [SIZE]
#
# YARDSTICK is a folder with the programs 'server' and 'client' of a BidiReadObject yardstick: the server takes --port,
# --size and --interleave and prints 'listening …'; the client takes --endpoint, --object, --bucket, --range-size,
# --depth, --random, --passes and --seconds and prints one JSON line with bytes, seconds, ops_per_s and client_cpu_s.
# PAIRS: 3. SIZE: 1g. PORT in the environment: where the server listens, 8899.
#
# The server runs on processor 0 alone: left to the scheduler it moves about, and throughput has two modes. Which client
# goes first alternates. Run it on a machine that does nothing else.
set -euo pipefail

yardstick=$(cd "${1:?usage: compare.sh YARDSTICK [PAIRS] [SIZE]}" && pwd)
pairs=${2:-3}
object=size-${3:-1g}
endpoint=127.0.0.1:${PORT:-8899}
root=$(cd "$(dirname "$0")/.." && pwd)
scratch=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$scratch"' EXIT

dotnet build --configuration Release --verbosity quiet "$root/bench/ZonalStorage.Throughput" >&2
bench=$root/artifacts/bin/ZonalStorage.Throughput/release/ZonalStorage.Throughput.dll

serve() { # further options of the server
    if [ -n "$server" ]; then
        kill "$server"
        wait "$server" 2>/dev/null || true
    fi
    taskset --cpu-list 0 "$yardstick/server" --port "${endpoint##*:}" --size "${object#size-}" "$@" \
        >"$scratch/server" 2>&1 &
    server=$!
    for _ in $(seq 300); do
        if grep -q listening "$scratch/server"; then return; fi
        kill -0 "$server" 2>/dev/null || break
        sleep 0.1
    done
    cat "$scratch/server" >&2
    echo "The server does not listen." >&2
    exit 1
}

theirs() { "$yardstick/client" --endpoint "$endpoint" --bucket zonal-bucket --object "$object" "$@"; }
ours() { dotnet "$bench" read --endpoint "http://$endpoint" --object "$object" --connections 1 --streams 1 "$@"; }

# Runs pairs; the JSON lines go to files of their names. $1: options of the yardstick's client, $2: ours.
pairs_of() {
    rm -f "$scratch/theirs" "$scratch/ours"
    local pair who
    for pair in $(seq "$pairs"); do
        for who in $([ $((pair % 2)) -eq 1 ] && echo theirs ours || echo ours theirs); do
            # shellcheck disable=SC2086 # options are words
            if [ "$who" = theirs ]; then theirs $1 >>"$scratch/theirs"; else ours $2 >>"$scratch/ours"; fi
        done
    done
}

# Median over the runs in file $1 of expression $2 of the numbers n["KEY"] in a JSON line.
median() {
    awk '{
        split("", n)
        line = $0
        while (match(line, /"[a-zA-Z0-9_]+":[0-9.]+/)) {
            split(substr(line, RSTART, RLENGTH), pair, ":")
            n[substr(pair[1], 2, length(pair[1]) - 2)] = pair[2]
            line = substr(line, RSTART + RLENGTH)
        }
        printf "%.9f\n", '"$2"'
    }' "$scratch/$1" | sort -n |
        awk '{v[NR] = $1} END {print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2}'
}

row() { # case, measure, median of the yardstick, ours, decimals
    awk -v c="$1" -v m="$2" -v t="$3" -v o="$4" -v d="$5" \
        'BEGIN {printf "| %s | %s | %.*f | %.*f | %.2f |\n", c, m, d, t, d, o, o / t}'
}

stream_rows() { # case
    local rate='n["bytes"] / n["seconds"] / 2^30' gib='(n["bytes"] / 2^30)'
    row "$1" 'GiB/s' "$(median theirs "$rate")" "$(median ours "$rate")" 2
    row "$1" 'CPU-s/GiB' "$(median theirs "n[\"client_cpu_s\"] / $gib")" "$(median ours "n[\"cpu_s\"] / $gib")" 3
}

echo "Object $object, one connection, one stream, CRC checked; server on processor 0 of $(nproc)."
echo "Medians of $pairs pairs."
echo
echo '| case | measure | yardstick | ZonalStorage | ratio |'
echo '|---|---|--:|--:|--:|'

serve
pairs_of '--passes 6 --range-size 64m --depth 2' '--pattern whole --to memory --passes 6'
stream_rows 'whole object to memory'

pairs_of '--seconds 3 --random 1 --range-size 4096 --depth 1' '--pattern rand --io-size 4096 --depth 1 --seconds 3'
mean='1e6 / n["ops_per_s"]'
row '4 KiB reads one after another' 'mean, µs' "$(median theirs "$mean")" "$(median ours "$mean")" 1
printf '| 4 KiB reads one after another | p50, µs | | %.1f | |\n' "$(median ours 'n["p50_us"]')"

serve --interleave 1
pairs_of '--passes 6 --range-size 256m --depth 4' '--pattern whole --to memory --passes 6 --concurrency 4'
stream_rows 'four interleaved ranges'
