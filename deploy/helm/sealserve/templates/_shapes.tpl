{{/* What single texts among the values look like, each told in words: a schema could only show its pattern. */}}

{{/* shape → its pattern and its words; "" is allowed where the pattern says so */}}
{{- define "sealserve.shapes" -}}
name: { pattern: '^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?)?$', words: "the name of an object: lower-case letters, digits, '-' and '.'" }
named: { pattern: '^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$', words: "the name of an object: lower-case letters, digits, '-' and '.'" }
dnsName: { pattern: '^(\*\.)?[A-Za-z0-9][A-Za-z0-9.:-]*$', words: "a name or an address, such as models.example" }
group: { pattern: '^[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?$', words: "1 to 15 lower-case letters, digits and '-'" }
digest: { pattern: '^(sha256:[0-9a-f]{64})?$', words: "empty, or sha256: and 64 hex digits" }
pinned: { pattern: '^(\S+@sha256:[0-9a-f]{64})?$', words: "an image by its digest, such as rclone/rclone@sha256:… with 64 hex digits" }
quantity: { pattern: '^(([0-9]*[1-9][0-9]*(\.[0-9]+)?|0\.[0-9]*[1-9][0-9]*)(k|Ki|M|Mi|G|Gi|T|Ti)?)?$', words: "empty, or a quantity above nothing such as 2Gi or 512Mi" }
amount: { pattern: '^([0-9]*[1-9][0-9]*(\.[0-9]+)?|0\.[0-9]*[1-9][0-9]*)(k|Ki|M|Mi|G|Gi|T|Ti)?$', words: "a quantity above nothing such as 2Gi or 512Mi" }
cpu: { pattern: '^([0-9]*[1-9][0-9]*(\.[0-9]+)?|0\.[0-9]*[1-9][0-9]*)m?$', words: "a number of processors such as 2, 0.5 or 500m" }
repository: { pattern: '^[a-z0-9][a-z0-9._/-]{0,254}$', words: "the name of an image without registry, tag and digest" }
tag: { pattern: '^([A-Za-z0-9_][A-Za-z0-9._-]{0,127})?$', words: "empty, or a tag without flavour, such as 0.1.0" }
bucket: { pattern: '^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])?$', words: "3 to 63 lower-case letters, digits, '.' and '-'" }
below: { pattern: '^([^/.][^/]*(/[^/.][^/]*)*)?$', words: "a path below, without '/' at its ends and without '..'" }
cidr: { pattern: '^[0-9a-fA-F.:]+/[0-9]{1,3}$', words: "addresses such as 192.0.2.0/24" }
input: { pattern: '^[^=]+=.+$', words: "name=value, such as x=[[1,2]]" }
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
{{- $text := toString (ternary "" .value (kindIs "invalid" .value)) }}
{{- if not (regexMatch $shape.pattern $text) }}
{{- fail (printf "%s is '%s': allowed is %s" .key $text $shape.words) }}
{{- end }}
{{- end }}

{{/* The keys whose texts have a shape. Those of lists and of groups: sealserve.checkLists, sealserve.checkGroup. */}}
{{- define "sealserve.shapedKeys" -}}
name: [tee.runtimeClassName, mesh.authoritySecret, frontend.tls.secretName, frontend.management.tokenSecret, identity.keyFileSecret, identity.passphraseSecret, keyBroker.caSecret, keyBroker.secretName, keyBroker.tls.secretName, keyBroker.collateral.pccsCaSecret, keyBroker.collateral.offline.configMap, keyBroker.collateral.offline.claim, postgres.caSecret, postgres.frontend.passwordSecret, postgres.keyBroker.passwordSecret]
digest: [frontend.image.digest, backend.image.digest, keyBroker.image.digest, cli.image.digest]
amount: [tee.sgx.epc, backend.memoryFolder, backend.temporaryFolder, keyBroker.persistence.size]
repository: [frontend.image.repository, backend.image.repository, keyBroker.image.repository, cli.image.repository]
tag: [image.tag]
path: [tee.sgx.aesmdPath, tee.configfs.hostPath]
https: [keyBroker.url]
url: [test.url, keyBroker.collateral.pccsUrl, keyBroker.collateral.kdsUrl]
host: [postgres.host, image.registry]
word: [keyBroker.tenant, postgres.frontend.database, postgres.frontend.user, postgres.keyBroker.database, postgres.keyBroker.user]
domain: [trustDomain, clusterDomain, istio.trustDomain]
interval: [monitoring.interval]
{{- end }}

{{- define "sealserve.checkShapes" -}}
{{- range $shape, $keys := include "sealserve.shapedKeys" . | fromYaml }}
{{- range $key := $keys }}
{{- $value := include "sealserve.valueAt" (dict "root" $ "key" $key) | mustFromJson }}
{{- if eq $key "image.registry" }}{{ $value = regexReplaceAll "/" (toString $value) "." }}{{ end }}
{{- include "sealserve.shaped" (dict "key" $key "value" $value "shape" $shape) }}
{{- end }}
{{- end }}
{{- include "sealserve.checkLists" . }}
{{- range $group, $backend := .Values.backends }}
{{- include "sealserve.checkGroup" (dict "root" $ "group" $group "backend" $backend) }}
{{- end }}
{{- end }}
