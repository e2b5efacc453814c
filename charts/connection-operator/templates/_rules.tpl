{{- /*
The rules of files/role.yaml, which is all that the operator may do where it may do everything. Each profile takes from
it what it grants, so a verb is written once.
*/ -}}

{{- /* Those on Secrets, or those on all else; takes (list context "secrets"|"others"). */ -}}
{{- define "connection-operator.rules" -}}
{{- $wanted := eq (index . 1) "secrets" }}
{{- $rules := list }}
{{- range ((index . 0).Files.Get "files/role.yaml" | fromYaml).rules }}
{{- if eq $wanted (has "secrets" .resources) }}{{ $rules = append $rules . }}{{ end }}
{{- end }}
{{- toYaml $rules }}
{{- end }}

{{- /* The operator's service account, as subjects have it. */ -}}
{{- define "connection-operator.subject" -}}
- kind: ServiceAccount
  name: {{ include "connection-operator.serviceAccountName" . }}
  namespace: {{ .Release.Namespace }}
{{- end }}

{{- /* Roles with all rules in a namespace, and their binding; takes (list context namespace). */ -}}
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

{{- /* A ClusterRole; takes (list context name rules). */ -}}
{{- define "connection-operator.clusterRole" -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: {{ index . 1 }}
  labels: {{- include "connection-operator.labels" (index . 0) | nindent 4 }}
rules:
  {{- index . 2 | nindent 2 }}
{{- end }}

{{- /* A ClusterRole for the operator in the whole cluster; takes (list context name). */ -}}
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
