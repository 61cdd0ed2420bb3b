import { expect, it } from 'vitest';
import { requestIdOf } from '../../../src/worker/settle-arguments.js';
import { batchEvent } from '../../support/batch-events.js';

const event = Object.assign(batchEvent('id'), { claim: 'the claim' });
const unclaimed = batchEvent('of an earlier run');

it('the receipt of a settling names the request of the first delivery', () => {
  const dead = { kind: 'dead', reason: 'rejected', detail: { requestId: 'request-0' } } as const;
  expect(requestIdOf([])).toBe('');
  expect(requestIdOf([{ event, outcome: dead }])).toBe('');
  expect(requestIdOf([{ event, outcome: { kind: 'delivered' } }])).toBe('');
  const delivered = { kind: 'delivered', requestId: 'request-1' } as const;
  expect(
    requestIdOf([
      { event, outcome: dead },
      { event: unclaimed, outcome: { kind: 'delivered', requestId: 'request-0' } },
      { event, outcome: delivered },
    ]),
  ).toBe('request-1');
  expect(requestIdOf([{ event, outcome: { kind: 'delivered', requestId: 'x'.repeat(500) } }])).toHaveLength(100);
});
