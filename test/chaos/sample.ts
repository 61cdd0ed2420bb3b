/** One sample of a soak: memory, handles and sizes of each process and of Redis. */
import { readAccountState } from '../../src/queue/account-state.js';
import { withConnection } from './evidence.js';
import { ACCOUNT, type Fleet } from './fleet.js';

export interface Sample {
  readonly atMs: number;
  readonly values: Readonly<Record<string, number>>;
}

const BYTES_PER_MB = 1_000_000;

/** Metrics of a process by their name in the sample. */
const OF_PROCESS: readonly (readonly [string, RegExp, number])[] = [
  ['resident MB', /^process_resident_memory_bytes (\S+)$/m, BYTES_PER_MB],
  ['heap used MB', /^nodejs_heap_size_used_bytes (\S+)$/m, BYTES_PER_MB],
  ['external MB', /^nodejs_external_memory_bytes (\S+)$/m, BYTES_PER_MB],
  ['open files', /^process_open_fds (\S+)$/m, 1],
  ['active handles', /^nodejs_active_handles_total (\S+)$/m, 1],
];

export async function takeSample(fleet: Fleet, atMs: number): Promise<Sample> {
  const values: Record<string, number> = {};
  const pages = await Promise.all(fleet.metricsUrls.map(async (url) => (await fetch(url)).text()));
  pages.forEach((page, place) => {
    const process = place === 0 ? 'intake' : `worker ${place}`;
    for (const [name, pattern, unit] of OF_PROCESS) {
      values[`${process}, ${name}`] = Number(pattern.exec(page)?.[1]) / unit;
    }
  });
  await withConnection(fleet.redisUrl, async (connection) => {
    const { windowIds, queuedEvents } = await readAccountState(ACCOUNT, connection);
    const memory = await connection.info('memory');
    const clients = await connection.info('clients');
    values['redis, used MB'] = Number(/used_memory:(\d+)/.exec(memory)?.[1]) / BYTES_PER_MB;
    values['redis, connections'] = Number(/connected_clients:(\d+)/.exec(clients)?.[1]);
    values['redis, keys'] = await connection.dbsize();
    values['window, ids'] = windowIds;
    values['queue, events'] = queuedEvents;
  });
  return { atMs, values };
}
