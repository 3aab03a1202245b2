{{/* Whole numbers and switches, told in words: of a wrong one a schema could only say which type it got. */}}

{{/* path → the least and the most */}}
{{- define "sealserve.wholes" -}}
frontend.replicas: [1, 10000]
frontend.autoscaling.minReplicas: [1, 10000]
frontend.autoscaling.maxReplicas: [1, 10000]
frontend.autoscaling.cpuUtilization: [1, 100]
frontend.ports.inference: [0, 65535]
frontend.ports.management: [0, 65535]
frontend.ports.metrics: [0, 65535]
frontend.ports.openInference: [0, 65535]
frontend.ports.openInferenceMetrics: [0, 65535]
frontend.ports.tensorflowServing: [0, 65535]
frontend.ports.grpcInference: [0, 65535]
frontend.ports.grpcManagement: [0, 65535]
backend.port: [1, 65535]
keyBroker.replicas: [1, 10000]
postgres.port: [1, 65535]
pods.uid: [1, 2147483647]
drain.delay: [0, 300]
drain.timeout: [1, 3600]
{{- end }}

{{- define "sealserve.switches" -}}
[tee.configfs.asRoot, frontend.autoscaling.enabled, keyBroker.enabled, keyBroker.inTee, postgres.enabled, backend.python.enabled, networkPolicy.enabled, monitoring.serviceMonitors, monitoring.dashboard, monitoring.alerts, istio.enabled, kserve.enabled, test.ca]
{{- end }}

{{/* key (its path, to be told), value, least, most */}}
{{- define "sealserve.whole" -}}
{{- $number := has (kindOf .value) (list "int" "int64" "float64") }}
{{- if $number }}{{ $number = eq (floor .value) (float64 .value) }}{{ end }}
{{- if not (and $number (ge (float64 .value) (float64 .least)) (le (float64 .value) (float64 .most))) }}
{{- fail (printf "%s is %s: allowed is a whole number from %d to %d" .key (include "sealserve.told" .value) (int64 .least) (int64 .most)) }}
{{- end }}
{{- end }}

{{/* A wrong value as its owner wrote it. */}}
{{- define "sealserve.told" -}}
{{- if kindIs "string" . }}'{{ . }}'{{ else if kindIs "invalid" . }}missing{{ else }}{{ toJson . }}{{ end }}
{{- end }}

{{- define "sealserve.checkNumbers" -}}
{{- range $key, $bounds := include "sealserve.wholes" . | fromYaml }}
{{- $value := include "sealserve.valueAt" (dict "root" $ "key" $key) | mustFromJson }}
{{- include "sealserve.whole" (dict "key" $key "value" $value "least" (first $bounds) "most" (last $bounds)) }}
{{- end }}
{{- range $group, $backend := .Values.backends }}
{{- include "sealserve.whole" (dict "key" (printf "backends.%s.replicas" $group) "value" $backend.replicas "least" 0 "most" 10000) }}
{{- with $backend.python }}
{{- if not (kindIs "bool" .enabled) }}{{ fail (printf "backends.%s.python.enabled is %s: allowed is true or false" $group (include "sealserve.told" .enabled)) }}{{ end }}
{{- end }}
{{- end }}
{{- range $key := include "sealserve.switches" . | fromYamlArray }}
{{- $value := include "sealserve.valueAt" (dict "root" $ "key" $key) | mustFromJson }}
{{- if not (kindIs "bool" $value) }}{{ fail (printf "%s is %s: allowed is true or false" $key (include "sealserve.told" $value)) }}{{ end }}
{{- end }}
{{- end }}
