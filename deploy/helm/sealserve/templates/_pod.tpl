{{/* What all pods have in common. */}}

{{/* root, component, group, config (its text), annotations */}}
{{- define "sealserve.podMetadata" -}}
labels:
  {{- include "sealserve.labels" . | nindent 2 }}
  {{- with .root.Values.pods.labels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
annotations:
  checksum/config: {{ .config | sha256sum }}
  {{- with .root.Values.pods.annotations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{/* root, component, group, tee (its kind) */}}
{{- define "sealserve.podSpec" -}}
{{- $v := .root.Values }}
{{- $vm := has .tee (list "tdx" "snp") }}
{{- $asRoot := and $vm $v.tee.configfs.asRoot }}
serviceAccountName: {{ include "sealserve.name" (dict "root" .root "component" .component) }}
automountServiceAccountToken: false
# Services of other releases would become variables that begin with SEALSERVE_, which the processes refuse.
enableServiceLinks: false
terminationGracePeriodSeconds: {{ add $v.drain.delay $v.drain.timeout 15 }}
{{- with $v.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with $v.pods.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- if and $vm $v.tee.runtimeClassName }}
runtimeClassName: {{ $v.tee.runtimeClassName }}
{{- end }}
{{- if ne .tee "native" }}
{{- with $v.tee.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $v.tee.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
securityContext:
  {{- if $asRoot }}
  runAsUser: 0
  {{- else }}
  runAsNonRoot: true
  runAsUser: {{ $v.pods.uid }}
  {{- end }}
  runAsGroup: {{ $v.pods.uid }}
  fsGroup: {{ $v.pods.uid }}
  {{- /* A claim that another user wrote on: uid 0 has no capability to pass over that. */}}
  fsGroupChangePolicy: {{ ternary "Always" "OnRootMismatch" $asRoot }}
  seccompProfile: { type: RuntimeDefault }
topologySpreadConstraints:
  {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
  - topologyKey: {{ . }}
    maxSkew: 1
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "sealserve.selector" $ | nindent 8 }}
  {{- end }}
{{- end }}

{{- define "sealserve.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{/*
live: the process runs · ready: requests may come · startup: it listens. The port's name is "operations". What must be accepted first listens nowhere
before, and waits as long as there is nobody to ask: the kubelet sees that its process is alive, which ends by itself where it is refused. A restart
would only make it wait anew, so for a day there is none. root, attests (bool)
*/}}
{{- define "sealserve.probes" -}}
{{- $waits := and .attests (include "sealserve.asksBroker" .root) }}
startupProbe:
  httpGet: { path: /healthz, port: operations }
  periodSeconds: 2
  failureThreshold: {{ ternary 43200 150 (not (empty $waits)) }}
livenessProbe:
  httpGet: { path: /healthz, port: operations }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: { path: /readyz, port: operations }
  periodSeconds: 2
  timeoutSeconds: 2
  failureThreshold: 2
{{- end }}

{{/* resources of a container with those of its enclave. resources, root, tee, epc */}}
{{- define "sealserve.resources" -}}
{{- $resources := deepCopy .resources }}
{{- if eq .tee "sgx" }}
{{- $sgx := dict "sgx.intel.com/epc" .epc "sgx.intel.com/enclave" "1" }}
{{- if eq .root.Values.tee.sgx.quoting "in-process" }}{{ $_ := set $sgx "sgx.intel.com/provision" "1" }}{{ end }}
{{- $_ := set $resources "requests" (merge (dict) $sgx ($resources.requests | default dict)) }}
{{- $_ := set $resources "limits" (merge (dict) $sgx ($resources.limits | default dict)) }}
{{- end }}
{{- toYaml $resources }}
{{- end }}

{{/* Mounts of a process that makes evidence. root, tee */}}
{{- define "sealserve.teeMounts" -}}
{{- $tee := .root.Values.tee }}
{{- if and (eq .tee "sgx") (eq $tee.sgx.quoting "aesmd") }}
- { name: aesmd, mountPath: /var/run/aesmd, readOnly: true }
{{- else if and (has .tee (list "tdx" "snp")) $tee.configfs.hostPath }}
- { name: configfs, mountPath: /sys/kernel/config/tsm }
{{- end }}
{{- end }}

{{- define "sealserve.teeVolumes" -}}
{{- $tee := .root.Values.tee }}
{{- if and (eq .tee "sgx") (eq $tee.sgx.quoting "aesmd") }}
- name: aesmd
  hostPath: { path: {{ $tee.sgx.aesmdPath }}, type: Directory }
{{- else if and (has .tee (list "tdx" "snp")) $tee.configfs.hostPath }}
- name: configfs
  hostPath: { path: {{ $tee.configfs.hostPath }}, type: Directory }
{{- end }}
{{- end }}

{{/* A volume over some keys of a Secret, for the process's group to read. name, secret, items (a list of keys, or a dict of key to path) */}}
{{- define "sealserve.secretVolume" -}}
- name: {{ .name }}
  secret:
    secretName: {{ .secret }}
    defaultMode: 288 # 0440
    items:
      {{- if kindIs "map" .items }}
      {{- range $key, $path := .items }}
      - { key: {{ $key }}, path: {{ $path }} }
      {{- end }}
      {{- else }}
      {{- range .items }}
      - { key: {{ . }}, path: {{ . }} }
      {{- end }}
      {{- end }}
{{- end }}
