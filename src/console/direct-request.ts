/**
 * Whether a request came directly from a program on this machine, as far as this can be known.
 *
 * PURE. Without tokens, everybody who reaches the console is the operator, so a proxy on the same machine would let
 * strangers in. Signs of a proxy: a forwarding header, a name in `Host` that is not a loopback address, or HTTP/1.0. A
 * proxy without any of these looks like a local browser. Then only a token keeps strangers out.
 */
import type { IncomingHttpHeaders } from 'node:http';

export interface RequestOrigin {
  readonly httpVersion: string;
  readonly headers: IncomingHttpHeaders;
  /** The address of the client, and the port that it connected to. */
  readonly remoteAddress: string | undefined;
  readonly localPort: number | undefined;
}

const LOOPBACK_HOST = /^(?:localhost|[\w-]+\.localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::(\d{1,5}))?$/i;
const LOOPBACK_ADDRESS = /^(?:::ffff:)?127(?:\.\d{1,3}){3}$|^::1$/;

/** Headers added by proxies, gateways and CDNs. Browsers and clients never send them by themselves. */
const FORWARDING_HEADER =
  /^(?:forwarded|via|cdn-loop|x-forward|x-real-ip|x-original-|x-client-ip|x-cluster-client-ip|true-client-ip|x-request-id|x-proxy|proxy-|x-scheme|x-envoy-|x-amzn-|x-amz-cf-|x-arr-|x-azure-|x-varnish|fastly-|fly-|cf-|ngrok-|tailscale-)/;

export function isDirectRequest({ httpVersion, headers, remoteAddress, localPort }: RequestOrigin): boolean {
  if (remoteAddress === undefined || !LOOPBACK_ADDRESS.test(remoteAddress)) return false;
  if (httpVersion !== '1.1') return false;
  // With DNS rebinding, a stranger's name resolves to 127.0.0.1, but that name is still in Host.
  const [host, port = '80'] = LOOPBACK_HOST.exec(headers.host ?? '') ?? [];
  if (host === undefined || Number(port) !== localPort) return false;
  // A form from a public origin came through a proxy that hides it from `Host`.
  const { origin } = headers;
  if (origin !== undefined && origin !== 'null' && origin.toLowerCase() !== `http://${host.toLowerCase()}`)
    return false;
  return !Object.keys(headers).some((name) => FORWARDING_HEADER.test(name));
}
