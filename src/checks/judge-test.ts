/**
 * What Amazon's answer to the test event means, in one line: what it said, and what to do.
 *
 * PURE. Of Amazon's answer only code and message are shown, shortened and masked by answer.ts.
 */
import type { Verdict } from '../amazon/answer.js';
import type { SendResult } from '../amazon/client.js';
import type { TokenResult } from '../amazon/token.js';
import type { AnswerDetail } from '../mapping/outcome.js';
import type { Account } from '../settings/accounts.js';
import type { Names } from './account-names.js';
import { type CheckResult, fail, isCode, ok, warn } from './result.js';
import { TEST_EVENT_NAME } from './test-event.js';

export type TestSent =
  | Exclude<TokenResult, { kind: 'token' }>
  | { readonly kind: 'sent'; readonly result: SendResult; readonly verdict: Verdict };

/** The account of the result, and the names of its settings. */
interface Asked {
  readonly account: Account;
  readonly names: Names;
  readonly timeoutMs: number;
}

/** @param id of the test event */
export function judgeTest(sent: TestSent, id: string, asked: Asked): CheckResult {
  const { account } = asked;
  const name = `test event ${account.name}`;
  if (sent.kind !== 'sent') {
    const found = `not sent: there is no token (${isCode(sent.code) ? sent.code : 'unknown'})`;
    return fail(name, found, `do what the line of token ${account.name} says, and run it again`);
  }
  const { result, verdict } = sent;
  if (verdict.kind !== 'items') return judgeRefusal(name, verdict, asked);
  const [item] = verdict.items;
  if (item?.kind !== 'delivered') return refused(name, item?.detail ?? {}, asked);
  const found = `${hostOf(account)} accepted ${id}${dataSetText(account)}${answerText(result)}`;
  return ok(name, found, `look for “${TEST_EVENT_NAME}” in Events Manager within two hours; it counts for no campaign`);
}

function judgeRefusal(name: string, verdict: Exclude<Verdict, { kind: 'items' }>, asked: Asked): CheckResult {
  const host = hostOf(asked.account);
  const said = textOf(verdict.detail);
  switch (verdict.kind) {
    case 'split':
      return (verdict.reason === 'rejected' ? refused : misconfigured)(name, verdict.detail, asked);
    case 'unauthorized':
      return fail(name, `${host} refuses the credentials: ${said}`, adviceFor401(asked));
    case 'forbidden':
      return fail(name, `${host} forbids it: ${said}`, adviceFor403(asked));
    case 'misconfigured':
      return misconfigured(name, verdict.detail, asked);
    case 'throttled':
      return warn(name, `${host} is throttling us: ${said}`, 'run it again in a minute');
    case 'unavailable':
      return unavailable(name, verdict, asked);
    default:
      return verdict satisfies never;
  }
}

function hostOf({ endpoint }: Account): string {
  return new URL(endpoint).host;
}

/** Where the event was sent. Empty for Amazon's default dataset. */
function dataSetText({ dataSetId, dataSetName }: Account): string {
  const dataSet = dataSetName ?? dataSetId;
  return dataSet === undefined ? '' : ` into dataset ${dataSet}`;
}

function answerText(result: SendResult): string {
  if (result.kind !== 'answer') return '';
  const { status, requestId } = result.answer;
  return ` (${status}${requestId === undefined ? '' : `, request ${requestId}`})`;
}

/** `400 BAD_REQUEST: a message (request 1)`, as far as Amazon tells it. */
function textOf({ status, code, message, requestId }: AnswerDetail): string {
  const head = [status, code].filter((part) => part !== undefined).join(' ');
  const request = requestId === undefined ? '' : ` (request ${requestId})`;
  return `${[head, message].filter((part) => part !== undefined && part !== '').join(': ')}${request}`;
}

function refused(name: string, detail: AnswerDetail, { account, names }: Asked): CheckResult {
  const advice = `correct what it names; if that is none of your settings, check ${names.wire}`;
  return fail(name, `${hostOf(account)} refuses the event: ${textOf(detail)}`, advice);
}

function misconfigured(name: string, detail: AnswerDetail, { account, names }: Asked): CheckResult {
  const setting = detail.status === 415 ? names.contentType : `${names.endpoint}, ${names.region} and ${names.wire}`;
  return fail(name, `${hostOf(account)} takes no events there: ${textOf(detail)}`, `check ${setting}`);
}

function adviceFor401({ account: { credentials }, names }: Asked): string {
  return credentials.kind === 'lwa'
    ? `${names.clientId} must be approved for the Amazon Ads API, and ${names.refreshToken} must be of that client`
    : `${names.apiToken} was revoked or is wrong, and nothing renews it: have another one made`;
}

function adviceFor403({ account: { credentials, wire, managerAccountId }, names }: Asked): string {
  if (credentials.kind === 'api_token') {
    return `${names.apiToken}, ${names.managerAccountId} and ${names.dataSetId} must belong together: check all three`;
  }
  const account = managerAccountId === undefined ? names.advertiserId : names.managerAccountId;
  const setting = wire === 'events-manager-v1' ? names.profileId : account;
  return `check ${setting}, and that the Amazon user who authorised may send events for it`;
}

type Unavailable = Extract<Verdict, { kind: 'unavailable' }>;

function unavailable(
  name: string,
  { reason, detail, isMaybeDelivered }: Unavailable,
  { account, names, timeoutMs }: Asked,
): CheckResult {
  const host = hostOf(account);
  const unclear = isMaybeDelivered ? '; the event may have arrived' : '';
  const advice = `check ${names.endpoint}, and that this machine may connect to ${host}`;
  switch (reason) {
    case 'timeout':
      return fail(name, `${host} gives no answer within ${timeoutMs / 1000} s${unclear}`, `run it again; ${advice}`);
    case 'network':
      return fail(
        name,
        `${host} gives no answer (${isCode(detail.code ?? '') ? detail.code : reason})${unclear}`,
        advice,
      );
    case 'server_error':
    case 'item_error':
      return fail(name, `Amazon has a server error: ${textOf(detail)}`, 'run it again later');
    case 'unknown_answer':
    case 'unnamed': {
      const found = `${host} answers in no known form: ${textOf(detail)}${unclear}`;
      return fail(name, found, `look for “${TEST_EVENT_NAME}” in Events Manager; check ${names.endpoint}; report it`);
    }
    default:
      return reason satisfies never;
  }
}
