/**
 * Whether a request came straight from a program of this machine, as far as it can be told.
 *
 * PURE. Without a token the console takes whoever reaches it for the operator, so a proxy on the same machine would make
 * every stranger one. Proxies give themselves away: by a header that says for whom they ask, by a name in `Host` that is
 * the upstream's but not the address that was typed, or by speaking HTTP/1.0. One that does nothing of this cannot be
 * told from a browser here: only a token keeps strangers out then.
 */
import type { IncomingHttpHeaders } from 'node:http';

export interface RequestOrigin {
  readonly httpVersion: string;
  readonly headers: IncomingHttpHeaders;
  /** The address that connected, and the port that it connected to. */
  readonly remoteAddress: string | undefined;
  readonly localPort: number | undefined;
}

const LOOPBACK_HOST = /^(?:localhost|[\w-]+\.localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::(\d{1,5}))?$/i;
const LOOPBACK_ADDRESS = /^(?:::ffff:)?127(?:\.\d{1,3}){3}$|^::1$/;

/** What proxies, gateways and content networks add; no browser and no client sends any of these by itself. */
const FORWARDING_HEADER =
  /^(?:forwarded|via|cdn-loop|x-forward|x-real-ip|x-original-|x-client-ip|x-cluster-client-ip|true-client-ip|x-request-id|x-proxy|proxy-|x-scheme|x-envoy-|x-amzn-|x-amz-cf-|x-arr-|x-azure-|x-varnish|fastly-|fly-|cf-|ngrok-|tailscale-)/;

export function isDirectRequest({ httpVersion, headers, remoteAddress, localPort }: RequestOrigin): boolean {
  if (remoteAddress === undefined || !LOOPBACK_ADDRESS.test(remoteAddress)) return false;
  if (httpVersion !== '1.1') return false;
  // A page of a stranger whose name is made to resolve to 127.0.0.1 (DNS rebinding) still says that name here.
  const [host, port = '80'] = LOOPBACK_HOST.exec(headers.host ?? '') ?? [];
  if (host === undefined || Number(port) !== localPort) return false;
  // A form that was sent from a public name came through a proxy that hides it from `Host`.
  const { origin } = headers;
  if (origin !== undefined && origin !== 'null' && origin.toLowerCase() !== `http://${host.toLowerCase()}`)
    return false;
  return !Object.keys(headers).some((name) => FORWARDING_HEADER.test(name));
}
