// Real: files in a folder of the test.
import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ProgressFile } from '../../../../src/producer/files/progress-file.js';
import { RejectsFile } from '../../../../src/producer/files/rejects-file.js';

const ORIGIN = { file: { bytes: 1, modifiedMs: 1, headSha256: 'x' }, source: 'csv', account: 'default' };
const REPORT = { records: 1, accepted: 1, refused: 0 };

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capi-files-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

describe('writing refused records', () => {
  it('writes nothing that would steer the terminal on which the file is shown', async () => {
    const path = join(folder, 'rejects.ndjson');
    const rejects = await RejectsFile.open(path);
    const issues = [{ path: 'a\u001b[2J\u009b31m', message: 'b\u202ec' }];
    await rejects.append([{ line: 1, reason: 'invalid', issues }]);
    const { bytes } = rejects.mark;
    await rejects.close();
    const text = await readFile(path, 'utf8');
    for (const steering of ['\u001b', '\u009b', '\u202e']) expect(text).not.toContain(steering);
    expect(JSON.parse(text)).toEqual({ line: 1, reason: 'invalid', issues });
    expect(bytes).toBe(Buffer.byteLength(text));
  });
});

describe('keeping progress', () => {
  it('does not write through a link that somebody laid where its temporary file goes', async () => {
    const path = join(folder, 'orders.progress');
    const victim = join(folder, 'victim');
    await writeFile(victim, 'precious');
    await symlink(victim, `${path}.tmp`);
    const progress = new ProgressFile(path, ORIGIN);
    await progress.save(REPORT, undefined);
    expect(await readFile(victim, 'utf8')).toBe('precious');
    expect(await progress.load()).toMatchObject(REPORT);
  });

  it('replaces a link at its own place, and does not write to where that leads', async () => {
    const path = join(folder, 'orders.progress');
    const victim = join(folder, 'victim');
    await writeFile(victim, 'precious');
    await symlink(victim, path);
    await new ProgressFile(path, ORIGIN).save(REPORT, undefined);
    expect(await readFile(victim, 'utf8')).toBe('precious');
    expect((await new ProgressFile(path, ORIGIN).load())?.records).toBe(1);
  });

  it('is its owner’s to read, and leaves no temporary file', async () => {
    const path = join(folder, 'orders.progress');
    await writeFile(`${path}.tmp`, 'left by an import that was killed', { mode: 0o644 });
    await new ProgressFile(path, ORIGIN).save(REPORT, undefined);
    expect(await modeOf(path)).toBe('600');
    await expect(stat(`${path}.tmp`)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('says at the start where it cannot be saved, and leaves nothing there where it can', async () => {
    const path = join(folder, 'orders.progress');
    await new ProgressFile(path, ORIGIN).assertWritable();
    await expect(stat(`${path}.tmp`)).rejects.toMatchObject({ code: 'ENOENT' });
    const nowhere = new ProgressFile(join(folder, 'nowhere', 'orders.progress'), ORIGIN);
    await expect(nowhere.assertWritable()).rejects.toMatchObject({ code: 'ENOENT' });
    await mkdir(`${path}.tmp`);
    await expect(new ProgressFile(path, ORIGIN).assertWritable()).rejects.toThrow();
  });
});

describe('writing refused records down', () => {
  const reject = { line: 2, reason: 'invalid', issues: [] } as const;

  it('makes a file that its owner alone can read', async () => {
    const path = join(folder, 'rejects.ndjson');
    const file = await RejectsFile.open(path);
    await file.append([reject]);
    await file.close();
    expect(await modeOf(path)).toBe('600');
  });

  it.each([
    ['anew', undefined],
    ['behind what is there', 'unmarked'],
  ] as const)('takes a file of an earlier import from others before it writes %s', async (_how, done) => {
    const path = join(folder, 'rejects.ndjson');
    await writeFile(path, '');
    await chmod(path, 0o644);
    const file = await RejectsFile.open(path, done);
    expect(await modeOf(path)).toBe('600');
    await file.close();
  });

  it('leaves a device as it is', async () => {
    const before = await modeOf('/dev/null');
    const file = await RejectsFile.open('/dev/null');
    await file.append([reject]);
    await file.close();
    expect(await modeOf('/dev/null')).toBe(before);
  });
});
