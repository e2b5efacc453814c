# Sourced by other scripts. Starts the binary of an image as its user and in its file system, and checks its health.

size() { du -h --apparent-size "$1" | cut -f1; }

# A self-signed placeholder certificate in base64, because a client needs at least one certificate authority.
placeholder_ca=$(tr -d '\n' <<'BASE64'
LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJlakNDQVIrZ0F3SUJBZ0lVZmMwR3haa0FJRmYxL1U5ZW5Jci9oVlZVajgwd0NnWUlLb1pJemowRU
F3SXcKRVRFUE1BMEdBMVVFQXd3R2JtOWliMlI1TUNBWERUSTJNVEV5TkRFMk16QXlPRm9ZRHpJeE1qWXhNRE14TVRZegpNREk0V2pBUk1ROHdEUVlEVlFR
RERBWnViMkp2Wkhrd1dUQVRCZ2NxaGtqT1BRSUJCZ2dxaGtqT1BRTUJCd05DCkFBVGxvbzZlTUQ5cGNSUmVxUkx4ZGNyS3BodVNVbzMrblVmbTZKUTBlVk
FXVmZvYUU3NTJxOXB5NVk5dWY2RGUKb2NvNStMVjlPSS80dUZIZVg1N2NQcVRqbzFNd1VUQWRCZ05WSFE0RUZnUVVLclJienF1OHZ0ZUR3RGNIZ1Blcwpi
SVRFYVdnd0h3WURWUjBqQkJnd0ZvQVVLclJienF1OHZ0ZUR3RGNIZ1Blc2JJVEVhV2d3RHdZRFZSMFRBUUgvCkJBVXdBd0VCL3pBS0JnZ3Foa2pPUFFRRE
FnTkpBREJHQWlFQXdMVXE2TlJJaXFqaitUaGpnUVU2eGE4dWM0eHYKZlRjbm0ydzRObjFoaVBBQ0lRRHllS2puQ2g5NlVkSXZ3SS9LZnc3ODFyUnYwQ1h2
NnhuSFlweE9iTDFuUkE9PQotLS0tLUVORCBDRVJUSUZJQ0FURS0tLS0tCg==
BASE64
)

# probe CONTAINER: needs `images`, its `store`, and `work` to write to.
probe() {
    files=$(images mount "$1")
    # An unreachable cluster: the operator must wait for it and report that it is not ready.
    cat >"$files/kubeconfig" <<YAML
apiVersion: v1
kind: Config
current-context: none
clusters: [{ name: none, cluster: { server: "https://127.0.0.1:9", certificate-authority-data: "$placeholder_ca" } }]
contexts: [{ name: none, context: { cluster: none, user: none } }]
users: [{ name: none, user: {} }]
YAML
    chmod 0644 "$files/kubeconfig"
    if images run "$1" -- /connection-operator crd >"$work/crd" 2>"$work/why"; then
        how="buildah run"
        # shellcheck disable=SC2086
        in_image() { exec buildah $store run --env KUBECONFIG=/kubeconfig "$1" -- /connection-operator run --health-probe-bind-address 127.0.0.1:0; }
    elif chroot --userspec=65532:65532 "$files" /connection-operator crd >"$work/crd" 2>>"$work/why"; then
        how="chroot"
        in_image() { exec env KUBECONFIG=/kubeconfig chroot --userspec=65532:65532 "$files" /connection-operator run --health-probe-bind-address 127.0.0.1:0; }
    else
        say "==> image not started: this machine supports neither buildah run nor chroot:"
        sed 's/^/    /' "$work/why"
        return 0
    fi
    diff -q "$work/crd" "$root/crds/connections.connection-operator.io.yaml" >/dev/null ||
        fail "the CustomResourceDefinition of the image differs from crds/: run make generate, then build again."
    in_image "$1" >"$work/log" 2>&1 &
    program_id=$!
    address=
    tries=0
    while [ -z "$address" ] && [ "$tries" -lt 100 ]; do
        sleep 0.1
        tries=$((tries + 1))
        address=$(sed -n 's/.*"address":"\([0-9.:]*\)".*serving.*/\1/p; s/.*serving.*"address":"\([0-9.:]*\)".*/\1/p' "$work/log" | head -n 1)
    done
    [ -n "$address" ] || { cat "$work/log"; fail "the binary in the image did not start: see above."; }
    health=$(status_code "$address" /healthz)
    ready=$(status_code "$address" /readyz)
    kill "$program_id" 2>/dev/null || true
    wait "$program_id" 2>/dev/null || true
    case "$health $ready" in
    "200 503") say "==> image started with $how as user 65532: /healthz 200, /readyz 503 without a cluster" ;;
    *) fail "the binary in the image responds with $health to /healthz and $ready to /readyz: expected 200 and 503." ;;
    esac
}

# status_code ADDRESS PATH: prints the HTTP status code of the response.
status_code() {
    if command -v curl >/dev/null 2>&1; then
        curl --silent --output /dev/null --write-out '%{http_code}' --max-time 10 "http://$1$2"
    else
        wget --quiet --server-response --output-document /dev/null --timeout 10 "http://$1$2" 2>&1 |
            sed -n 's|^ *HTTP/[0-9.]* \([0-9]*\).*|\1|p' | tail -n 1
    fi
}
