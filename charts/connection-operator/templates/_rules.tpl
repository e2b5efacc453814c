{{- /*
The rules of files/role.yaml, which contains all permissions of the operator. Each profile selects the rules that it grants,
so that each verb is listed once.
*/ -}}

{{- /* The rules on Secrets, or the rules on other resources. Takes (list context "secrets"|"others"). */ -}}
{{- define "connection-operator.rules" -}}
{{- $wanted := eq (index . 1) "secrets" }}
{{- $rules := list }}
{{- range ((index . 0).Files.Get "files/role.yaml" | fromYaml).rules }}
{{- if eq $wanted (has "secrets" .resources) }}{{ $rules = append $rules . }}{{ end }}
{{- end }}
{{- toYaml $rules }}
{{- end }}

{{- /* The operator's service account, as an entry of subjects. */ -}}
{{- define "connection-operator.subject" -}}
- kind: ServiceAccount
  name: {{ include "connection-operator.serviceAccountName" . }}
  namespace: {{ .Release.Namespace }}
{{- end }}

{{- /* Role with all rules in a namespace, and its RoleBinding. Takes (list context namespace). */ -}}
{{- define "connection-operator.namespaceRole" -}}
{{- $context := index . 0 }}
{{- $name := include "connection-operator.fullname" $context -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {{ $name }}-connections
  namespace: {{ index . 1 }}
  labels: {{- include "connection-operator.labels" $context | nindent 4 }}
rules:
  {{- include "connection-operator.rules" (list $context "others") | nindent 2 }}
  {{- include "connection-operator.rules" (list $context "secrets") | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ $name }}-connections
  namespace: {{ index . 1 }}
  labels: {{- include "connection-operator.labels" $context | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ $name }}-connections
subjects:
  {{- include "connection-operator.subject" $context | nindent 2 }}
{{- end }}

{{- /* A ClusterRole. Takes (list context name rules). */ -}}
{{- define "connection-operator.clusterRole" -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: {{ index . 1 }}
  labels: {{- include "connection-operator.labels" (index . 0) | nindent 4 }}
rules:
  {{- index . 2 | nindent 2 }}
{{- end }}

{{- /* A ClusterRoleBinding of the operator to the ClusterRole of the same name. Takes (list context name). */ -}}
{{- define "connection-operator.clusterRoleBinding" -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: {{ index . 1 }}
  labels: {{- include "connection-operator.labels" (index . 0) | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: {{ index . 1 }}
subjects:
  {{- include "connection-operator.subject" (index . 0) | nindent 2 }}
{{- end }}
