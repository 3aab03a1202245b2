{{/* Resources of containers: amounts that Kubernetes takes, requests within limits, and room for what lies in memory. */}}

{{/* The number that a quantity stands for. */}}
{{- define "sealserve.amount" -}}
{{- $text := toString . }}
{{- $unit := regexFind "[A-Za-z]*$" $text }}
{{- $of := dict "" 1.0 "m" 0.001 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "Ki" 1024.0 "Mi" 1048576.0 "Gi" 1073741824.0 "Ti" 1099511627776.0 }}
{{- mulf (float64 (trimSuffix $unit $text)) (index $of $unit) }}
{{- end }}

{{/* key (its path, to be told), resources */}}
{{- define "sealserve.checkAmounts" -}}
{{- $key := .key }}
{{- $requests := .resources.requests | default dict }}
{{- $limits := .resources.limits | default dict }}
{{- range $kind, $of := dict "requests" $requests "limits" $limits }}
{{- range $what, $amount := $of }}
{{- include "sealserve.shaped" (dict "key" (printf "%s.%s.%s" $key $kind $what) "value" $amount "shape" (ternary "cpu" "amount" (eq $what "cpu"))) }}
{{- end }}
{{- end }}
{{- range $what, $limit := $limits }}
{{- $request := get $requests $what | default 0 }}
{{- if gt (float64 (include "sealserve.amount" $request)) (float64 (include "sealserve.amount" $limit)) }}
{{- fail (printf "%s.requests.%s is %v and %s.limits.%s is %v: a request is at most its limit" $key $what $request $key $what $limit) }}
{{- end }}
{{- end }}
{{- end }}

{{/* What lies in memory counts against the limit, beside the process. key (of the limit), resources, folder (key and size of the largest such volume), needs (of the process and its other volumes) */}}
{{- define "sealserve.checkRoom" -}}
{{- $limit := (.resources.limits | default dict).memory }}
{{- if $limit }}
{{- $room := subf (float64 (include "sealserve.amount" $limit)) (float64 (include "sealserve.amount" .needs)) }}
{{- if gt (float64 (include "sealserve.amount" (default "0" .size))) $room }}
{{- if .folder }}
{{- fail (printf "%s is %v and %s.limits.memory is %v: the folder lies in memory and counts against the limit, beside %s for the process and its other files; raise the limit, or make the folder smaller" .folder .size .key $limit .needs) }}
{{- end }}
{{- fail (printf "%s.limits.memory is %v: the process and its files in memory need %s" .key $limit .needs) }}
{{- end }}
{{- end }}
{{- end }}

{{- define "sealserve.checkMemory" -}}
{{- $v := .Values }}
{{- range $key, $resources := dict "frontend.resources" $v.frontend.resources "backend.resources" $v.backend.resources "keyBroker.resources" $v.keyBroker.resources "kserve.resources" $v.kserve.resources }}
{{- include "sealserve.checkAmounts" (dict "key" $key "resources" $resources) }}
{{- end }}
{{- include "sealserve.checkRoom" (dict "key" "frontend.resources" "resources" $v.frontend.resources "needs" "192Mi") }}
{{- include "sealserve.checkRoom" (dict "key" "keyBroker.resources" "resources" $v.keyBroker.resources "needs" "192Mi") }}
{{- range $group, $backend := $v.backends }}
{{- $at := printf "backends.%s" $group }}
{{- $key := ternary (printf "%s.resources" $at) "backend.resources" (not (empty $backend.resources)) }}
{{- $resources := $backend.resources | default $v.backend.resources }}
{{- include "sealserve.checkAmounts" (dict "key" $key "resources" $resources) }}
{{- $folder := ternary (printf "%s.memoryFolder" $at) "backend.memoryFolder" (not (empty $backend.memoryFolder)) }}
{{- $size := $backend.memoryFolder | default $v.backend.memoryFolder }}
{{- /* An enclave has no such folder. */}}
{{- if eq $v.tee.kind "sgx" }}{{ $folder = "" }}{{ $size = "" }}{{ end }}
{{- include "sealserve.checkRoom" (dict "key" $key "resources" $resources "folder" $folder "size" $size "needs" "320Mi") }}
{{- include "sealserve.checkRoom" (dict "key" $key "resources" $resources "folder" "backend.temporaryFolder" "size" $v.backend.temporaryFolder "needs" "256Mi") }}
{{- end }}
{{- if $v.kserve.enabled }}
{{- include "sealserve.checkRoom" (dict "key" "kserve.resources" "resources" $v.kserve.resources "folder" "backend.temporaryFolder" "size" $v.backend.temporaryFolder "needs" "256Mi") }}
{{- end }}
{{- end }}
