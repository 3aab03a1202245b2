{{/* How a frontend or backend comes to its mesh certificate, and to the key broker. */}}

{{/* The keys "mesh" and "identity" of a process. root, process (the name of its policy) */}}
{{- define "sealserve.trustConfig" -}}
{{- if eq (include "sealserve.meshSource" .root) "key-broker" }}
mesh: key-broker
{{- else }}
mesh:
  certificate: /run/sealserve/mesh/certificate.pem
  key: /run/sealserve/mesh/key.pem
  roots: /run/sealserve/mesh/roots.pem
  trustDomain: {{ .root.Values.trustDomain }}
{{- end }}
{{- if include "sealserve.asksBroker" .root }}
identity:
  keyBroker:
    url: {{ include "sealserve.brokerUrl" .root }}
    {{- if include "sealserve.brokerCaSecret" .root }}
    ca: /etc/sealserve/broker-ca/ca.crt
    {{- end }}
    tenant: {{ .root.Values.keyBroker.tenant }}
    process: {{ .process }}
{{- end }}
{{- end }}

{{/* The init container that makes a key and a certificate for this pod; the process itself never sees the authority's key. root, role, group */}}
{{- define "sealserve.meshInit" -}}
{{- if eq (include "sealserve.meshSource" .root) "issued" }}
- name: mesh-certificate
  image: {{ include "sealserve.image" (dict "root" .root "image" .root.Values.cli.image "flavour" "native") }}
  imagePullPolicy: {{ .root.Values.image.pullPolicy }}
  args:
    - mesh
    - issue
    - --authority=/run/secrets/mesh-authority/tls.crt
    - --authority-key=/run/secrets/mesh-authority/tls.key
    - --trust-domain={{ .root.Values.trustDomain }}
    - --role={{ .role }}
    - --group={{ .group }}
    - --out=/run/sealserve/mesh
  resources: { requests: { cpu: 50m, memory: 128Mi }, limits: { memory: 256Mi } }
  securityContext:
    {{- include "sealserve.containerSecurity" . | nindent 4 }}
  volumeMounts:
    - { name: mesh, mountPath: /run/sealserve/mesh }
    - { name: mesh-authority, mountPath: /run/secrets/mesh-authority, readOnly: true }
{{- end }}
{{- end }}

{{- define "sealserve.meshMounts" -}}
{{- if ne (include "sealserve.meshSource" .root) "key-broker" }}
- { name: mesh, mountPath: /run/sealserve/mesh, readOnly: true }
{{- end }}
{{- if and (include "sealserve.asksBroker" .root) (include "sealserve.brokerCaSecret" .root) }}
- { name: broker-ca, mountPath: /etc/sealserve/broker-ca, readOnly: true }
{{- end }}
{{- end }}

{{/* root, component, group */}}
{{- define "sealserve.meshVolumes" -}}
{{- $source := include "sealserve.meshSource" .root }}
{{- if eq $source "issued" }}
- name: mesh
  emptyDir: { medium: Memory, sizeLimit: 1Mi }
{{ include "sealserve.secretVolume" (dict "name" "mesh-authority" "secret" (include "sealserve.authoritySecret" .root) "items" (list "tls.crt" "tls.key")) }}
{{- else if eq $source "cert-manager" }}
{{ include "sealserve.secretVolume" (dict "name" "mesh" "secret" (printf "%s-mesh" (include "sealserve.name" .)) "items" (dict "tls.crt" "certificate.pem" "tls.key" "key.pem" "ca.crt" "roots.pem")) }}
{{- end }}
{{- if and (include "sealserve.asksBroker" .root) (include "sealserve.brokerCaSecret" .root) }}
{{ include "sealserve.secretVolume" (dict "name" "broker-ca" "secret" (include "sealserve.brokerCaSecret" .root) "items" (list "ca.crt")) }}
{{- end }}
{{- end }}

{{- define "sealserve.authoritySecret" -}}
{{ .Values.mesh.authoritySecret | default (printf "%s-mesh-authority" (include "sealserve.fullname" .)) }}
{{- end }}
