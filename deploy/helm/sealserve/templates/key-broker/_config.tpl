{{/* Paths of the keys of keyBroker.secretName that the broker reads. */}}
{{- define "sealserve.brokerSecretItems" -}}
{{- $root := .Values.keyBroker.rootKey }}
{{- /* Shares or a passphrase stand over the default, which is a file. */}}
{{- $items := $root.shares | default (list ($root.passphraseFile | default $root.file)) }}
{{- range .Values.keyBroker.administrators }}{{ $items = append $items (.publicKey | default "") }}{{ end }}
{{- $items | compact | uniq | toYaml }}
{{- end }}

{{- define "sealserve.brokerConfig" -}}
{{- $v := .Values }}
{{- $broker := $v.keyBroker }}
{{- $secrets := "/run/secrets/key-broker" }}
{{- $tls := dict "cert" "/etc/sealserve/tls/tls.crt" "key" "/etc/sealserve/tls/tls.key" }}
{{- $people := list }}
{{- range $broker.administrators }}
{{- $person := deepCopy . }}
{{- with .publicKey }}{{ $_ := set $person "publicKey" (printf "%s/%s" $secrets .) }}{{ end }}
{{- $people = append $people $person }}
{{- end }}
{{- $root := dict }}
{{- if $broker.rootKey.shares }}
{{- $shares := list }}
{{- range $broker.rootKey.shares }}{{ $shares = append $shares (printf "%s/%s" $secrets .) }}{{ end }}
{{- $_ := set $root "shares" $shares }}
{{- else if $broker.rootKey.passphraseFile }}
{{- $_ := set $root "passphraseFile" (printf "%s/%s" $secrets $broker.rootKey.passphraseFile) }}
{{- else }}
{{- $_ := set $root "file" (printf "%s/%s" $secrets $broker.rootKey.file) }}
{{- end }}
{{- $collateral := dict }}
{{- with $broker.collateral.pccsUrl }}{{ $_ := set $collateral "pccs" . }}{{ end }}
{{- if $broker.collateral.pccsCaSecret }}{{ $_ := set $collateral "ca" "/etc/sealserve/pccs-ca/ca.crt" }}{{ end }}
{{- with $broker.collateral.kdsUrl }}{{ $_ := set $collateral "kds" . }}{{ end }}
{{- if include "sealserve.offline" . }}{{ $_ := set $collateral "folder" "/etc/sealserve/collateral" }}{{ end }}
{{- $config := dict
  "trustDomain" $v.trustDomain
  "database" (ternary (include "sealserve.postgresUrl" (dict "root" . "role" "keyBroker")) "/var/lib/sealserve/database/broker.sqlite" $v.postgres.enabled)
  "auditWitness" "/var/lib/sealserve/witness/head.json"
  "rootKey" $root
  "listen" (dict "host" "0.0.0.0" "port" 8440 "tls" $tls)
  "admin" (dict "listen" (dict "host" "0.0.0.0" "port" 8441 "tls" $tls) "administrators" $people)
  "operations" (dict "host" "0.0.0.0" "port" 8442 "insecurePlaintext" true)
  "collateral" $collateral
  "log" (dict "format" "json")
}}
{{- mustMergeOverwrite $config (deepCopy $broker.config) | toYaml }}
{{- end }}

{{/* Whether collateral lies in a folder: yes, or nothing. */}}
{{- define "sealserve.offline" -}}
{{- with .Values.keyBroker.collateral.offline }}{{ if or .configMap .claim .image }}yes{{ end }}{{ end }}
{{- end }}
