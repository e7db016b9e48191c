#!/usr/bin/env bash
# Read-ahead: the same reads with and without a delay of each request, as a Markdown table.
#
#   bench/prefetch.sh YARDSTICK [DELAY_US] [SECONDS]
#
# YARDSTICK is a folder with the program 'server' of a BidiReadObject yardstick, which takes --port, --size and --delay-us and
# prints 'listening …'. DELAY_US: 10000. SECONDS of each run: 3. PORT in the environment: 8899, and the one above it.
#
# The servers run on processor 0 alone, as in compare.sh. Run it on a machine that does nothing else.
set -euo pipefail

yardstick=$(cd "${1:?usage: prefetch.sh YARDSTICK [DELAY_US] [SECONDS]}" && pwd)
delay=${2:-10000}
seconds=${3:-3}
port=${PORT:-8899}
root=$(cd "$(dirname "$0")/.." && pwd)
scratch=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$scratch"' EXIT

dotnet build --configuration Release --verbosity quiet "$root/bench/ZonalStorage.Throughput" >&2
bench=$root/artifacts/bin/ZonalStorage.Throughput/release/ZonalStorage.Throughput.dll

serve() { # port, further options
    taskset --cpu-list 0 "$yardstick/server" --size 1g --port "$@" >"$scratch/server-$1" 2>&1 &
    for _ in $(seq 300); do
        if grep -q listening "$scratch/server-$1"; then return; fi
        sleep 0.1
    done
    cat "$scratch/server-$1" >&2
    exit 1
}

serve "$port"
serve $((port + 1)) --delay-us "$delay"

measure() { # port, options; bytes per second, CPU seconds per GiB, bytes asked for per byte
    dotnet "$bench" read --endpoint "http://127.0.0.1:$1" --object size-1g --connections 1 --seconds "$seconds" "${@:2}" |
        sed -E 's/.*"bytes_per_s":([0-9.]+).*"cpu_s_per_gib":([0-9.]+).*/\1 \2/'
}

echo "One connection, prefetch on, $seconds s each; delay $delay µs a request."
echo
echo '| pattern | read | no delay, MB/s | CPU-s/GiB | delayed, MB/s | CPU-s/GiB | ratio | delayed, no prefetch, MB/s |'
echo '|---|--:|--:|--:|--:|--:|--:|--:|'
for pattern in seq backward interleaved strided; do
    for size in 64k 128k 1m 16m; do
        [ "$pattern" = seq ] || [ "$size" = 64k ] || [ "$size" = 1m ] || continue
        read -r plain plain_cpu <<<"$(measure "$port" --pattern "$pattern" --io-size "$size" --prefetch on)"
        read -r late late_cpu <<<"$(measure $((port + 1)) --pattern "$pattern" --io-size "$size" --prefetch on)"
        read -r off _ <<<"$(measure $((port + 1)) --pattern "$pattern" --io-size "$size" --prefetch off)"
        awk -v p="$pattern" -v s="$size" -v a="$plain" -v ac="$plain_cpu" -v b="$late" -v bc="$late_cpu" -v o="$off" \
            'BEGIN {printf "| %s | %s | %.0f | %.3f | %.0f | %.3f | %.2f | %.0f |\n", p, s, a / 1e6, ac, b / 1e6, bc, b / a, o / 1e6}'
    done
done

echo
echo 'Random reads, prefetch on against off, medians of three runs each, no delay:'
echo
echo '| read | off, MB/s | on, MB/s | ratio |'
echo '|--:|--:|--:|--:|'
middle() { sort -n | sed -n 2p; }
for size in 64k 1m; do
    for _ in 1 2 3; do
        measure "$port" --pattern rand --io-size "$size" --prefetch off | cut -d' ' -f1 >>"$scratch/off-$size"
        measure "$port" --pattern rand --io-size "$size" --prefetch on | cut -d' ' -f1 >>"$scratch/on-$size"
    done
    awk -v s="$size" -v a="$(middle <"$scratch/off-$size")" -v b="$(middle <"$scratch/on-$size")" \
        'BEGIN {printf "| %s | %.0f | %.0f | %.2f |\n", s, a / 1e6, b / 1e6, b / a}'
done
