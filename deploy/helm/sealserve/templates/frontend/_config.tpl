{{- define "sealserve.frontendConfig" -}}
{{- $v := .Values }}
{{- $tls := include "sealserve.tlsSource" . }}
{{- $ports := $v.frontend.ports }}
{{- $addresses := list }}
{{- range $group, $_ := $v.backends }}
{{- $service := include "sealserve.name" (dict "root" $ "component" "backend" "group" $group) }}
{{- $addresses = append $addresses (printf "srv+https://_backend._tcp.%s" (include "sealserve.host" (dict "root" $ "service" $service))) }}
{{- end }}
{{- $port := dict }}
{{- range $name, $number := $ports }}{{ $_ := set $port $name (ternary false (int $number) (eq (int $number) 0)) }}{{ end }}
{{- $config := dict
  "host" "0.0.0.0"
  "protocols" (dict
    "torchserve" (dict "inference" $port.inference "management" $port.management "metrics" $port.metrics "grpcInference" $port.grpcInference "grpcManagement" $port.grpcManagement)
    "openInference" (dict "http" $port.openInference "metrics" $port.openInferenceMetrics)
    "tensorflowServing" (dict "rest" $port.tensorflowServing))
  "backends" (dict "addresses" $addresses)
  "operations" (dict "host" "0.0.0.0" "port" 9002)
  "drainDelay" (printf "%ds" (int $v.drain.delay))
  "drainTimeout" (printf "%ds" (int $v.drain.timeout))
  "log" (dict "format" "json")
}}
{{- if ne $tls "process" }}
{{- $_ := set $config "tls" (dict "cert" "/etc/sealserve/tls/tls.crt" "key" "/etc/sealserve/tls/tls.key") }}
{{- end }}
{{- if $v.frontend.management.tokenSecret }}
{{- $_ := set $config "management" (dict "tokenFile" "/run/secrets/management/token") }}
{{- end }}
{{- if $v.postgres.enabled }}
{{- $_ := set $config "state" (include "sealserve.postgresUrl" (dict "root" . "role" "frontend")) }}
{{- end }}
{{- $trust := include "sealserve.trustConfig" (dict "root" . "process" "frontend") | fromYaml }}
{{- mustMergeOverwrite $config $trust (deepCopy $v.frontend.config) | toYaml }}
{{- end }}
