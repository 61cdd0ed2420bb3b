/**
 * The web console: the server around its pages, with its limits and headers.
 *
 * Promises: every page works without scripts and loads only from this server. Changes to dead letters use the same
 * functions as the commands. An error answer says in words what to do.
 */
import formbody from '@fastify/formbody';
import helmet from '@fastify/helmet';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { limitedServer } from '../http/limits.js';
import { limitOpenBodies, OpenBodies } from '../http/open-bodies.js';
import { guardAccess } from './access.js';
import { AccountConsoles } from './account-consoles.js';
import { AccountsWatch } from './accounts-watch.js';
import { addAssetRoutes } from './assets.js';
import type { ConsoleContext, ConsoleOptions } from './console-context.js';
import { pageContextOf } from './page-context.js';
import { SAMPLE_EVERY_MS } from './rates.js';
import { sendPage } from './render.js';
import { addChangeRoutes } from './routes/change-routes.js';
import { addCoverageRoutes } from './routes/coverage-routes.js';
import { addFindRoutes } from './routes/find-routes.js';
import { addLetterRoutes } from './routes/letter-routes.js';
import { addLettersRoutes } from './routes/letters-routes.js';
import { addOperationRoutes } from './routes/operation-routes.js';
import { addOverviewRoutes } from './routes/overview-routes.js';
import { addReconcileRoutes } from './routes/reconcile-routes.js';
import { addSignInRoutes } from './routes/sign-in-routes.js';
import { FaultPage } from './views/sign-in.js';

const BODY_MAX_BYTES = 512_000;

export class Console {
  readonly #options: ConsoleOptions;
  readonly #server: FastifyInstance;
  readonly #context: ConsoleContext;
  #sampling: NodeJS.Timeout | undefined;

  constructor(options: ConsoleOptions) {
    this.#options = options;
    const { accounts, connection } = options;
    this.#context = {
      ...options,
      watch: new AccountsWatch(accounts, connection),
      accountConsoles: new AccountConsoles(options),
    };
    this.#server = fastify({
      ...limitedServer(options.limits),
      bodyLimit: BODY_MAX_BYTES,
      forceCloseConnections: 'idle',
      return503OnClosing: true,
      routerOptions: { maxParamLength: 400 },
    });
  }

  /** @returns the base URL */
  async start(): Promise<string> {
    const server = this.#server;
    server.setErrorHandler((error, request, reply) => this.#explain(error, request, reply));
    server.setNotFoundHandler((request, reply) => this.#fault(request, reply, 404, 'There is no such page.'));
    // Only forms are accepted. Another site could post JSON without a CORS preflight.
    server.removeAllContentTypeParsers();
    await server.register(formbody, { bodyLimit: BODY_MAX_BYTES });
    await server.register(helmet, HEADERS);
    server.addHook('onRequest', async (_request, reply) => {
      reply.header('Cache-Control', 'no-store');
    });
    await guardAccess(server, this.#options.tokens);
    limitOpenBodies(server, new OpenBodies(), (request) => request.user !== null);
    addAssetRoutes(server);
    addSignInRoutes(server, this.#context);
    addOverviewRoutes(server, this.#context);
    addLettersRoutes(server, this.#context);
    addLetterRoutes(server, this.#context);
    addChangeRoutes(server, this.#context);
    addOperationRoutes(server, this.#context);
    addCoverageRoutes(server, this.#context);
    addReconcileRoutes(server, this.#context);
    addFindRoutes(server, this.#context);
    const address = await server.listen({ host: this.#options.host, port: this.#options.port });
    const sample = () => {
      // An outage of Redis is shown by the pages and logged by the connection.
      this.#context.watch.sample().catch(() => undefined);
    };
    sample();
    this.#sampling = setInterval(sample, SAMPLE_EVERY_MS);
    return address;
  }

  /** Answers requests in flight, stops operations after their current step, then closes. */
  async stop(): Promise<void> {
    clearInterval(this.#sampling);
    await this.#context.accountConsoles.stop();
    await this.#server.close();
  }

  #explain(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const status = statusOf(error);
    if (status < 500) return this.#fault(request, reply, status, messageOf(error, status));
    if (this.#options.connection.status !== 'ready') {
      return this.#fault(request, reply, 503, 'Redis cannot be reached. Nothing was changed; reload when it is back.');
    }
    this.#options.log.error('console.fault', { err: error });
    return this.#fault(request, reply, 500, 'The console failed. See its log.');
  }

  #fault(request: FastifyRequest, reply: FastifyReply, status: number, message: string): FastifyReply {
    const page = pageContextOf(request, reply, this.#context);
    reply.code(status);
    return sendPage(reply, <FaultPage page={page} title={TITLES[status] ?? 'That did not work'} message={message} />);
  }
}

const TITLES: Readonly<Record<number, string>> = {
  403: 'Not allowed',
  404: 'Not found',
  503: 'Redis is away',
};

const SELF = ["'self'"];
const HEADERS = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: SELF,
      styleSrc: SELF,
      imgSrc: SELF,
      connectSrc: SELF,
      formAction: SELF,
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
  referrerPolicy: { policy: 'no-referrer' as const },
  frameguard: { action: 'deny' as const },
  crossOriginOpenerPolicy: { policy: 'same-origin' as const },
  crossOriginResourcePolicy: { policy: 'same-origin' as const },
  // The proxy that ends TLS sets it, if there is one.
  strictTransportSecurity: false,
};

function statusOf(error: unknown): number {
  return error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
}

/** Messages of libraries are not for users. */
function messageOf(error: unknown, status: number): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code.startsWith('FST_CSRF_')) {
    return 'This form is out of date, or was not one of ours. Nothing was changed: go back, reload, and send it again.';
  }
  if (status === 413) return `A form takes at most ${BODY_MAX_BYTES} bytes.`;
  if (status === 415) return 'The console takes forms only.';
  if (code !== '' || !(error instanceof Error)) return 'The request could not be read.';
  return error.message;
}
