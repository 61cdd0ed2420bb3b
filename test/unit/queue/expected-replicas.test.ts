import { expect, it } from 'vitest';
import { ExpectedReplicas } from '../../../src/queue/expected-replicas.js';

it('asks for no fewer than set, however long they are away', () => {
  const expected = new ExpectedReplicas(1);
  expect(expected.areEnough(0, 0)).toBe(false);
  expect(expected.areEnough(0, 60_000)).toBe(false);
  expect(expected.overdueSince(0, 60_000)).toBeUndefined();
  expect(expected.areEnough(1, 60_001)).toBe(true);
});

it('requires a replica that confirmed before: it may be the next master', () => {
  const expected = new ExpectedReplicas(1);
  expect(expected.areEnough(2, 0)).toBe(true);
  expect(expected.count).toBe(2);
  expect(expected.areEnough(1, 100)).toBe(false);
  expect(expected.areEnough(1, 4_000)).toBe(false);
  expect(expected.overdueSince(1, 4_000)).toBeUndefined();
  expect(expected.areEnough(2, 4_500)).toBe(true);
  expect(expected.areEnough(1, 5_000)).toBe(false);
  expect(expected.overdueSince(1, 5_100)).toBeUndefined();
});

it('may be told to give it up when no failover has become known in time', () => {
  const expected = new ExpectedReplicas(1);
  expected.areEnough(2, 0);
  expect(expected.areEnough(1, 100)).toBe(false);
  expect(expected.overdueSince(1, 5_100)).toBe(100);
  expect(expected.overdueSince(0, 5_100)).toBeUndefined();
  expected.giveUp(1);
  expect(expected.areEnough(1, 5_100)).toBe(true);
  expect(expected.overdueSince(1, 60_000)).toBeUndefined();
});

it('counts the replicas of another master anew', () => {
  const expected = new ExpectedReplicas(1);
  expected.areEnough(2, 0);
  expected.areEnough(1, 100);
  expected.reset();
  expect(expected.areEnough(1, 200)).toBe(true);
});

it('asks a replica that has joined from then on, though it has confirmed nothing yet', () => {
  const expected = new ExpectedReplicas(1);
  expected.noteOnline(1);
  expect(expected.areEnough(1, 0)).toBe(true);
  expected.noteOnline(2);
  expect(expected.count).toBe(2);
  // It was promoted, or died.
  expected.noteOnline(1);
  expect(expected.areEnough(1, 100)).toBe(false);
  expected.giveUp(1);
  expect(expected.areEnough(1, 5_200)).toBe(true);
  expected.noteOnline(2);
  expect(expected.count).toBe(2);
});

it('does not ask again one that hangs and still counts as following', () => {
  const expected = new ExpectedReplicas(1);
  expected.noteOnline(2);
  expect(expected.areEnough(1, 0)).toBe(false);
  expected.giveUp(1);
  expected.noteOnline(2);
  expect(expected.areEnough(1, 5_100)).toBe(true);
  expected.reset();
  expected.noteOnline(2);
  expect(expected.areEnough(1, 5_200)).toBe(false);
});
