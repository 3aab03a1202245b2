{{/* root, backend (its values) */}}
{{- define "sealserve.backendConfig" -}}
{{- $v := .root.Values }}
{{- $config := dict
  "modelStore" "/models"
  "listen" (dict "host" "0.0.0.0" "port" (int $v.backend.port))
  "operations" (dict "host" "0.0.0.0" "port" 9001)
  "drainDelay" (printf "%ds" (int $v.drain.delay))
  "drainTimeout" (printf "%ds" (int $v.drain.timeout))
  "log" (dict "format" "json")
}}
{{- if $v.identity.keyFileSecret }}
{{- $_ := set $config "identity" (dict "keyFile" "/run/secrets/identity/key.txt") }}
{{- else if $v.identity.passphraseSecret }}
{{- $_ := set $config "identity" (dict "passphraseFile" "/run/secrets/identity/passphrase") }}
{{- end }}
{{- $trust := include "sealserve.trustConfig" (dict "root" .root "process" "server") | fromYaml }}
{{- mustMergeOverwrite $config $trust (deepCopy (.backend.config | default dict)) | toYaml }}
{{- end }}
