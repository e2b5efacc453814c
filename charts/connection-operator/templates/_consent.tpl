{{- /* The consent page: its host and paths, from publicUrl. */ -}}

{{- define "connection-operator.consentHost" -}}
{{- $host := (urlParse .Values.consent.publicUrl).host }}
{{- regexReplaceAll ":[0-9]+$" $host "" }}
{{- end }}

{{- /* What is routed to it, as a list; nothing else of the operator is. */ -}}
{{- define "connection-operator.consentPaths" -}}
{{- $prefix := (urlParse .Values.consent.publicUrl).path | trimSuffix "/" }}
{{- range list "/authorize" "/callback" }}
- {{ $prefix }}{{ . }}
{{- end }}
{{- end }}

{{- /* Fails where a route is wanted to a page that is not there; takes (list context what). */ -}}
{{- define "connection-operator.demandConsent" -}}
{{- if not (index . 0).Values.consent.publicUrl }}
{{- fail (printf "consent.%s needs consent.publicUrl: the address at which people reach the page" (index . 1)) }}
{{- end }}
{{- if regexMatch "^([0-9.]+|\\[.*)$" (include "connection-operator.consentHost" (index . 0)) }}
{{- fail (printf "consent.%s needs a host name in consent.publicUrl: no route is chosen by an address" (index . 1)) }}
{{- end }}
{{- end }}
