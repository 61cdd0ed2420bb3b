/** Mapping: payloads of each source to events, on one core, with nothing else in the process. */
import { SOURCES } from '../../src/mapping/source.js';
import { onStage } from '../processes.js';
import type { Bench } from './section.js';

export async function measureMapping({ sizes, ledger, say }: Bench): Promise<void> {
  for (let round = 1; round <= sizes.rounds; round += 1) {
    say(`mapping, round ${round} of ${sizes.rounds}`);
    await onStage(undefined, async (stage) => {
      const mapper = await stage.start('callers/mapper');
      for (const source of SOURCES) {
        // Warms up the compiler before anything is timed.
        await mapper.ask('map', { source, seconds: sizes.mappingSeconds / 2 });
        ledger.note(`mapped_${source}`, await mapper.ask<number>('map', { source, seconds: sizes.mappingSeconds }));
      }
    });
  }
}
