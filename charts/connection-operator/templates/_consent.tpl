{{- /* Host and paths of the consent page, from publicUrl. */ -}}

{{- define "connection-operator.consentHost" -}}
{{- $host := (urlParse .Values.consent.publicUrl).host }}
{{- regexReplaceAll ":[0-9]+$" $host "" }}
{{- end }}

{{- /* Paths that are routed to the consent page, as a list. No other path of the operator is exposed. */ -}}
{{- define "connection-operator.consentPaths" -}}
{{- $prefix := (urlParse .Values.consent.publicUrl).path | trimSuffix "/" }}
{{- range list "/authorize" "/callback" }}
- {{ $prefix }}{{ . }}
{{- end }}
{{- end }}

{{- /* Fails if a route is enabled but the page is not. Takes (list context route). */ -}}
{{- define "connection-operator.demandConsent" -}}
{{- if not (index . 0).Values.consent.publicUrl }}
{{- fail (printf "consent.%s needs consent.publicUrl: set it to the public URL of the consent page" (index . 1)) }}
{{- end }}
{{- if regexMatch "^([0-9.]+|\\[.*)$" (include "connection-operator.consentHost" (index . 0)) }}
{{- fail (printf "consent.%s needs a host name in consent.publicUrl: a route cannot match an IP address" (index . 1)) }}
{{- end }}
{{- end }}
