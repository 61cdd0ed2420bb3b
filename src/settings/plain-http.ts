/**
 * Finds addresses to which credentials would be sent unencrypted.
 *
 * PURE. `http://` is for a stand-in on this machine. Over a network, others could read client secret and tokens.
 */

const LOOPBACK = /^(?:localhost|.+\.localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

export const PLAIN_HTTP_FAULT =
  'is http: the credentials could be read on the way. Take https, or set AMAZON_ADS_ALLOW_HTTP=true for a stand-in on a network of your own';

/** Whether data sent there leaves this machine unencrypted. */
export function isReadableOnTheWay(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol !== 'https:' && !LOOPBACK.test(hostname);
}
