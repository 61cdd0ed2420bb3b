/**
 * Sends a person to Amazon's consent page and gets the code back: pasted, or from the browser.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { type CodeAnswer, consentUrl, readCode } from '../amazon/consent.js';
import type { ConsentTarget } from '../settings/consent-target.js';
import { ConsentListener } from './consent-listener.js';
import { listenErrorOf } from './listening.js';
import { print, say } from './output.js';

/** Amazon's code is valid for five minutes. A person needs more time to sign in. */
const WAIT_MS = 15 * 60_000;

export interface AskOptions {
  readonly redirectUri: string;
  readonly listen?: number;
  readonly scope: string;
  readonly json?: boolean;
}

export async function askForConsent(
  target: ConsentTarget,
  { listen, redirectUri: returnUrl, scope, json }: AskOptions,
): Promise<{ redirectUri: string; answer: CodeAnswer }> {
  const state = randomBytes(16).toString('hex');
  const redirectUri = listen === undefined ? returnUrl : `http://localhost:${listen}/`;
  const url = consentUrl({ ...target, redirectUri, scope, state });
  const tell = json ? say : print;
  tell(
    `Open this address in a browser, sign in as an Amazon user who may use the account, and allow access:\n\n${url}\n`,
  );
  if (listen === undefined) return { redirectUri, answer: readCode(await askForCode(), state) };
  const listener = new ConsentListener(state);
  await listener.start(listen).catch((error: unknown) => {
    throw listenErrorOf(error, { host: ['address', 'localhost'], port: ['--listen', listen] }) ?? error;
  });
  try {
    tell(`Waiting for the browser on ${redirectUri}`);
    const answer = await listener.answer(WAIT_MS);
    return {
      redirectUri,
      answer: answer ?? { kind: 'refused', why: 'no answer came from Amazon’s consent page in time' },
    };
  } finally {
    listener.stop();
  }
}

async function askForCode(): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // Do not wait if standard input is closed.
  const closed = once(terminal, 'close').then(() => '');
  try {
    const question = terminal.question('Paste the code, or the whole address that the browser shows then: ', {
      signal: AbortSignal.timeout(WAIT_MS),
    });
    return await Promise.race([question, closed]);
  } finally {
    terminal.close();
  }
}
