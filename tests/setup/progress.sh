# Sourced by the other scripts: long steps that show that they live, locks, and half-made folders that never count.

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
# A subshell starts without traps and calls this again.
leave_nothing_behind() {
    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
}
leave_nothing_behind

# One line every ten seconds for as long as the script lives. Sleeps by the second, so that nothing lingers.
tick() {
    seconds=0
    while sleep 1 >/dev/null 2>&1 && kill -0 $$ 2>/dev/null; do
        seconds=$((seconds + 1))
        if [ $((seconds % 10)) -eq 0 ]; then
            say "    still at it after $seconds s: $1"
        fi
    done
}

# long_step WHAT USUALLY COMMAND…: runs the command with its output in a file that is shown on failure alone.
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
        say "    the last lines of its output:" >&2
        tail -n 40 "$output" >&2
    fi
    rm -f "$output"
    output=
    [ "$status" -eq 0 ] || fail "$what failed with status $status: see above, then run the same command again."
}

# make_folder FOLDER FUNCTION…: has the function fill a folder beside FOLDER, then renames it into place, so that
# FOLDER is either whole or absent. The lock lets two runs at once share one build; it goes with its process.
make_folder() {
    folder=$1
    shift
    [ ! -e "$folder" ] || return 0
    mkdir -p "$(dirname "$folder")"
    (
        leave_nothing_behind
        if command -v flock >/dev/null 2>&1; then
            flock -n 9 || { say "==> waiting for another run that makes $folder"; flock 9; }
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
