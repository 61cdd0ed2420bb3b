/**
 * The rules with short times: a copy in a temporary folder in which every minute is a second (5m is 5s, 1h is 60s, 3d
 * is 4320s). Thresholds stay, except that few events are enough. This shows that each alert's query finds its fault in
 * real metrics. `promtool test rules` checks the times.
 */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RULE_FILES } from '../support/rules.js';
import { ROOT } from '../support/scratch.js';

const SECONDS: Readonly<Record<string, number>> = { m: 1, h: 60, d: 1440 };
// In brackets, in brackets with a resolution, and after `for:`, `interval:` and `offset`. Names of recorded series
// contain durations too.
const DURATION = /(?<=\[|for: |interval: |offset |:)(\d+)([mhd])(?=\]|:|\)| |$)/gm;

/** @returns the paths of the copies */
export function shortenRules(): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'capi-rules-'));
  return RULE_FILES.map((file) => {
    const text = readFileSync(join(ROOT, 'prometheus', 'rules', file), 'utf8');
    const short = text.replace(
      DURATION,
      (_, count: string, unit: string) => `${Number(count) * (SECONDS[unit] ?? 0)}s`,
    );
    const path = join(folder, file);
    writeFileSync(path, short);
    return path;
  });
}
