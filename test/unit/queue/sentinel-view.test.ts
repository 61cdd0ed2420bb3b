import { expect, it } from 'vitest';
import { readReplicas } from '../../../src/queue/sentinel-view.js';

const flat = (facts: Record<string, string>) => Object.entries(facts).flat();
const MASTER = flat({ name: 'forwarder', flags: 'master' });

function replica(facts: Record<string, string> = {}): string[] {
  return flat({
    flags: 'slave',
    'info-refresh': '700',
    'role-reported': 'slave',
    'master-link-status': 'ok',
    ...facts,
  });
}

it('counts replicas that are up, and of them those that follow', () => {
  const replicas = [
    replica(),
    replica({ 'master-link-status': 'err' }),
    replica({ flags: 's_down,slave,disconnected', 'info-refresh': '90000' }),
  ];
  expect(readReplicas(MASTER, replicas, 10_000)).toEqual({
    following: 1,
    up: 2,
    isFailingOver: false,
    hasOtherMaster: false,
    askedAtMs: 9_300,
  });
});

it('tells a failover that a Sentinel has begun, and a replica that says it is a master', () => {
  const begun = flat({ flags: 'master,failover_in_progress,force_failover' });
  expect(readReplicas(begun, [replica()], 0)).toMatchObject({ isFailingOver: true, hasOtherMaster: false });
  const promoted = replica({ 'role-reported': 'master' });
  // Whom it follows is what it said last.
  expect(readReplicas(MASTER, [replica(), promoted], 0)).toMatchObject({ following: 2, hasOtherMaster: true });
});

it('takes the oldest of what is known', () => {
  const replicas = [replica({ 'info-refresh': '200' }), replica({ 'info-refresh': '8000' })];
  expect(readReplicas(MASTER, replicas, 10_000).askedAtMs).toBe(2_000);
  expect(readReplicas(MASTER, [], 10_000)).toMatchObject({ following: 0, up: 0, askedAtMs: 10_000 });
});
