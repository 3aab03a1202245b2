{{/* Keys that a null took away: a template that meets nothing where it wants something could only say so in Go's words. */}}

{{/* The value at a path of keys, as JSON; null where there is none. root, key */}}
{{- define "sealserve.valueAt" -}}
{{- $value := .root.Values }}
{{- $there := true }}
{{- range $step := splitList "." .key }}
{{- if $there }}{{ $there = and (kindIs "map" $value) (hasKey $value $step) }}{{ end }}
{{- if $there }}{{ $value = index $value $step }}{{ end }}
{{- end }}
{{- if and $there (not (kindIs "invalid" $value)) }}{{ toJson $value }}{{ else }}null{{ end }}
{{- end }}

{{- define "sealserve.sections" -}}
[image, tee, tee.sgx, tee.configfs, mesh, mesh.issuer, frontend, frontend.image, frontend.autoscaling, frontend.ports, frontend.service, frontend.tls, frontend.tls.issuer, frontend.management, frontend.resources, frontend.config, backends, backend, backend.image, backend.python, backend.resources, models, models.pvc, models.nfs, models.s3, models.image, identity, keyBroker, keyBroker.image, keyBroker.rootKey, keyBroker.tls, keyBroker.tls.issuer, keyBroker.persistence, keyBroker.collateral, keyBroker.collateral.offline, keyBroker.resources, keyBroker.config, postgres, postgres.frontend, postgres.keyBroker, networkPolicy, monitoring, monitoring.labels, istio, kserve, kserve.resources, pods, drain, test, cli, cli.image, image.pullSecrets, frontend.tls.dnsNames, frontend.management.from, keyBroker.administrators, keyBroker.adminFrom, keyBroker.attestingFrom, postgres.peers, networkPolicy.clientsFrom, networkPolicy.monitoringFrom, networkPolicy.dnsTo, test.inputs]
{{- end }}

{{/* Keys with a few words to choose from, which the schema names. */}}
{{- define "sealserve.choices" -}}
[image.pullPolicy, tee.kind, tee.sgx.quoting, mesh.source, mesh.issuer.kind, frontend.service.type, frontend.tls.source, frontend.tls.issuer.kind, models.source, models.pvc.accessMode, models.image.pullPolicy, keyBroker.tls.source, keyBroker.tls.issuer.kind, kserve.scope]
{{- end }}

{{- define "sealserve.checkSections" -}}
{{- range concat (include "sealserve.sections" . | fromYamlArray) (include "sealserve.choices" . | fromYamlArray) }}
{{- if eq (include "sealserve.valueAt" (dict "root" $ "key" .)) "null" }}
{{- fail (printf "%s is null, which takes away what the chart has there: leave the key out, or give it a value" .) }}
{{- end }}
{{- end }}
{{- end }}
