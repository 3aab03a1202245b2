{{/* Values that do not go together: each is refused with what was found and what to do. What a single value may be says values.schema.json. */}}
{{- define "sealserve.checks" -}}
{{- include "sealserve.checkSections" . }}
{{- if not .Values.backends }}{{ fail "backends names no group: leave at least one, such as main" }}{{ end }}
{{- range $group, $backend := .Values.backends }}
{{- if kindIs "invalid" $backend }}{{ fail (printf "backends.%s is null: give it values, or an object without any" $group) }}{{ end }}
{{- end }}
{{- include "sealserve.checkNumbers" . }}
{{- include "sealserve.checkShapes" . }}
{{- include "sealserve.checkMemory" . }}
{{- include "sealserve.checkGivenSecrets" . }}
{{- $v := .Values }}
{{- $native := eq $v.tee.kind "native" }}
{{- $mesh := include "sealserve.meshSource" . }}
{{- $tls := include "sealserve.tlsSource" . }}
{{- $broker := $v.keyBroker }}
{{- $taken := dict "9002" "health and metrics" }}
{{- range $name, $number := $v.frontend.ports }}
{{- $port := toString (int $number) }}
{{- if ne $port "0" }}
{{- with index $taken $port }}{{ fail (printf "frontend.ports.%s is %s, where %s is already: give each its own port, or 0 to switch one off" $name $port .) }}{{ end }}
{{- $_ := set $taken $port $name }}
{{- end }}
{{- end }}
{{- with $v.frontend.ports }}
{{- if not (or .inference .openInference .tensorflowServing) }}
{{- fail "frontend.ports switches inference, openInference and tensorflowServing off: leave clients one of them" }}
{{- end }}
{{- end }}
{{- if and $v.frontend.autoscaling.enabled (gt (int $v.frontend.autoscaling.minReplicas) (int $v.frontend.autoscaling.maxReplicas)) }}
{{- fail (printf "frontend.autoscaling.minReplicas is %d and maxReplicas is %d: the least is at most the most" (int $v.frontend.autoscaling.minReplicas) (int $v.frontend.autoscaling.maxReplicas)) }}
{{- end }}
{{- if and (not $native) (not $broker.enabled) (not $broker.url) }}
{{- fail (printf "tee.kind is %s, and nobody releases keys there: set keyBroker.enabled to true, or keyBroker.url to the broker that is there already" $v.tee.kind) }}
{{- end }}
{{- if and $broker.enabled $broker.url }}
{{- fail "keyBroker.enabled and keyBroker.url are both set: a key broker of this release, or one that is there already, not both" }}
{{- end }}
{{- if and $native (eq $mesh "key-broker") }}
{{- fail "mesh.source is key-broker, and nothing attests in a native installation: use issued or cert-manager" }}
{{- end }}
{{- if and (not $native) (ne $mesh "key-broker") }}
{{- fail (printf "mesh.source is %s and tee.kind is %s: behind a frontend that attests nobody reads requests whom no policy has judged; set mesh.source to key-broker or auto" $mesh $v.tee.kind) }}
{{- end }}
{{- if and (eq $mesh "cert-manager") (not $v.mesh.issuer.name) }}
{{- fail "mesh.source is cert-manager: name the issuer in mesh.issuer.name" }}
{{- end }}
{{- if and $native (eq $tls "process") }}
{{- fail "frontend.tls.source is process, which only evidence can vouch for: use generated, secret or cert-manager in a native installation" }}
{{- end }}
{{- if and (eq $tls "secret") (not $v.frontend.tls.secretName) }}
{{- fail "frontend.tls.source is secret: name the Secret with tls.crt and tls.key in frontend.tls.secretName" }}
{{- end }}
{{- if and (eq $tls "cert-manager") (not $v.frontend.tls.issuer.name) }}
{{- fail "frontend.tls.source is cert-manager: name the issuer in frontend.tls.issuer.name" }}
{{- end }}
{{- if and (not $native) (or $v.identity.keyFileSecret $v.identity.passphraseSecret) }}
{{- fail (printf "identity is set and tee.kind is %s: in a TEE the key broker opens sealed models; remove identity.keyFileSecret and identity.passphraseSecret" $v.tee.kind) }}
{{- end }}
{{- if and $v.identity.keyFileSecret $v.identity.passphraseSecret }}
{{- fail "identity.keyFileSecret and identity.passphraseSecret are both set: only one of them can open models" }}
{{- end }}
{{- if and $broker.enabled (not $broker.secretName) }}
{{- fail "keyBroker.secretName is empty: name the Secret with the root key and the administrators' public keys" }}
{{- end }}
{{- if and $broker.caSecret (not $broker.url) }}
{{- fail "keyBroker.caSecret is set and keyBroker.url is not: it is for a broker that is there already; one of this release has keyBroker.tls" }}
{{- end }}
{{- if and $broker.enabled (gt (int $broker.replicas) 1) (not $v.postgres.enabled) }}
{{- fail (printf "keyBroker.replicas is %d, and SQLite is one broker's own: set postgres.enabled, or keyBroker.replicas to 1" (int $broker.replicas)) }}
{{- end }}
{{- with $broker.collateral }}
{{- if and .pccsCaSecret (or (include "sealserve.offline" $) (not (hasPrefix "https://" .pccsUrl))) }}
{{- fail "keyBroker.collateral.pccsCaSecret vouches for a PCCS: it wants keyBroker.collateral.pccsUrl with https, and nothing in keyBroker.collateral.offline" }}
{{- end }}
{{- end }}
{{- if and $broker.enabled (eq $broker.tls.source "secret") (not $broker.tls.secretName) }}
{{- fail "keyBroker.tls.source is secret: name the Secret with tls.crt, tls.key and ca.crt in keyBroker.tls.secretName" }}
{{- end }}
{{- if and $broker.enabled (eq $broker.tls.source "cert-manager") (not $broker.tls.issuer.name) }}
{{- fail "keyBroker.tls.source is cert-manager: name the issuer in keyBroker.tls.issuer.name" }}
{{- end }}
{{- $offline := $broker.collateral.offline }}
{{- if gt (len (compact (list $offline.configMap $offline.claim $offline.image))) 1 }}
{{- fail "keyBroker.collateral.offline names more than one of configMap, claim and image: collateral comes from one folder" }}
{{- end }}
{{- if $v.postgres.enabled }}
{{- if not $v.postgres.host }}{{ fail "postgres.enabled is true: name its host in postgres.host" }}{{ end }}
{{- if not $v.postgres.frontend.passwordSecret }}
{{- fail "postgres.enabled is true: name the Secret with the key password in postgres.frontend.passwordSecret" }}
{{- end }}
{{- if and $broker.enabled (not $v.postgres.keyBroker.passwordSecret) }}
{{- fail "postgres.enabled is true: name the Secret with the key password in postgres.keyBroker.passwordSecret" }}
{{- end }}
{{- end }}
{{- if and $v.frontend.management.tokenSecret (not $v.postgres.enabled) }}
{{- fail "frontend.management.tokenSecret is set, and what calls change has to be kept for all frontends: set postgres.enabled" }}
{{- end }}
{{- if and (not $native) $v.test.model (not $v.test.policy) }}
{{- fail (printf "test.model is set and tee.kind is %s: give the policy by which the server is judged before the request, in test.policy" $v.tee.kind) }}
{{- end }}
{{- if and (eq $v.tee.configfs.asRoot false) $v.tee.configfs.hostPath (has $v.tee.kind (list "tdx" "snp")) }}
{{- fail "tee.configfs.hostPath is set, and Linux lets only uid 0 ask there: set tee.configfs.asRoot to true" }}
{{- end }}
{{- if eq (int $v.backend.port) 9001 }}
{{- fail "backend.port is 9001, where health and metrics are already: give it another" }}
{{- end }}
{{- range $group, $backend := $v.backends }}
{{- if eq (include "sealserve.handlersFlavour" (dict "root" $ "tee" $v.tee.kind "python" $backend.python)) "sgx-python" }}
{{- fail (printf "%s.python.enabled is true and tee.kind is sgx: an enclave starts no other program; use tdx or snp, or handlers in TypeScript" (ternary (printf "backends.%s" $group) "backend" (not (empty $backend.python)))) }}
{{- end }}
{{- $models := include "sealserve.models" (dict "root" $ "models" $backend.models) | fromYaml }}
{{- $own := and (eq $models.source "pvc") (not $models.pvc.existingClaim) }}
{{- if and $own (ne $models.pvc.accessMode "ReadWriteMany") (or (gt (int $backend.replicas) 1) (gt (len $v.backends) 1)) }}
{{- fail (printf "backends.%s would share a volume of %s, which one node mounts: set models.pvc.accessMode to ReadWriteMany, or use nfs, s3 or image" $group $models.pvc.accessMode) }}
{{- end }}
{{- if and (eq $models.source "nfs") (not (and $models.nfs.server $models.nfs.path)) }}
{{- fail (printf "models.source of backends.%s is nfs: set models.nfs.server and models.nfs.path" $group) }}
{{- end }}
{{- if and (eq $models.source "image") (not $models.image.reference) }}
{{- fail (printf "models.source of backends.%s is image: set models.image.reference" $group) }}
{{- end }}
{{- if eq $models.source "s3" }}
{{- if not (and $models.s3.endpoint $models.s3.bucket $models.s3.secretName) }}
{{- fail (printf "models.source of backends.%s is s3: set models.s3.endpoint, models.s3.bucket and models.s3.secretName" $group) }}
{{- end }}
{{- if not $models.s3.image }}
{{- fail (printf "models.source of backends.%s is s3: name rclone's image by its digest in models.s3.image, such as rclone/rclone@sha256:… with 64 hex digits" $group) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
