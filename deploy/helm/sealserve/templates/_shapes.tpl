{{/* What single texts among the values look like, each told in words: a schema could only show its pattern. */}}

{{/* shape → its pattern and its words; "" is allowed where the pattern says so */}}
{{- define "sealserve.shapes" -}}
name: { pattern: '^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?)?$', words: "the name of an object: lower-case letters, digits, '-' and '.'" }
group: { pattern: '^[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?$', words: "1 to 15 lower-case letters, digits and '-'" }
digest: { pattern: '^(sha256:[0-9a-f]{64})?$', words: "empty, or sha256: and 64 hex digits" }
pinned: { pattern: '^(\S+@sha256:[0-9a-f]{64})?$', words: "an image by its digest, such as rclone/rclone@sha256:… with 64 hex digits" }
quantity: { pattern: '^([0-9]+(\.[0-9]+)?(k|Ki|M|Mi|G|Gi|T|Ti)?)?$', words: "a quantity such as 2Gi or 512Mi" }
path: { pattern: '^(/.+)?$', words: "an absolute path" }
https: { pattern: '^(https://[^/?#@]+/?)?$', words: "an https URL without a path" }
url: { pattern: '^(https?://[^/?#@]+(/[^?#]*)?)?$', words: "an http or https URL" }
host: { pattern: '^[A-Za-z0-9.:_-]*$', words: "a name or an address, without scheme, port or password" }
word: { pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$', words: "letters, digits, '.', '_' and '-'" }
domain: { pattern: '^[a-z0-9]([a-z0-9._-]{0,253}[a-z0-9])?$', words: "lower-case letters, digits, '.', '_' and '-'" }
interval: { pattern: '^[0-9]+(ms|s|m)$', words: "a duration such as 30s" }
{{- end }}

{{/* root, key (its path, to be told), value, shape */}}
{{- define "sealserve.shaped" -}}
{{- $shape := index (include "sealserve.shapes" . | fromYaml) .shape }}
{{- $text := toString .value }}
{{- if not (regexMatch $shape.pattern $text) }}
{{- fail (printf "%s is '%s': allowed is %s" .key $text $shape.words) }}
{{- end }}
{{- end }}

{{/* The keys whose texts have a shape. Those of lists and of groups are looked at by sealserve.checkShapes. */}}
{{- define "sealserve.shapedKeys" -}}
name: [tee.runtimeClassName, mesh.authoritySecret, frontend.tls.secretName, frontend.management.tokenSecret, identity.keyFileSecret, identity.passphraseSecret, keyBroker.caSecret, keyBroker.secretName, keyBroker.tls.secretName, keyBroker.collateral.pccsCaSecret, keyBroker.collateral.offline.configMap, keyBroker.collateral.offline.claim, postgres.caSecret, postgres.frontend.passwordSecret, postgres.keyBroker.passwordSecret]
digest: [frontend.image.digest, backend.image.digest, keyBroker.image.digest, cli.image.digest]
quantity: [tee.sgx.epc, backend.memoryFolder, keyBroker.persistence.size]
path: [tee.sgx.aesmdPath, tee.configfs.hostPath]
https: [keyBroker.url]
url: [keyBroker.collateral.pccsUrl, keyBroker.collateral.kdsUrl]
host: [postgres.host, image.registry]
word: [keyBroker.tenant, postgres.frontend.database, postgres.frontend.user, postgres.keyBroker.database, postgres.keyBroker.user]
domain: [trustDomain, clusterDomain]
interval: [monitoring.interval]
{{- end }}

{{- define "sealserve.checkShapes" -}}
{{- range $shape, $keys := include "sealserve.shapedKeys" . | fromYaml }}
{{- range $key := $keys }}
{{- $value := $.Values }}
{{- range $step := splitList "." $key }}{{ $value = index $value $step }}{{ end }}
{{- if and (eq $shape "host") (eq $key "image.registry") }}{{ $value = regexReplaceAll "/" $value "." }}{{ end }}
{{- include "sealserve.shaped" (dict "key" $key "value" $value "shape" $shape) }}
{{- end }}
{{- end }}
{{- $root := .Values.keyBroker.rootKey }}
{{- range concat (list ($root.file | default "") ($root.passphraseFile | default "")) ($root.shares | default list) | compact }}
{{- include "sealserve.shaped" (dict "key" "keyBroker.rootKey" "value" . "shape" "word") }}
{{- end }}
{{- range .Values.keyBroker.administrators }}
{{- include "sealserve.shaped" (dict "key" "keyBroker.administrators" "value" .name "shape" "word") }}
{{- with .publicKey }}{{ include "sealserve.shaped" (dict "key" "keyBroker.administrators" "value" . "shape" "word") }}{{ end }}
{{- end }}
{{- range $group, $backend := .Values.backends }}
{{- $at := printf "backends.%s" $group }}
{{- include "sealserve.shaped" (dict "key" "the name of a group in backends" "value" $group "shape" "group") }}
{{- include "sealserve.shaped" (dict "key" (printf "%s.epc" $at) "value" ($backend.epc | default "") "shape" "quantity") }}
{{- include "sealserve.shaped" (dict "key" (printf "%s.memoryFolder" $at) "value" ($backend.memoryFolder | default "") "shape" "quantity") }}
{{- $models := include "sealserve.models" (dict "root" $ "models" $backend.models) | fromYaml }}
{{- $of := printf "models of %s:" $at }}
{{- include "sealserve.shaped" (dict "key" (printf "%s pvc.existingClaim" $of) "value" $models.pvc.existingClaim "shape" "name") }}
{{- include "sealserve.shaped" (dict "key" (printf "%s pvc.size" $of) "value" $models.pvc.size "shape" "quantity") }}
{{- include "sealserve.shaped" (dict "key" (printf "%s nfs.server" $of) "value" $models.nfs.server "shape" "host") }}
{{- include "sealserve.shaped" (dict "key" (printf "%s nfs.path" $of) "value" $models.nfs.path "shape" "path") }}
{{- include "sealserve.shaped" (dict "key" (printf "%s s3.endpoint" $of) "value" $models.s3.endpoint "shape" "url") }}
{{- include "sealserve.shaped" (dict "key" (printf "%s s3.image" $of) "value" $models.s3.image "shape" "pinned") }}
{{- end }}
{{- end }}
