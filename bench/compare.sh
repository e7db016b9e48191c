#!/usr/bin/env bash
# Compares this client with another one of the same protocol, side by side on the same server, as pairs in one run.
#   bench/compare.sh DIR [PAIRS]
# DIR holds two programs: 'server --port P --size 1g [--interleave 1]' (prints a line when it listens) and
# 'client --endpoint HOST:PORT --object size-1g …' (prints one line of JSON with MB_per_s, client_cpu_s_per_GiB, ops_per_s).
# The server is pinned to the first processor: otherwise the scheduler makes throughput bimodal. Prints a Markdown table.
set -euo pipefail
dir=${1:?usage: bench/compare.sh DIR [PAIRS]} pairs=${2:-5} port=${PORT:-8897}
cd "$(dirname "$0")/.."
dotnet build -c Release -v quiet bench/ZonalStorage.Throughput >/dev/null
ours() { dotnet artifacts/bin/ZonalStorage.Throughput/release/ZonalStorage.Throughput.dll read \
    --endpoint "127.0.0.1:$port" --bucket bench --object size-1g --connections 1 "$@"; }
theirs() { "$dir/client" --endpoint "127.0.0.1:$port" --object size-1g "$@"; }

server=
stop() { [ -z "$server" ] || { kill "$server"; wait "$server" 2>/dev/null || true; }; server=; }
trap stop EXIT
start() {
    stop
    coproc SERVER { exec taskset -a -c 0 "$dir/server" --port "$port" --size 1g "$@"; }
    server=$SERVER_PID
    read -r _ <&"${SERVER[0]}"
}

# Median of a field of JSON lines.
median() { grep -o "\"$2\":[0-9.e+]*" "$1" | cut -d: -f2 | sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
row() { awk -v n="$1" -v a="$2" -v b="$3" -v u="$4" 'BEGIN { printf "| %s | %.4g %s | %.4g %s | %.2f |\n", n, a, u, b, u, a / b }'; }

out=$(mktemp -d)
trap 'stop; rm -rf "$out"' EXIT
bulk() { # title, arguments of ours, arguments of theirs
    for _ in $(seq "$pairs"); do
        ours $2 >>"$out/$1.ours"
        theirs $3 >>"$out/$1.theirs"
    done
    row "$1: throughput" "$(median "$out/$1.ours" bytes_per_s | awk '{ print $1 / 1e6 }')" "$(median "$out/$1.theirs" MB_per_s)" MB/s
    row "$1: client CPU" "$(median "$out/$1.ours" cpu_s_per_gib)" "$(median "$out/$1.theirs" client_cpu_s_per_GiB)" s/GiB
}

echo "Medians of $pairs pairs, $(date -u +%F), $(nproc) processors, server pinned to one."
echo
echo "| case | ours | theirs | ratio |"
echo "|---|---|---|---|"
start
bulk "whole, one connection" "--pattern whole --passes 3" "--passes 3"
for _ in $(seq "$pairs"); do
    ours --pattern rand --io-size 4k --seconds 2 >>"$out/small.ours"
    theirs --range-size 4k --depth 1 --random 1 --seconds 2 >>"$out/small.theirs"
done
row "4 KiB one after another: mean latency" "$(median "$out/small.ours" mean_us)" \
    "$(median "$out/small.theirs" ops_per_s | awk '{ print 1e6 / $1 }')" µs
row "4 KiB one after another: p50 (theirs: mean)" "$(median "$out/small.ours" p50_us)" \
    "$(median "$out/small.theirs" ops_per_s | awk '{ print 1e6 / $1 }')" µs
start --interleave 1
bulk "interleaved, four ranges" "--pattern whole --passes 3 --streams 1 --concurrency 4" "--range-size 16m --depth 4 --passes 3"
