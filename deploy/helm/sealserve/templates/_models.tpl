{{/* Where the models of a group of backends come from. Each template takes the values "models" of the group, merged over those of all. */}}

{{/* root, group's models */}}
{{- define "sealserve.models" -}}
{{ mustMergeOverwrite (deepCopy .root.Values.models) (deepCopy (.models | default dict)) | toYaml }}
{{- end }}

{{- define "sealserve.modelsClaim" -}}
{{ .models.pvc.existingClaim | default (printf "%s-models" (include "sealserve.fullname" .root)) }}
{{- end }}

{{- define "sealserve.modelsVolume" -}}
- name: models
  {{- if eq .models.source "pvc" }}
  persistentVolumeClaim: { claimName: {{ include "sealserve.modelsClaim" . }}, readOnly: true }
  {{- else if eq .models.source "nfs" }}
  nfs: { server: {{ .models.nfs.server | quote }}, path: {{ .models.nfs.path | quote }}, readOnly: true }
  {{- else if eq .models.source "image" }}
  image: { reference: {{ .models.image.reference | quote }}, pullPolicy: {{ .models.image.pullPolicy }} }
  {{- else }}
  # Sealed files only: they may lie on the node's disk.
  emptyDir: { sizeLimit: {{ .models.s3.size }} }
{{ include "sealserve.secretVolume" (dict "name" "s3-credentials" "secret" .models.s3.secretName "items" (list "credentials")) }}
  {{- end }}
{{- end }}

{{- define "sealserve.modelsMount" -}}
{{- $sub := "" }}
{{- if eq .models.source "pvc" }}{{ $sub = .models.pvc.subPath }}{{ else if eq .models.source "image" }}{{ $sub = .models.image.subPath }}{{ end }}
- name: models
  mountPath: /models
  readOnly: true
  {{- with $sub }}
  subPath: {{ . }}
  {{- end }}
{{- end }}

{{- define "sealserve.modelsInit" -}}
{{- if eq .models.source "s3" }}
{{- $s3 := .models.s3 }}
- name: fetch-models
  image: {{ $s3.image }}
  imagePullPolicy: {{ .root.Values.image.pullPolicy }}
  command: [rclone]
  args:
    - copy
    - ":s3:{{ $s3.bucket }}{{ with $s3.prefix }}/{{ . | trimPrefix "/" }}{{ end }}"
    - /models
    - --include=*.age
    - --config=/dev/null
    - --cache-dir=/tmp
    - --s3-provider=Other
    - --s3-endpoint={{ $s3.endpoint }}
    {{- with $s3.region }}
    - --s3-region={{ . }}
    {{- end }}
    - --s3-env-auth
    - --retries=10
  env:
    # Where the credentials lie, not what they are.
    - { name: AWS_SHARED_CREDENTIALS_FILE, value: /run/secrets/s3/credentials }
  resources: { requests: { cpu: 100m, memory: 128Mi }, limits: { memory: 512Mi } }
  securityContext:
    {{- include "sealserve.containerSecurity" . | nindent 4 }}
  volumeMounts:
    - { name: models, mountPath: /models }
    - { name: s3-credentials, mountPath: /run/secrets/s3, readOnly: true }
    - { name: tmp, mountPath: /tmp }
{{- end }}
{{- end }}
