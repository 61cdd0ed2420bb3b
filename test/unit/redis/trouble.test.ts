import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CONNECTION_STEP, RedisTrouble, waitMsAfter } from '../../../src/redis/trouble.js';
import { fromPino } from '../../../src/telemetry/log.js';
import { isOfRedis, refusalCode, refusalText } from '../../../src/telemetry/redis-error.js';

/** As ioredis reports what Redis answered. */
function replyError(message: string): Error {
  return Object.assign(new Error(message), { name: 'ReplyError', command: { args: ['anna@example.com'] } });
}

const OOM = "OOM command not allowed when used memory > 'maxmemory'.";
const OOM_IN_SCRIPT_6 = `ERR Error running script (call to f_abc): @user_script:3: @user_script: 3: -${OOM}`;

describe('naming what Redis refuses', () => {
  it.each([
    [replyError(OOM), 'OOM', "command not allowed when used memory > 'maxmemory'."],
    [replyError(OOM_IN_SCRIPT_6), 'OOM', "command not allowed when used memory > 'maxmemory'."],
    [replyError('MISCONF Redis is configured to save'), 'MISCONF', 'Redis is configured to save'],
    [replyError('NOAUTH Authentication required.'), 'NOAUTH', 'Authentication required.'],
    // Texts that may quote what was sent are kept to their code.
    [replyError("ERR unknown command 'x', with args beginning with: 'anna@example.com'"), 'ERR', undefined],
    [replyError('anna@example.com'), 'ERR', undefined],
    [Object.assign(new Error('connect ECONNREFUSED 10.0.0.1'), { code: 'ECONNREFUSED' }), 'ECONNREFUSED', undefined],
    [Object.assign(new Error('1'), { name: 'MaxRetriesPerRequestError' }), 'MAX_RETRIES', undefined],
    [new Error('Command timed out'), 'COMMAND_TIMEOUT', undefined],
    [new Error('Connection is closed.'), 'CONNECTION_CLOSED', undefined],
    [new TypeError('anna@example.com'), 'TypeError', undefined],
    ['anna@example.com', 'UNKNOWN', undefined],
  ])('%s is %s', (error, code, text) => {
    expect({ code: refusalCode(error), text: refusalText(error) }).toEqual({ code, text });
  });

  it('tells Redis’s errors and its connection’s from faults of a program', () => {
    const ofRedis = [replyError(OOM), replyError('ERR x'), new Error('Command timed out')];
    expect(ofRedis.map(isOfRedis)).toEqual([true, true, true]);
    expect([new TypeError('x'), new Error('Missing lock for job 1'), undefined].map(isOfRedis)).toEqual([
      false,
      false,
      false,
    ]);
  });
});

describe('waiting for Redis', () => {
  let lines: Record<string, unknown>[] = [];
  const sink = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>);
      done();
    },
  });
  const log = fromPino(pino({ base: null, timestamp: false, messageKey: 'event' }, sink));

  beforeEach(() => {
    lines = [];
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('waits longer each time, up to five seconds, and never two the same', () => {
    expect([1, 2, 3, 20].map((tries) => [waitMsAfter(tries, 0), waitMsAfter(tries, 1)])).toEqual([
      [50, 100],
      [100, 200],
      [200, 400],
      [2_500, 5_000],
    ]);
    expect(new Set(Array.from({ length: 20 }, () => waitMsAfter(9))).size).toBeGreaterThan(1);
  });

  it('says once that it began, with code and words, and once that it is over, however many steps fail', async () => {
    const trouble = new RedisTrouble({ log, labels: { account: 'eu' } });
    let isFull = true;
    const call = async () => {
      if (isFull) throw replyError(OOM);
      return 'done';
    };
    const steps = Promise.all(['claim', 'settle', 'moveToActive'].map((step) => trouble.until(step, call)));
    await vi.advanceTimersByTimeAsync(20_000);
    expect(lines).toMatchObject([
      {
        event: 'redis.refused',
        account: 'eu',
        reason: 'claim',
        code: 'OOM',
        redisMessage: "command not allowed when used memory > 'maxmemory'.",
        count: 1,
      },
    ]);
    isFull = false;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await steps).toEqual(['done', 'done', 'done']);
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatchObject({ event: 'redis.accepts', account: 'eu' });
    expect(JSON.stringify(lines)).not.toContain('anna');
  });

  it('says it again once a minute, and at once where the reason changes', () => {
    const trouble = new RedisTrouble({ log });
    const fail = (message: string) => trouble.noteFailure('claim', replyError(message));
    fail(OOM);
    vi.advanceTimersByTime(59_000);
    fail(OOM);
    fail('READONLY You can’t write against a read only replica.');
    fail(OOM);
    vi.advanceTimersByTime(2_000);
    fail(OOM);
    expect(lines.map(({ code, count }) => `${String(code)} ${String(count)}`)).toEqual([
      'OOM 1',
      'READONLY 3',
      'OOM 5',
    ]);
  });

  it('begins anew after it was over, and takes what a connection says for over as soon as a step goes well', () => {
    const trouble = new RedisTrouble({ log });
    trouble.noteSuccess('claim');
    trouble.noteFailure(CONNECTION_STEP, Object.assign(new Error(), { code: 'ECONNREFUSED' }));
    trouble.noteSuccess('claim');
    trouble.noteFailure('claim', replyError(OOM), 100);
    expect(lines.map(({ event, count }) => `${String(event)} ${String(count)}`)).toEqual([
      'redis.refused 1',
      'redis.accepts 1',
      'redis.refused 1',
    ]);
  });

  it('gives a step up at a stop, without waiting on, and where the connection is closed for good', async () => {
    const connection = { status: 'ready' };
    const trouble = new RedisTrouble({ log, connection });
    const stop = new AbortController();
    const refused = expect(trouble.until('fetch', () => Promise.reject(replyError(OOM)), stop.signal)).rejects.toThrow(
      'OOM',
    );
    await vi.advanceTimersByTimeAsync(1);
    stop.abort();
    await refused;
    connection.status = 'end';
    await expect(trouble.until('settle', () => Promise.reject(new Error('Connection is closed.')))).rejects.toThrow(
      'closed',
    );
  });

  it('goes on where a connection is closed that is opened again: a node has left the Cluster, or the master was replaced', async () => {
    const connection = { status: 'reconnecting' };
    const trouble = new RedisTrouble({ log, connection });
    const answers = [new Error('Connection is closed.'), new Error('Connection is closed.'), 'settled'];
    const step = trouble.until('settle', async () => {
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return answer;
    });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await step).toBe('settled');
  });
});
