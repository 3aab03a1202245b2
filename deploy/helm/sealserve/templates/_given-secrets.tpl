{{/* Secrets of yours that are there already have the keys that pods mount: a pod that lacks one would wait without end. What is not there yet may come. */}}

{{/* root, key (of the value that names the Secret), secret, items, advice (optional) */}}
{{- define "sealserve.checkSecret" -}}
{{- if .secret }}
{{- $there := lookup "v1" "Secret" .root.Release.Namespace .secret }}
{{- if $there }}
{{- $data := $there.data | default dict }}
{{- range .items }}
{{- if not (hasKey $data .) }}
{{- $has := keys $data | sortAlpha | join ", " | default "none" }}
{{- fail (printf "%s names the Secret %s, which has no key %s (it has: %s): %s" $.key $.secret . $has ($.advice | default "add it, or name another Secret")) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "sealserve.checkGivenSecrets" -}}
{{- $v := .Values }}
{{- $check := list
  (list "identity.keyFileSecret" $v.identity.keyFileSecret (list "key.txt"))
  (list "identity.passphraseSecret" $v.identity.passphraseSecret (list "passphrase"))
  (list "frontend.management.tokenSecret" $v.frontend.management.tokenSecret (list "token"))
}}
{{- if eq (include "sealserve.tlsSource" .) "secret" }}
{{- $check = append $check (list "frontend.tls.secretName" $v.frontend.tls.secretName (list "tls.crt" "tls.key")) }}
{{- if $v.test.ca }}
{{- $check = append $check (list "frontend.tls.secretName" $v.frontend.tls.secretName (list "ca.crt") "add it, or set test.ca to false: helm test trusts it") }}
{{- end }}
{{- end }}
{{- if eq (include "sealserve.meshSource" .) "issued" }}
{{- $check = append $check (list "mesh.authoritySecret" $v.mesh.authoritySecret (list "tls.crt" "tls.key")) }}
{{- end }}
{{- if $v.keyBroker.enabled }}
{{- $check = append $check (list "keyBroker.secretName" $v.keyBroker.secretName (include "sealserve.brokerSecretItems" . | fromYamlArray)) }}
{{- if eq $v.keyBroker.tls.source "secret" }}
{{- $check = append $check (list "keyBroker.tls.secretName" $v.keyBroker.tls.secretName (list "tls.crt" "tls.key" "ca.crt")) }}
{{- end }}
{{- else if $v.keyBroker.url }}
{{- $check = append $check (list "keyBroker.caSecret" $v.keyBroker.caSecret (list "ca.crt")) }}
{{- end }}
{{- if $v.postgres.enabled }}
{{- $check = append $check (list "postgres.caSecret" $v.postgres.caSecret (list "ca.crt")) }}
{{- $check = append $check (list "postgres.frontend.passwordSecret" $v.postgres.frontend.passwordSecret (list "password")) }}
{{- if $v.keyBroker.enabled }}
{{- $check = append $check (list "postgres.keyBroker.passwordSecret" $v.postgres.keyBroker.passwordSecret (list "password")) }}
{{- end }}
{{- end }}
{{- range $group, $backend := $v.backends }}
{{- $models := include "sealserve.models" (dict "root" $ "models" $backend.models) | fromYaml }}
{{- if eq $models.source "s3" }}
{{- $check = append $check (list (printf "models.s3.secretName of backends.%s" $group) $models.s3.secretName (list "credentials")) }}
{{- end }}
{{- end }}
{{- range $check }}
{{- include "sealserve.checkSecret" (dict "root" $ "key" (index . 0) "secret" (index . 1) "items" (index . 2) "advice" (ternary (last .) "" (eq (len .) 4))) }}
{{- end }}
{{- end }}
