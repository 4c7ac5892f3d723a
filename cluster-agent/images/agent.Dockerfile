# The agent, for the chart: docker buildx build --platform linux/amd64,linux/arm64 -f cluster-agent/images/agent.Dockerfile .
# Nothing in it is compiled, so one set of packages serves every platform. Pin the base by digest in production.
ARG BASE=node:24-bookworm-slim
FROM --platform=$BUILDPLATFORM ${BASE} AS packages
WORKDIR /aegis
COPY package.json package-lock.json ./
COPY sdk/package.json sdk/
COPY worker/package.json worker/
COPY dashboard/package.json dashboard/
COPY cluster-agent/package.json cluster-agent/
# esbuild comes as a program for its platform; the agent needs it for `run-tool` alone, which no cluster runs.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --workspace @aegis/cluster-agent --workspace @aegis/skill-sdk

FROM ${BASE}
WORKDIR /aegis
COPY --from=packages /aegis ./
COPY sdk/src sdk/src
COPY cluster-agent/src cluster-agent/src
USER 65532:65532
ENTRYPOINT ["node", "--conditions=aegis-source", "/aegis/cluster-agent/src/main.ts"]
