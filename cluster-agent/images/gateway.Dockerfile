# HAProxy beside the agent: docker buildx build --platform linux/amd64,linux/arm64 -f cluster-agent/images/gateway.Dockerfile .
ARG BASE=debian:bookworm-slim
FROM ${BASE}
RUN apt-get update \
 && apt-get install -y --no-install-recommends haproxy \
 && rm -rf /var/lib/apt/lists/*
COPY cluster-agent/bin/aegis-haproxy.sh /usr/local/bin/aegis-haproxy.sh
USER 65532:65532
ENTRYPOINT ["sh", "/usr/local/bin/aegis-haproxy.sh"]
