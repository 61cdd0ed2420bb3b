import { describe, expect, it } from 'vitest';
import { terminalLine } from '../../../src/telemetry/terminal-lines.js';

describe('log lines on a terminal', () => {
  it('are words, with the time of the day and the level in front', () => {
    const line = {
      level: 50,
      time: '2026-11-27T20:06:31.595Z',
      command: 'worker',
      reason: 'no word from it',
      count: 2,
      error: { name: 'Error' },
      event: 'redis.away',
    };
    expect(terminalLine(JSON.stringify(line))).toBe(
      '20:06:31 error redis.away reason="no word from it" count=2 error={"name":"Error"}\n',
    );
  });
});
