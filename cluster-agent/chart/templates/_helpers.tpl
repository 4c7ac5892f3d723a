{{/* The label `app` is what the policies of tenants select by, so it is the same in every release. */}}
{{- define "aegis.labels" -}}
app: {{ .app }}
app.kubernetes.io/name: {{ .app }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- end }}

{{- define "aegis.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "aegis.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* What every container with the agent's program is told. */}}
{{- define "aegis.environment" -}}
- {name: AEGIS_REGISTRY, value: {{ .Values.registry.url | quote }}}
- {name: AEGIS_TARGET, value: kubernetes}
- {name: AEGIS_STATE_DIR, value: /var/lib/aegis-agent}
- {name: AEGIS_SYSTEM_NAMESPACE, value: {{ .Release.Namespace }}}
- {name: AEGIS_TENANTS_NAMESPACE, value: {{ .Values.tenants.namespace }}}
- {name: AEGIS_TENANT_LABEL, value: {{ .Values.tenants.label | quote }}}
- {name: AEGIS_PLATFORM_SERVICES, value: {{ join "," .Values.platformServices | default "none" | quote }}}
- {name: AEGIS_GATEWAY_ADDRESS, value: {{ .Values.gateway.clusterIP }}}
- {name: AEGIS_HEALTH_HOST, value: 0.0.0.0}
- {name: AEGIS_HEALTH_PORT, value: "8080"}
{{- if .Values.registry.ca }}
- {name: AEGIS_CA_FILE, value: /etc/aegis/ca.pem}
{{- end }}
{{- if .Values.proxy.https }}
- {name: HTTPS_PROXY, value: {{ .Values.proxy.https | quote }}}
- {name: NO_PROXY, value: {{ .Values.proxy.exceptions | quote }}}
{{- end }}
{{- end }}

{{- define "aegis.pullSecrets" -}}
{{- with .Values.images.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- end }}

{{- define "aegis.health" -}}
ports:
  - {name: health, containerPort: 8080}
livenessProbe:
  httpGet: {path: /healthz, port: health}
  periodSeconds: 10
readinessProbe:
  httpGet: {path: /readyz, port: health}
  periodSeconds: 5
{{- end }}
