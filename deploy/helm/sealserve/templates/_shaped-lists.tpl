{{/* What the texts in lists, and those of each group of backends, look like. */}}

{{/* key, values, shape */}}
{{- define "sealserve.shapedList" -}}
{{- range .values }}{{ include "sealserve.shaped" (dict "key" $.key "value" . "shape" $.shape) }}{{ end }}
{{- end }}

{{- define "sealserve.checkLists" -}}
{{- $v := .Values }}
{{- include "sealserve.shapedList" (dict "key" "image.pullSecrets" "values" $v.image.pullSecrets "shape" "named") }}
{{- include "sealserve.shapedList" (dict "key" "frontend.tls.dnsNames" "values" $v.frontend.tls.dnsNames "shape" "dnsName") }}
{{- include "sealserve.shapedList" (dict "key" "test.inputs" "values" $v.test.inputs "shape" "input") }}
{{- range $key := list "frontend.management.from" "keyBroker.adminFrom" "keyBroker.attestingFrom" "postgres.peers" "networkPolicy.clientsFrom" "networkPolicy.monitoringFrom" "networkPolicy.dnsTo" }}
{{- range include "sealserve.valueAt" (dict "root" $ "key" $key) | mustFromJson }}
{{- if empty . }}{{ fail (printf "%s has an empty peer, which would be everybody: name pods, namespaces or addresses" $key) }}{{ end }}
{{- range concat (list (.ipBlock | default dict).cidr) ((.ipBlock | default dict).except | default list) | compact }}
{{- include "sealserve.shaped" (dict "key" (printf "%s.ipBlock" $key) "value" . "shape" "cidr") }}
{{- end }}
{{- end }}
{{- end }}
{{- include "sealserve.checkAdministrators" . }}
{{- end }}

{{- define "sealserve.checkAdministrators" -}}
{{- $broker := .Values.keyBroker }}
{{- if not $broker.administrators }}{{ fail "keyBroker.administrators is empty: name at least one, with a public key and roles" }}{{ end }}
{{- range $broker.administrators }}
{{- include "sealserve.shaped" (dict "key" "keyBroker.administrators: name" "value" .name "shape" "word") }}
{{- if not (or .publicKey .certificate) }}
{{- fail (printf "keyBroker.administrators: %s has no publicKey and no certificate: give one of them" .name) }}
{{- end }}
{{- with .publicKey }}{{ include "sealserve.shaped" (dict "key" "keyBroker.administrators: publicKey" "value" . "shape" "word") }}{{ end }}
{{- if not .roles }}{{ fail (printf "keyBroker.administrators: %s has no roles: allowed are key-admin, policy-admin and auditor" .name) }}{{ end }}
{{- end }}
{{- $root := $broker.rootKey }}
{{- $one := compact (list $root.file $root.passphraseFile) }}
{{- if and (empty $one) (empty $root.shares) }}
{{- fail "keyBroker.rootKey names no file: give file, passphraseFile or shares, the names of keys in keyBroker.secretName" }}
{{- end }}
{{- if and $root.shares (lt (len $root.shares) 2) }}
{{- fail "keyBroker.rootKey.shares names one file: give two or more, or use file" }}
{{- end }}
{{- include "sealserve.shapedList" (dict "key" "keyBroker.rootKey" "values" (concat $one ($root.shares | default list)) "shape" "word") }}
{{- end }}

{{/* root, group, backend */}}
{{- define "sealserve.checkGroup" -}}
{{- $at := printf "backends.%s" .group }}
{{- include "sealserve.shaped" (dict "key" "the name of a group in backends" "value" .group "shape" "group") }}
{{- range list "epc" "memoryFolder" }}
{{- include "sealserve.shaped" (dict "key" (printf "%s.%s" $at .) "value" (get $.backend .) "shape" "quantity") }}
{{- end }}
{{- $models := include "sealserve.models" (dict "root" .root "models" .backend.models) | fromYaml }}
{{- $shapes := dict
  "pvc" (dict "existingClaim" "name" "size" "amount" "subPath" "below")
  "nfs" (dict "server" "host" "path" "path")
  "s3" (dict "endpoint" "url" "bucket" "bucket" "image" "pinned" "size" "amount" "secretName" "name")
  "image" (dict "subPath" "below")
}}
{{- range $source, $keys := $shapes }}
{{- range $key, $shape := $keys }}
{{- include "sealserve.shaped" (dict "key" (printf "models of %s: %s.%s" $at $source $key) "value" (get (get $models $source) $key) "shape" $shape) }}
{{- end }}
{{- end }}
{{- end }}
