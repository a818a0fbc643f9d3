# All of Confab's programs in one image; the command says which one runs.
FROM debian:bookworm-slim AS build
# Debian keeps one version of a package, the one with the security fixes.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends \
        build-essential pkg-config libcjson-dev libcurl4-openssl-dev \
        libhiredis-dev libmariadb-dev libmicrohttpd-dev librabbitmq-dev \
        libssl-dev libunistring-dev nettle-dev zlib1g-dev && \
    rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN make && make install PREFIX=/usr DESTDIR=/out

FROM debian:bookworm-slim
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends \
        ca-certificates curl libcjson1 libcurl4 libhiredis0.14 libmariadb3 \
        libmicrohttpd12 libnettle8 librabbitmq4 libssl3 libunistring2 zlib1g && \
    rm -rf /var/lib/apt/lists/* && \
    groupadd --gid 10001 confab && \
    useradd --uid 10001 --gid confab --no-create-home --home-dir / \
        --shell /usr/sbin/nologin confab && \
    install -d -o confab -g confab -m 0700 /var/backups/confab
COPY --from=build /out/usr/bin/ /usr/bin/
COPY --from=build /out/usr/share/confab/ /usr/share/confab/
COPY container/healthcheck container/broker /usr/lib/confab/
ENV CONFAB_LISTEN=0.0.0.0 CONFAB_METRICS_LISTEN=0.0.0.0:9100
EXPOSE 3000 9100
USER 10001:10001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["/usr/lib/confab/healthcheck", "up"]
CMD ["confab-api"]
