/**
 * Intake: requests of one event each, compared with a bare Fastify route that parses the same body. The same load for
 * both: one request at a time on each of 64 connections.
 */
import type { Load } from '../callers/load.js';
import type { Usage } from '../child.js';
import { type Measured, onStage, type Stage } from '../processes.js';
import type { Bench } from './section.js';

const CONNECTIONS = 64;
const WARM_UP_SHARE = 0.2;
const PATH = '/v1/events?source=conversion&account=default';

interface Side {
  readonly rate: number;
  readonly cpuMicros: number;
  readonly residentBytes: number;
}

export async function measureIntake({ sizes, ledger, profiles, say }: Bench): Promise<void> {
  for (let round = 1; round <= sizes.rounds; round += 1) {
    say(`intake, round ${round} of ${sizes.rounds}`);
    const ours = await onStage(profiles, async (stage) => {
      const intake = await stage.startProgram('intake', {});
      return measureSide(stage, intake, intake.address('intake'), sizes.requests);
    });
    const bare = await onStage(undefined, async (stage) => {
      const route = await stage.start('rivals/bare-route');
      return measureSide(stage, route, await route.ask<string>('address'), sizes.requests);
    });
    ledger.note('intakeRatio', ours.rate / bare.rate);
    ledger.note('rateIntake', ours.rate);
    ledger.note('rateBareRoute', bare.rate);
    ledger.note('intakeCpu', ours.cpuMicros);
    ledger.note('intakeResident', ours.residentBytes / 1e6);
  }
}

async function measureSide(stage: Stage, server: Measured, address: string, requests: number): Promise<Side> {
  const caller = await stage.start('callers/load');
  const load = (run: string, count: number) => {
    const input: Load = { run, address, path: PATH, connections: CONNECTIONS, requests: count };
    return caller.ask<number>('load', input);
  };
  await load('w', Math.ceil(requests * WARM_UP_SHARE));
  const before: Usage = await server.usage();
  const rate = await load('i', requests);
  const after = await server.usage();
  const cpuMicros = (after.cpuMicros - before.cpuMicros) / requests;
  return { rate, cpuMicros, residentBytes: after.residentBytes };
}
