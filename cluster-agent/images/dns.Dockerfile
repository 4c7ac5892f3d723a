# The DNS of tenants: docker buildx build --platform linux/amd64,linux/arm64 -f cluster-agent/images/dns.Dockerfile .
# CoreDNS with the few plugins that it needs, and nothing else in the image.
ARG GO=golang:1.26-bookworm
FROM --platform=$BUILDPLATFORM ${GO} AS build
ARG TARGETARCH
WORKDIR /coredns
COPY tools/coredns ./
RUN CGO_ENABLED=0 GOARCH=$TARGETARCH go build -mod=readonly -trimpath -buildvcs=false -ldflags "-s -w" -o /out/coredns .

FROM scratch
COPY --from=build /out/coredns /coredns
USER 65532:65532
ENTRYPOINT ["/coredns"]
