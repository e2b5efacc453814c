// The interpreter that Argo CD runs health checks with.
module connection-operator.io/tests/argocd

go 1.24

require github.com/yuin/gopher-lua v1.1.2
