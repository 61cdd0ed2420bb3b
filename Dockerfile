# syntax=docker/dockerfile:1

# The forwarder as an image: one for worker, intake, console and sandbox; the command says which.
#
# Install scripts stay off by .npmrc: nothing of ours needs one.

# Node 22 is supported until April 2027. Its newest patch comes with each build; no digest, for none could be looked up where
# this file was written: pass `--build-arg BASE=node:22-bookworm-slim@sha256:…` with what your registry serves.
ARG BASE=node:22-bookworm-slim
FROM ${BASE} AS base
WORKDIR /app

FROM base AS deps
COPY package.json package-lock.json .npmrc ./
RUN npm ci --loglevel=error

FROM deps AS build
COPY tsconfig.json tsconfig.build.json ./
COPY scripts ./scripts
COPY src ./src
# build() alone: the script's own start would compare the times of files to decide whether to install once more.
RUN node -e "import('./scripts/build.mjs').then(({ build }) => build())" && rm dist/.built

FROM base AS prod-deps
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --loglevel=error

FROM base AS runtime
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="amazon-capi-forwarder" \
      org.opencontainers.image.description="Queue-backed batch forwarder for the Amazon Ads Conversions API" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENV NODE_ENV=production
# Package managers are of no use in a running container but to an intruder. The command is there for operators.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack \
           /usr/local/bin/yarn /usr/local/bin/yarnpkg /opt/yarn-* \
 && ln -s /app/dist/cli.js /usr/local/bin/capi-forwarder
# Files stay root's: a process that is taken over cannot change what it runs.
COPY --from=prod-deps /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./
USER node
EXPOSE 8080 8081 9464
# Liveness only: a restart mends neither a Redis that is away nor an Amazon that refuses.
HEALTHCHECK --interval=15s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.METRICS_PORT || 9464}/livez`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# node itself and no shell or npm before it: SIGTERM must reach the program, or nothing in flight is settled.
CMD ["node", "dist/cli.js", "worker"]
