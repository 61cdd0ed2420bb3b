/**
 * The limits of every port: how long a client may take, and how much its headers may hold.
 *
 * Node looks at its connections every `checkEveryMs` and closes those past their time, so a limit may be passed by that
 * much. Without a limit of its own the headers' is a minute, and a shorter one of the request does not count.
 */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

export interface HttpLimits {
  /** From the connection, or the first byte of a request, to the end of its headers. */
  readonly headersMs: number;
  /** To the end of its body: who trickles bytes does not stay for ever. */
  readonly requestMs: number;
  /** A connection without a request, or whose client does not read. Longer than a proxy's own (60 s). */
  readonly idleMs: number;
  readonly checkEveryMs: number;
}

export const HTTP_LIMITS: HttpLimits = { headersMs: 10_000, requestMs: 30_000, idleMs: 65_000, checkEveryMs: 1_000 };
const HEADERS_MAX_BYTES = 16_384;

/** For `fastify(…)`. */
export function limitedServer({ headersMs, requestMs, idleMs, checkEveryMs }: HttpLimits = HTTP_LIMITS) {
  return {
    requestTimeout: requestMs,
    keepAliveTimeout: idleMs,
    connectionTimeout: idleMs + checkEveryMs,
    http: {
      maxHeaderSize: HEADERS_MAX_BYTES,
      headersTimeout: headersMs,
      requestTimeout: requestMs,
      connectionsCheckingInterval: checkEveryMs,
    },
    clientErrorHandler: answerBrokenRequest,
  };
}

/** What is not even HTTP, or came too slowly, never reaches a route: it is answered on the bare socket. */
function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy(error);
    return;
  }
  const [status, code] = BROKEN[error.code ?? ''] ?? [400, 'BAD_REQUEST'];
  endSocket(socket, status, code);
}

const BROKEN: Record<string, readonly [status: number, code: string]> = {
  HPE_HEADER_OVERFLOW: [431, 'HEADERS_TOO_LARGE'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'TOO_SLOW'],
};

/** Answers on the bare socket and closes it, whatever the other side still sends. */
export function endSocket(socket: Socket, status: number, code: string): void {
  const body = JSON.stringify({ error: { code, message: 'the request could not be read' } });
  socket.write(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
  socket.destroySoon();
}
