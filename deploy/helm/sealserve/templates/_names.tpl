{{/* Names, labels and images. Each template takes a dict with "root" and what it names. */}}

{{- define "sealserve.fullname" -}}
{{- $name := .Release.Name }}
{{- if not (contains .Chart.Name $name) }}{{ $name = printf "%s-%s" $name .Chart.Name }}{{ end }}
{{- $name | trunc 40 | trimSuffix "-" }}
{{- end }}

{{/* root, component, group (backends) */}}
{{- define "sealserve.name" -}}
{{- $name := printf "%s-%s" (include "sealserve.fullname" .root) .component }}
{{- if .group }}{{ $name = printf "%s-%s" $name .group }}{{ end }}
{{- $name }}
{{- end }}

{{- define "sealserve.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .component }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- with .group }}
sealserve/group: {{ . }}
{{- end }}
{{- end }}

{{- define "sealserve.labels" -}}
{{ include "sealserve.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{/* The name by which every pod of the cluster finds a Service. root, service */}}
{{- define "sealserve.host" -}}
{{ .service }}.{{ .root.Release.Namespace }}.svc.{{ .root.Values.clusterDomain }}
{{- end }}

{{/* root, image, flavour */}}
{{- define "sealserve.image" -}}
{{- $path := .image.repository }}
{{- with .root.Values.image.registry }}{{ $path = printf "%s/%s" . $path }}{{ end }}
{{- if .image.digest }}{{ $path }}@{{ .image.digest }}
{{- else }}{{ $path }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}-{{ .flavour }}
{{- end }}
{{- end }}

{{/* What follows from several values at once. */}}
{{- define "sealserve.meshSource" -}}
{{- $source := .Values.mesh.source }}
{{- if ne $source "auto" }}{{ $source }}{{ else if eq .Values.tee.kind "native" }}issued{{ else }}key-broker{{ end }}
{{- end }}

{{- define "sealserve.tlsSource" -}}
{{- $source := .Values.frontend.tls.source }}
{{- if ne $source "auto" }}{{ $source }}{{ else if eq .Values.tee.kind "native" }}generated{{ else }}process{{ end }}
{{- end }}

{{/* The flavour of images that run handlers. root, tee (its kind), python (over backend.python) */}}
{{- define "sealserve.handlersFlavour" -}}
{{- $python := .python | default .root.Values.backend.python }}
{{- .tee }}{{ if $python.enabled }}-python{{ end }}
{{- end }}

{{- define "sealserve.brokerFlavour" -}}
{{ ternary .Values.tee.kind "native" (and .Values.keyBroker.inTee (has .Values.tee.kind (list "tdx" "snp"))) }}
{{- end }}

{{/* Whether frontends and backends ask a key broker: yes, or nothing. */}}
{{- define "sealserve.asksBroker" -}}
{{- if and (ne .Values.tee.kind "native") (or .Values.keyBroker.enabled .Values.keyBroker.url) }}yes{{ end }}
{{- end }}

{{- define "sealserve.brokerUrl" -}}
{{- if .Values.keyBroker.enabled -}}
https://{{ include "sealserve.host" (dict "root" . "service" (include "sealserve.name" (dict "root" . "component" "key-broker"))) }}:8440
{{- else }}{{ .Values.keyBroker.url }}{{ end }}
{{- end }}

{{/* The port of a URL, as it is written or by its scheme. */}}
{{- define "sealserve.portOf" -}}
{{- $url := urlParse . }}
{{- $found := regexFind ":[0-9]+$" $url.host | trimPrefix ":" }}
{{- $found | default (ternary "443" "80" (eq $url.scheme "https")) }}
{{- end }}

{{- define "sealserve.frontendTlsSecret" -}}
{{ .Values.frontend.tls.secretName | default (printf "%s-tls" (include "sealserve.name" (dict "root" . "component" "frontend"))) }}
{{- end }}

{{- define "sealserve.brokerTlsSecret" -}}
{{ .Values.keyBroker.tls.secretName | default (printf "%s-tls" (include "sealserve.name" (dict "root" . "component" "key-broker"))) }}
{{- end }}

{{- define "sealserve.brokerCaSecret" -}}
{{- if .Values.keyBroker.enabled }}{{ include "sealserve.brokerTlsSecret" . }}{{ else }}{{ .Values.keyBroker.caSecret }}{{ end }}
{{- end }}

{{/* A PostgreSQL URL without its password, which is read from a file. root, role (frontend or keyBroker) */}}
{{- define "sealserve.postgresUrl" -}}
{{- $pg := .root.Values.postgres }}
{{- $own := index $pg .role }}
{{- $tls := "sslmode=verify-full" }}
{{- if $pg.caSecret }}{{ $tls = printf "%s&sslrootcert=/etc/sealserve/postgres-ca/ca.crt" $tls }}{{ end -}}
postgres://{{ $own.user }}@{{ $pg.host }}:{{ $pg.port }}/{{ $own.database }}?passwordFile=/run/secrets/postgres/password&{{ $tls }}
{{- end }}
