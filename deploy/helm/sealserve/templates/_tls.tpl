{{/*
A Secret with a certificate of an authority of its own, whose key nobody keeps: ca.crt is for clients. What is there already stays, so that an upgrade
changes nothing; where nothing can be looked up (helm template, and tools that use it) it is made anew each time. root, component, names
*/}}
{{- define "sealserve.generatedTls" -}}
{{- $name := printf "%s-tls" (include "sealserve.name" (dict "root" .root "component" .component)) }}
{{- $there := lookup "v1" "Secret" .root.Release.Namespace $name }}
apiVersion: v1
kind: Secret
metadata:
  name: {{ $name }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "sealserve.labels" (dict "root" .root "component" .component) | nindent 4 }}
  annotations:
    helm.sh/resource-policy: keep
type: kubernetes.io/tls
data:
  {{- if $there }}
  {{- toYaml $there.data | nindent 2 }}
  {{- else }}
  {{- $ca := genCAWithKey (printf "%s authority" $name) 3650 (genPrivateKey "ecdsa") }}
  {{- $leaf := genSignedCertWithKey (first .names) nil .names 3650 $ca (genPrivateKey "ecdsa") }}
  ca.crt: {{ $ca.Cert | b64enc }}
  tls.crt: {{ $leaf.Cert | b64enc }}
  tls.key: {{ $leaf.Key | b64enc }}
  {{- end }}
{{- end }}
