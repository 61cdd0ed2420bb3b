/**
 * `check --send-test`: sends one marked event to Amazon with the worker's token, wire and client, and reports the
 * answer.
 *
 * Promises: at most one event arrives. It is sent again only in the case in which a worker does so too: after a 401,
 * with a new token. Nothing is written to Redis: the event is in no queue, window or ledger.
 */
import { randomBytes } from 'node:crypto';
import { ConversionsClient } from '../amazon/client.js';
import type { Tokens } from '../amazon/token.js';
import { tokensOf } from '../amazon/tokens-of.js';
import { verdictOf } from '../amazon/verdict-of.js';
import type { Account } from '../settings/accounts.js';
import { FILE_NAMES, SETTING_NAMES } from './account-names.js';
import { judgeTest, type TestSent } from './judge-test.js';
import type { CheckResult } from './result.js';
import { makeTestEvent } from './test-event.js';

interface SendTestOptions {
  readonly timeoutMs: number;
  /** DEFAULT_COUNTRY. */
  readonly country: string | undefined;
  readonly isFromFile: boolean;
}

export async function sendTest(
  account: Account,
  { timeoutMs, country, isFromFile }: SendTestOptions,
): Promise<CheckResult[]> {
  const names = isFromFile ? FILE_NAMES : SETTING_NAMES;
  const event = makeTestEvent(account, { country, nowMs: Date.now(), random: randomBytes(4).toString('hex') });
  const client = new ConversionsClient(account, timeoutMs, 1);
  try {
    const { wire } = client;
    const body = `${wire.bodyStart}${wire.encode(event)}${wire.bodyEnd}`;
    const sent = await send(client, body, tokensOf(account.credentials));
    return [judgeTest(sent, event.clientDedupeId, { account, names, timeoutMs })];
  } finally {
    await client.close();
  }
}

async function send(client: ConversionsClient, body: string, tokens: Tokens): Promise<TestSent> {
  const first = await tokens.get();
  if (first.kind !== 'token') return first;
  const sent = await sendOnce(client, body, first.token);
  if (sent.verdict.kind !== 'unauthorized' || !tokens.isRenewable) return sent;
  tokens.drop(first.token);
  const second = await tokens.get();
  return second.kind === 'token' ? await sendOnce(client, body, second.token) : sent;
}

async function sendOnce(
  client: ConversionsClient,
  body: string,
  token: string,
): Promise<Extract<TestSent, { kind: 'sent' }>> {
  const result = await client.send(body, token);
  return { kind: 'sent', result, verdict: verdictOf(result, client.wire, 1, Date.now()) };
}
