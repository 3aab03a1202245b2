{{/* Rules of NetworkPolicies that several pods have. */}}

{{- define "sealserve.dnsEgress" -}}
- ports:
    - { protocol: UDP, port: 53 }
    - { protocol: TCP, port: 53 }
  {{- with .Values.networkPolicy.dnsTo }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{- define "sealserve.brokerEgress" -}}
{{- if include "sealserve.asksBroker" . }}
- ports:
    - { protocol: TCP, port: {{ ternary "8440" (include "sealserve.portOf" .Values.keyBroker.url) .Values.keyBroker.enabled }} }
  {{- if .Values.keyBroker.enabled }}
  to:
    - podSelector:
        matchLabels:
          {{- include "sealserve.selector" (dict "root" . "component" "key-broker") | nindent 10 }}
  {{- end }}
{{- end }}
{{- end }}

{{- define "sealserve.postgresEgress" -}}
{{- if .Values.postgres.enabled }}
- ports:
    - { protocol: TCP, port: {{ .Values.postgres.port }} }
  {{- with .Values.postgres.peers }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end }}

{{- define "sealserve.istioEgress" -}}
{{- if .Values.istio.enabled }}
- ports:
    - { protocol: TCP, port: 15012 }
  to:
    - namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: istio-system } }
{{- end }}
{{- end }}

{{/* Names of ports have 15 letters at most. */}}
{{- define "sealserve.portName" -}}
{{ index (dict "inference" "inference" "management" "management" "metrics" "metrics" "openInference" "open-inference" "openInferenceMetrics" "triton-metrics" "tensorflowServing" "tf-serving" "grpcInference" "grpc-inference" "grpcManagement" "grpc-management") . }}
{{- end }}

{{- define "sealserve.postgresMounts" -}}
{{- if .Values.postgres.enabled }}
- { name: postgres, mountPath: /run/secrets/postgres, readOnly: true }
{{- if .Values.postgres.caSecret }}
- { name: postgres-ca, mountPath: /etc/sealserve/postgres-ca, readOnly: true }
{{- end }}
{{- end }}
{{- end }}

{{/* root, role */}}
{{- define "sealserve.postgresVolumes" -}}
{{- $pg := .root.Values.postgres }}
{{- if $pg.enabled }}
{{ include "sealserve.secretVolume" (dict "name" "postgres" "secret" (index $pg .role).passwordSecret "items" (list "password")) }}
{{- if $pg.caSecret }}
{{ include "sealserve.secretVolume" (dict "name" "postgres-ca" "secret" $pg.caSecret "items" (list "ca.crt")) }}
{{- end }}
{{- end }}
{{- end }}
