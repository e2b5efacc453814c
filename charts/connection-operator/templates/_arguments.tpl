{{- /* Arguments of the operator, one per line: all flags that differ from their default. */ -}}
{{- define "connection-operator.arguments" -}}
{{- $values := .Values -}}
- run
- --health-probe-bind-address=0.0.0.0:{{ $values.metrics.port }}
- --log-format={{ $values.logs.format }}
- {{ printf "--log-filter=%s" $values.logs.filter | quote }}
- --max-concurrent-reconciles={{ $values.maxConcurrentReconciles }}
- --leader-election
- --lease-name={{ include "connection-operator.fullname" . }}
{{- if eq $values.rbac.profile "Namespaced" }}
- --namespace={{ $values.rbac.namespaces | default (list .Release.Namespace) | join "," }}
{{- end }}
{{- if eq $values.rbac.profile "OptIn" }}
- --enrolled-namespaces-only
- --secrets-role={{ include "connection-operator.fullname" . }}-secrets
- --service-account={{ include "connection-operator.serviceAccountName" . }}
{{- end }}
{{- with $values.consent.publicUrl }}
{{- if eq (int $values.consent.port) (int $values.metrics.port) }}
{{- fail "consent.port and metrics.port are the same: set different ports, because the metrics must not be public" }}
{{- end }}
- --public-url={{ . }}
- --consent-bind-address=0.0.0.0:{{ $values.consent.port }}
- --session-key-secret={{ include "connection-operator.fullname" $ }}-session-key
{{- end }}
{{- with $values.allowedHosts }}
- {{ printf "--allowed-hosts=%s" (join "," .) | quote }}
{{- end }}
{{- with $values.allowedNetworks }}
- {{ printf "--allowed-networks=%s" (join "," .) | quote }}
{{- end }}
{{- if $values.requireAllowedHosts }}
- --require-allowed-hosts
{{- end }}
{{- if include "connection-operator.usesProxy" . }}
{{- if not (or $values.allowedHosts (join " " $values.extraArgs | contains "--allowed-hosts")) }}
{{- fail "allowedHosts: name the hosts that the operator may reach through the proxy, for example login.example.com; the proxy resolves host names, so the operator cannot check the addresses (\"*\" allows all hosts)" }}
{{- end }}
- --use-environment-proxy
{{- end }}
{{- with $values.extraArgs }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "connection-operator.usesProxy" -}}
{{- with .Values }}{{ if or .useEnvironmentProxy .proxy.https .proxy.http }}true{{ end }}{{ end }}
{{- end }}

{{- /* Environment variables of the operator. */ -}}
{{- define "connection-operator.environment" -}}
- name: POD_NAMESPACE
  valueFrom:
    fieldRef:
      fieldPath: metadata.namespace
- name: POD_NAME
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
{{- range $name, $value := dict "HTTPS_PROXY" .Values.proxy.https "HTTP_PROXY" .Values.proxy.http "NO_PROXY" .Values.proxy.noProxy }}
{{- with $value }}
- name: {{ $name }}
  value: {{ . | quote }}
{{- end }}
{{- end }}
{{- with .Values.tracing.endpoint }}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ . | quote }}
{{- end }}
{{- if include "connection-operator.trustsCA" . }}
- name: SSL_CERT_FILE
  value: /etc/connection-operator/trusted-ca/{{ .Values.trustedCA.key }}
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "connection-operator.trustsCA" -}}
{{- with .Values.trustedCA }}
{{- if and .configMap .secret }}{{ fail "trustedCA: name a configMap or a secret, not both" }}{{ end }}
{{- if or .configMap .secret }}true{{ end }}
{{- end }}
{{- end }}
