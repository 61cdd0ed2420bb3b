// Real: files. The clock and the files' times are faked.
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SettingsError } from '../../../src/settings/config.js';
import { readSecretLines } from '../../../src/settings/secret-list.js';
import { WatchedSecret } from '../../../src/settings/watched-secret.js';
import { fromPino } from '../../../src/telemetry/log.js';

const OLD = 'old-key-of-the-shop';
const NEW = 'new-key-of-the-shop';

let folder = '';
let file = '';
let lines: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'capi-secret-'));
  file = join(folder, 'keys');
  lines = [];
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

function watch(text?: string): WatchedSecret<readonly string[]> {
  const log = fromPino(pino({ base: null }, { write: (line: string) => lines.push(line) }));
  return new WatchedSecret({
    setting: 'INTAKE_API_KEYS',
    text,
    file: text === undefined ? file : undefined,
    read: (content) => readSecretLines(content).map(({ secret }) => secret),
    unset: [],
    log,
  });
}

/** Past the second in which a changed file may still be written, and past the last check. */
function passTime(): void {
  vi.setSystemTime(Date.now() + 3_000);
}

describe('watching a file of secrets', () => {
  it.each(['', ' \n', '[]', ',', '# none\n', '[{"broken"', 'x'])(
    'keeps the last good value when the file becomes %j',
    (text) => {
      writeFileSync(file, OLD);
      const watched = watch();
      writeFileSync(file, text);
      passTime();
      expect({ value: watched.value, isUsable: watched.isUsable, isSet: watched.isSet }).toEqual({
        value: [OLD],
        isUsable: false,
        isSet: true,
      });
      passTime();
      expect(watched.value).toEqual([OLD]);
      expect(lines.filter((line) => line.includes('secret.unusable'))).toHaveLength(1);
      expect(lines.join()).not.toContain(OLD);
      writeFileSync(file, NEW);
      passTime();
      expect({ value: watched.value, isUsable: watched.isUsable }).toEqual({ value: [NEW], isUsable: true });
    },
  );

  it('keeps the last good value while the file is gone, and takes the next one', () => {
    writeFileSync(file, OLD);
    const watched = watch();
    renameSync(file, join(folder, 'away'));
    passTime();
    expect({ value: watched.value, isUsable: watched.isUsable }).toEqual({ value: [OLD], isUsable: false });
    renameSync(join(folder, 'away'), file);
    passTime();
    expect({ value: watched.value, isUsable: watched.isUsable }).toEqual({ value: [OLD], isUsable: true });
  });

  it('does not take a file that is still being written: half a key may look like a key', () => {
    writeFileSync(file, OLD);
    const watched = watch();
    writeFileSync(file, `${NEW}-and-its-se`);
    vi.setSystemTime(Date.now() + 500);
    expect(watched.value).toEqual([OLD]);
    writeFileSync(file, `${NEW}-and-its-second-half`);
    passTime();
    expect(watched.value).toEqual([`${NEW}-and-its-second-half`]);
    expect(watched.isUsable).toBe(true);
  });

  it('takes an old file that was moved into its place, whatever time it bears', () => {
    writeFileSync(file, OLD);
    const watched = watch();
    writeFileSync(join(folder, 'next'), NEW);
    renameSync(join(folder, 'next'), file);
    passTime();
    expect(watched.value).toEqual([NEW]);
  });

  it.each(['', ',', 'x', '[]'])('does not start with %j', (text) => {
    writeFileSync(file, text);
    expect(() => watch()).toThrow(SettingsError);
    if (text !== '') expect(() => watch(text)).toThrow(/INTAKE_API_KEYS: /);
  });
});
