/**
 * The limits of every port: how long a client may take, and how large its headers may be.
 *
 * Node checks its connections every `checkEveryMs`, so a limit may be exceeded by that much. If no header timeout is
 * set, Node uses one minute, even if the request timeout is shorter.
 */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

export interface HttpLimits {
  /** From the connection, or the first byte of a request, to the end of its headers. */
  readonly headersMs: number;
  /** To the end of its body. Ends slow uploads. */
  readonly requestMs: number;
  /** For a connection without a request, or whose client does not read. Longer than a proxy's own timeout (60 s). */
  readonly idleMs: number;
  readonly checkEveryMs: number;
}

export const HTTP_LIMITS: HttpLimits = { headersMs: 10_000, requestMs: 30_000, idleMs: 65_000, checkEveryMs: 1_000 };
const HEADERS_MAX_BYTES = 16_384;

/** Options for `fastify(…)`. */
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

/** Requests that are not valid HTTP or too slow never reach a route. They are answered on the raw socket. */
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

/** Answers on the raw socket and closes it, even if the client keeps sending. */
export function endSocket(socket: Socket, status: number, code: string): void {
  const body = JSON.stringify({ error: { code, message: 'the request could not be read' } });
  socket.write(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
  socket.destroySoon();
}
