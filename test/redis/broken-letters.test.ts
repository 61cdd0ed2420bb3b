// Real: Redis with letters of any content, and the console's server over HTTP.
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { planReplay } from '../../src/dead-letters/operations/plan.js';
import { statsOf } from '../../src/dead-letters/stats.js';
import { LetterStore } from '../../src/dead-letters/store.js';
import { ConsoleDoor, type Visitor } from '../support/console-door.js';
import { contextAt, eventOf } from '../support/events.js';
import { layLetters, letterWith } from '../support/letters.js';
import { mutationsOf } from '../support/mutations.js';
import { World } from '../support/world.js';

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 60);
const OPERATOR = 'operator-token-1';

let world: World;
let door: ConsoleDoor;
let visitor: Visitor;
let store: LetterStore;

beforeEach(async () => {
  world = new World();
  store = new LetterStore(world.account, world.connection);
  door = await ConsoleDoor.openWith(world, [`ann=${OPERATOR}`]);
  visitor = door.visitor();
  await visitor.signIn(OPERATOR);
});

afterEach(async () => {
  await door.close();
  await world.close();
});

const whole = () =>
  letterWith({
    account: world.account,
    event: eventOf('order-1', {
      currencyCode: 'USD',
      value: 5,
      consent: { geo: { ipAddress: '192.0.2.1' }, amazonConsent: { amznUserData: 'GRANTED' }, tcf: 'x' },
      customAttributes: [{ name: 'a', value: 'b' }],
      dataProcessingOptions: ['LIMITED_DATA_USE'],
    }),
    original: eventOf('order-1'),
    history: [{ reason: 'rejected', diedAt: 1, attempts: 1, answer: {} }],
  });

/** Written to Redis directly, without any check. */
async function lay(data: string): Promise<void> {
  await layLetters(world.account, world.connection, [letterWith({ account: world.account })]);
  await world.connection.hset(`${store.keys.letter}7-0-abc`, 'data', data);
}

const pages = () => {
  const base = `/accounts/${door.account}`;
  const letter = `${base}/letters/7-0-abc`;
  return ['/', `${base}/letters`, letter, `${letter}/edit`, `${base}/replay?id=7-0-abc`, `${base}/discard?id=7-0-abc`];
};

describe('showing what Redis holds', () => {
  it('shows every page, whatever a letter holds', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          mutationsOf(whole()).map((one) => JSON.stringify(one)),
          fc.json(),
        ),
        async (data) => {
          await lay(data ?? 'null');
          for (const path of pages()) {
            const { status } = await visitor.get(path);
            expect({ path, status }).toEqual({ path, status: status === 409 ? 409 : 200 });
          }
          const plan = { corrections: [], context: contextAt(Date.now()), wereDelivered: async () => [] };
          expect((await planReplay(store, {}, plan)).count).toBe(1);
          expect(await statsOf(store, {})).toHaveLength(1);
        },
      ),
      { numRuns: RUNS },
    );
    expect(world.logLines.join('')).not.toContain('console.fault');
  });

  it.each([
    [{ currencyCode: 'NO MONEY' }, 'currencyCode is not an ISO 4217 currency'],
    [{ eventType: 'NONSENSE' }, 'eventType must be one of'],
    [{ name: '' }, 'name must not be empty'],
  ])('shows the event with %j as broken, says why, and offers no body of it', async (fields, why) => {
    await lay(JSON.stringify({ ...whole(), event: { ...whole().event, ...fields } }));
    const [, list = '', letter = ''] = pages();
    expect((await visitor.get(list)).text).toContain('>broken<');
    const shown = await visitor.get(letter);
    expect(shown.text).toContain(`The event breaks a rule: ${why}`);
    expect(shown.text).not.toContain('What a replay would send');
  });

  it('shows the others if the record of an operation, an entry of the history or a shelf is invalid', async () => {
    await layLetters(world.account, world.connection, [letterWith({ account: world.account })]);
    const { keys } = store;
    for (const text of ['no JSON', '7', '{}', '{"reason":"nonsense"}']) {
      await world.connection.hset(keys.shelves, `broken ${text}`, text);
      await world.connection.xadd(keys.history, '*', 'entry', text);
      await world.connection.zadd(keys.operations, Date.now(), `broken-${text.length}`);
      await world.connection.hset(`${keys.operation}broken-${text.length}`, {
        fixed: text,
        skips: text,
        startedAt: 'x',
      });
    }
    for (const path of [...pages(), `/accounts/${door.account}/operations`, `/accounts/${door.account}/history`]) {
      expect({ path, status: (await visitor.get(path)).status }).toEqual({ path, status: 200 });
    }
    expect(await store.counts()).toMatchObject({ rejected: 1 });
  });

  it('is found, shown and discarded by its id in Redis, whatever id it contains', async () => {
    await lay(JSON.stringify({ ...whole(), id: 'another' }));
    expect((await visitor.get(`/accounts/${door.account}/letters`)).text).toContain('/letters/7-0-abc');
  });
});
