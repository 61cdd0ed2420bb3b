import { Writable } from 'node:stream';
import { ErrorCode } from 'bullmq';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { describeError } from '../../../src/telemetry/describe-error.js';
import { fromPino, type Logger } from '../../../src/telemetry/log.js';

const CANARY = 'anna.canary@example.com';

/** A logger and the lines it has written. */
function openLog(level = 'debug'): { log: Logger; text: () => string; lines: () => Record<string, unknown>[] } {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk));
      done();
    },
  });
  const base = pino({ level, base: { command: 'worker' }, timestamp: false, messageKey: 'event' }, stream);
  const text = () => chunks.join('');
  const lines = () =>
    text()
      .trim()
      .split('\n')
      .map((line): Record<string, unknown> => JSON.parse(line));
  return { log: fromPino(base), text, lines };
}

/** An error of another library with personal data wherever it can be. */
function chattyError(): Error {
  const root = Object.assign(new TypeError(`row (${CANARY})\n    at ${CANARY}:1:1\n at ${CANARY}`), { row: CANARY });
  const error = new Error(`cannot send to ${CANARY}`, { cause: root });
  return Object.assign(error, { code: 'ECONNRESET', body: { email: CANARY }, errors: [new Error(CANARY)] });
}

describe('writing log lines', () => {
  it('holds the event and the fields of the list', () => {
    const { log, lines } = openLog();
    const fields = { account: 'default', batchId: 'b-1', events: 500, status: 207, outcomes: { delivered: 499 } };
    log.info('batch.attempted', fields);
    expect(lines()).toEqual([{ level: 30, command: 'worker', event: 'batch.attempted', ...fields }]);
  });

  it('has four levels, and writes what is not below its own', () => {
    const { log, lines } = openLog('warn');
    for (const level of ['debug', 'info', 'warn', 'error'] as const) log[level](`said.${level}`);
    expect(lines().map(({ event }) => event)).toEqual(['said.warn', 'said.error']);
  });

  it('drops every field that is not on the list, however deep its value lies', () => {
    const { log, text, lines } = openLog();
    const fields = {
      account: 'default',
      email: CANARY,
      event: CANARY,
      msg: CANARY,
      message: CANARY,
      headers: { authorization: `Bearer ${CANARY}` },
      job: { data: { events: [{ matchKeys: [{ values: [CANARY] }] }] } },
      error: { message: CANARY },
    };
    for (const level of ['debug', 'info', 'warn', 'error'] as const) log[level]('said', fields);
    expect(text()).not.toContain('canary');
    expect(lines()[0]).toEqual({ level: 20, command: 'worker', event: 'said', account: 'default' });
  });
});

describe('describing errors', () => {
  it('keeps name and code of an error and its causes, never a message', () => {
    const { log, text, lines } = openLog();
    log.error('failed', { err: chattyError() });
    expect(text()).not.toContain('canary');
    expect(lines()).toMatchObject([{ error: { name: 'Error', code: 'ECONNRESET', cause: { name: 'TypeError' } } }]);
  });

  it('says where in the code it was thrown', () => {
    expect(describeError(chattyError()).at).toMatch(/^at chattyError .*log\.test\.ts:\d+:\d+\)$/);
    expect(describeError(chattyError()).cause).toMatchObject({ at: expect.stringMatching(/^at chattyError /) });
    // Text over several lines, as in our own settings errors, and no text at all.
    expect(describeError(new RangeError('a\n  - b')).at).toMatch(/log\.test\.ts:\d+:\d+\)?$/);
    expect(describeError(new RangeError()).at).toMatch(/log\.test\.ts:\d+:\d+\)?$/);
  });

  it('does not quote what a parser quotes', () => {
    let thrown: unknown;
    try {
      JSON.parse('x canary');
    } catch (error) {
      thrown = error;
    }
    expect(String(thrown)).toContain('canary');
    expect(describeError(thrown)).toEqual({ name: 'SyntaxError', at: 'at JSON.parse (<anonymous>)' });
  });

  it('leaves out a place that can no longer be told from the message', () => {
    const error = new Error(`a\n    at ${CANARY}`);
    error.message = 'changed later';
    error.stack = `Error: ${CANARY}\n    at ${CANARY}`;
    expect(JSON.stringify(describeError(error))).not.toContain('canary');
  });

  it.each([
    [CANARY, 'string'],
    [{ message: CANARY }, 'object'],
    [null, 'object'],
    [5, 'number'],
  ])('keeps of %j, which is no error, its type', (thrown, name) => {
    expect(describeError(thrown)).toEqual({ name });
  });

  it.each([
    ['JobNotExist', 'JOB_IS_GONE'],
    ['JobLockNotExist', 'JOB_LOCK_EXPIRED'],
    ['JobNotInState', 'JOB_IN_ANOTHER_STATE'],
    ['JobLockMismatch', 'JOB_LOCK_OF_ANOTHER_WORKER'],
  ] as const)('has a word for BullMQ’s %s, which is a number there', (name, code) => {
    const error = Object.assign(new Error(`Missing lock for job ${CANARY}`), { code: ErrorCode[name] });
    expect(describeError(error)).toMatchObject({ name: 'Error', code });
  });

  it('keeps no code that is not text', () => {
    expect(describeError(Object.assign(new Error('x'), { code: { email: CANARY } }))).not.toHaveProperty('code');
  });

  it('stops at causes that form a circle', () => {
    const error = new Error('outer');
    error.cause = new Error('inner', { cause: error });
    expect(describeError(error)).toMatchObject({ name: 'Error', cause: { name: 'Error' } });
  });
});
