# Sourced by other scripts. Renders the chart as plain manifests, without metadata that only Helm reads.

# manifests NAMESPACE [HELM ARGUMENT…]
manifests() {
    release_namespace=$1
    shift
    "${CONNECTION_OPERATOR_HELM:-$helm}" template connection-operator "$root/charts/connection-operator" \
        --namespace "$release_namespace" "$@" |
        sed -e '/^# Source: /d' -e '/^ *helm.sh\/chart: /d' -e '/^ *app.kubernetes.io\/managed-by: Helm$/d' |
        # Removes the annotations key as well, because this is its only entry.
        sed -e '/^  annotations:$/{N;/\n *helm.sh\/resource-policy: keep$/d;}'
}
