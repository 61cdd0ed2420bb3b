/**
 * Who sends a request, and whether the wire accepts its headers. Each wire accepts certain combinations and refuses the
 * others: Login with Amazon with a client id and one account, or (`ads-api-v1`) an API token with a manager account.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { SandboxWire } from './sandbox-wire.js';
import type { TokenEndpoint } from './token-endpoint.js';

const API_TOKEN_HEADER = 'amazon-advertising-api-token';
const MANAGER_HEADER = 'amazon-ads-manager-accountid';

const API_TOKEN = /^amzn_ads\|./;
const ACCOUNT = /^(\d+|amzn1\.ads-account\.g\..+)$/;
const MANAGER = /^amzn1\.ads1\.ma1\.[a-z0-9]+$/i;

export interface Caller {
  /** The profile, the advertiser or the manager account. Empty if none is named. */
  readonly account: string;
  readonly client: string;
  readonly hasApiToken: boolean;
}

export function callerOf(headers: IncomingHttpHeaders, wire: SandboxWire): Caller {
  const hasApiToken = headers[API_TOKEN_HEADER] !== undefined;
  return {
    account: textOf(headers[wire.accountHeader]) || textOf(headers[MANAGER_HEADER]),
    client: hasApiToken ? 'api token' : textOf(headers[wire.clientHeader]),
    hasApiToken,
  };
}

/** @returns the status of the refusal; undefined if the request is accepted */
export function refusalOf(
  headers: IncomingHttpHeaders,
  wire: SandboxWire,
  tokens: TokenEndpoint,
  nowMs: number,
): 401 | 403 | 415 | undefined {
  const apiToken = headers[API_TOKEN_HEADER];
  const isAuthorized =
    apiToken === undefined
      ? tokens.isValid(headers.authorization, nowMs)
      : wire.isDescribed && headers.authorization === undefined && API_TOKEN.test(textOf(apiToken));
  if (!isAuthorized) return 401;
  if (!wire.contentTypes.includes(textOf(headers['content-type']))) return 415;
  // Login with Amazon belongs to a client, an API token does not.
  if ((headers[wire.clientHeader] === undefined) === (apiToken === undefined)) return 401;
  return isForAccount(headers, wire, apiToken !== undefined) ? undefined : 403;
}

function isForAccount(headers: IncomingHttpHeaders, wire: SandboxWire, hasApiToken: boolean): boolean {
  const [account, manager] = [headers[wire.accountHeader], headers[MANAGER_HEADER]];
  if (manager === undefined) return !hasApiToken && ACCOUNT.test(textOf(account));
  return wire.isDescribed && account === undefined && MANAGER.test(textOf(manager));
}

function textOf(header: string | string[] | undefined): string {
  return typeof header === 'string' ? header : '';
}
