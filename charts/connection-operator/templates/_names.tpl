{{- /* Names, labels and image. */ -}}

{{- define "connection-operator.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- /* At most 50 characters, to leave room for a suffix: names are limited to 63 characters. */ -}}
{{- define "connection-operator.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- $name := .Values.nameOverride | default .Chart.Name }}
{{- $full := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) }}
{{- $full | trunc 50 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "connection-operator.selectorLabels" -}}
app.kubernetes.io/name: {{ include "connection-operator.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "connection-operator.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "connection-operator.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- /* Name, namespace and labels of an object in the release's namespace. Takes (list context name). */ -}}
{{- define "connection-operator.metadata" -}}
{{- $context := index . 0 -}}
name: {{ index . 1 }}
namespace: {{ $context.Release.Namespace }}
labels: {{- include "connection-operator.labels" $context | nindent 2 }}
{{- end }}

{{- define "connection-operator.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- .Values.serviceAccount.name | default (include "connection-operator.fullname" .) }}
{{- else }}
{{- .Values.serviceAccount.name | default "default" }}
{{- end }}
{{- end }}

{{- define "connection-operator.image" -}}
{{- $image := .Values.image }}
{{- with $image.registry }}{{ . | trimSuffix "/" }}/{{ end }}{{ $image.repository }}
{{- if $image.digest }}@{{ $image.digest }}{{ else }}:{{ $image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}

{{- /* "true" if an object of an optional API is to be rendered. Takes (list context apiVersion/Kind mode). */ -}}
{{- define "connection-operator.rendered" -}}
{{- $mode := index . 2 }}
{{- if or (eq $mode "Always") (and (eq $mode "WhereServed") ((index . 0).Capabilities.APIVersions.Has (index . 1))) }}true{{ end }}
{{- end }}
