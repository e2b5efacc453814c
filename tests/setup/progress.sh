# Sourced by other scripts. Progress output for long steps, locks, and atomic creation of folders.

say() { printf '%s\n' "$*"; }

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

ticker=
output=
stop_ticker() {
    if [ -n "$ticker" ]; then
        kill "$ticker" 2>/dev/null || true
        wait "$ticker" 2>/dev/null || true
        ticker=
    fi
}
clean_up() {
    stop_ticker
    [ -z "$output" ] || rm -f "$output"
}
# Subshells do not inherit traps and must call this again.
leave_nothing_behind() {
    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
}
leave_nothing_behind

# Prints a line every 10 seconds while the script runs. Sleeps 1 second at a time, so that it ends soon after the script.
tick() {
    seconds=0
    while sleep 1 >/dev/null 2>&1 && kill -0 $$ 2>/dev/null; do
        seconds=$((seconds + 1))
        if [ $((seconds % 10)) -eq 0 ]; then
            say "    still running after $seconds s: $1"
        fi
    done
}

# long_step WHAT USUALLY COMMAND…: runs the command and shows its output only on failure.
long_step() {
    what=$1
    usually=$2
    shift 2
    say "==> $what (once; usually $usually)"
    output=$(mktemp)
    tick "$what" &
    ticker=$!
    status=0
    "$@" >"$output" 2>&1 </dev/null || status=$?
    stop_ticker
    if [ "$status" -ne 0 ]; then
        say "    last lines of the output:" >&2
        tail -n 40 "$output" >&2
    fi
    rm -f "$output"
    output=
    [ "$status" -eq 0 ] || fail "$what failed with status $status: fix the error shown above, then run the command again."
}

# make_folder FOLDER FUNCTION…: lets the function fill a temporary folder, then renames it to FOLDER, so that FOLDER is
# either complete or absent. A lock lets concurrent runs share one build. It is released when the process exits.
make_folder() {
    folder=$1
    shift
    [ ! -e "$folder" ] || return 0
    mkdir -p "$(dirname "$folder")"
    (
        leave_nothing_behind
        if command -v flock >/dev/null 2>&1; then
            flock -n 9 || { say "==> waiting for another run to build $folder"; flock 9; }
            rm -rf "$folder".unfinished-*
        fi
        if [ ! -e "$folder" ]; then
            unfinished=$folder.unfinished-$$
            mkdir "$unfinished"
            "$@" "$unfinished"
            if [ -e "$folder" ]; then rm -rf "$unfinished"; else mv "$unfinished" "$folder"; fi
        fi
    ) 9>"$folder.lock"
}
