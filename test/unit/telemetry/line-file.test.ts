// Real: files, and the device that is always full.
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fromPino } from '../../../src/telemetry/log.js';
import { LineFile } from '../../../src/telemetry/receipts/line-file.js';
import { Scratch } from '../../support/scratch.js';

let scratch: Scratch;
let opened: LineFile[] = [];
let lost = 0;
const logged: string[] = [];

beforeEach(() => {
  scratch = Scratch.outside();
  lost = 0;
  logged.length = 0;
});
afterEach(async () => {
  for (const file of opened) await file.close();
  opened = [];
  scratch[Symbol.dispose]();
});

const sink = new Writable({
  write: (chunk: Buffer, _encoding, done) => {
    logged.push(chunk.toString());
    done();
  },
});

async function openFile(path: string, bufferMaxBytes?: number): Promise<LineFile> {
  const file = await LineFile.open({
    path,
    log: fromPino(pino({ level: 'info', messageKey: 'event' }, sink)),
    onLost: (lines) => {
      lost += lines;
    },
    ...(bufferMaxBytes !== undefined && { bufferMaxBytes }),
  });
  opened.push(file);
  return file;
}

const told = () => logged.map((line): unknown => JSON.parse(line));
const until = (condition: () => void) => vi.waitFor(condition, { timeout: 5_000, interval: 10 });

describe('appending lines', () => {
  it('adds to what is there, in order, and has written all of it once it is closed', async () => {
    const path = scratch.path('receipts.ndjson');
    writeFileSync(path, 'old\n');
    const file = await openFile(path);
    for (let count = 0; count < 2_000; count += 1) file.append(`line ${count} ${'é'.repeat(30)}\nsecond\n`, 2);
    await Promise.all([file.close(), file.close()]);
    const lines = readFileSync(path, 'utf8').split('\n');
    expect(lines).toHaveLength(4_002);
    expect([lines[0], lines[1], lines.at(-3), lines.at(-1)]).toEqual([
      'old',
      `line 0 ${'é'.repeat(30)}`,
      `line 1999 ${'é'.repeat(30)}`,
      '',
    ]);
    expect({ lost, logged }).toEqual({ lost: 0, logged: [] });
  });

  it('can be read by its group, not by all', async () => {
    const path = scratch.path('receipts.ndjson');
    await openFile(path);
    expect(statSync(path).mode & 0o027).toBe(0);
  });

  it('ends a line that a killed process left incomplete', async () => {
    const path = scratch.path('receipts.ndjson');
    writeFileSync(path, '{"a":1}\n{"to');
    const file = await openFile(path);
    file.append('{"b":2}\n', 1);
    await file.close();
    expect(readFileSync(path, 'utf8')).toBe('{"a":1}\n{"to\n{"b":2}\n');
  });

  it('goes on in a new file once the old one was moved, and again', async () => {
    const path = scratch.path('receipts.ndjson');
    const file = await openFile(path);
    for (const round of ['1', '2']) {
      file.append(`before ${round}\n`, 1);
      await until(() => expect(readFileSync(path, 'utf8')).toContain(`before ${round}`));
      renameSync(path, `${path}.${round}`);
      await until(() => expect(existsSync(path)).toBe(true));
    }
    file.append('after\n', 1);
    await file.close();
    const texts = [`${path}.1`, `${path}.2`, path].map((name) => readFileSync(name, 'utf8'));
    expect(texts).toEqual(['before 1\n', 'before 2\n', 'after\n']);
    expect({ lost, logged }).toEqual({ lost: 0, logged: [] });
  });

  it('writes to the moved file while a new one cannot be opened, and opens it when it can', async () => {
    const folder = scratch.path('log');
    mkdirSync(folder);
    const file = await openFile(`${folder}/receipts.ndjson`);
    file.append('1\n', 1);
    renameSync(folder, `${folder}.old`);
    await until(() => expect(told()).toMatchObject([{ event: 'receipts.failing', code: 'ENOENT' }]));
    file.append('2\n', 1);
    await until(() => expect(readFileSync(`${folder}.old/receipts.ndjson`, 'utf8')).toBe('1\n2\n'));
    mkdirSync(folder);
    await until(() => expect(told()).toMatchObject([{}, { event: 'receipts.back', count: 0 }]));
    file.append('3\n', 1);
    await file.close();
    expect(readFileSync(`${folder}/receipts.ndjson`, 'utf8')).toBe('3\n');
    expect(lost).toBe(0);
  });
});

describe('losing lines', () => {
  it('counts what finds no room, says so once, and says when it is over', async () => {
    const path = scratch.path('receipts.ndjson');
    const file = await openFile(path, 20);
    // Nothing is written before the next turn of the event loop.
    for (const line of ['one', 'two', 'three', 'four', 'five', 'six']) file.append(`${line}\n`.padStart(9, '.'), 1);
    expect(lost).toBe(4);
    await until(() => expect(logged).toHaveLength(2));
    expect(told()).toMatchObject([
      { event: 'receipts.failing', code: 'TOO_SLOW', setting: 'RECEIPTS_FILE' },
      { event: 'receipts.back', count: 4 },
    ]);
    file.append('seven\n', 1);
    await file.close();
    expect(readFileSync(path, 'utf8')).toBe('.....one\n.....two\nseven\n');
    expect(lost).toBe(4);
  });

  it('on a full disk, stores what there is room for, and counts the rest and what is left at the end', async () => {
    const file = await openFile('/dev/full', 40);
    file.append('0123456789\n', 1);
    await until(() => expect(told()).toMatchObject([{ event: 'receipts.failing', code: 'ENOSPC' }]));
    for (let count = 0; count < 9; count += 1) file.append('0123456789\n', 1);
    expect(lost).toBe(7);
    await file.close();
    expect(lost).toBe(10);
    file.append('late\n', 1);
    expect(lost).toBe(11);
    expect(logged).toHaveLength(1);
  });
});

describe('opening', () => {
  it.each([
    ['a folder that is not there', () => scratch.path('none', 'receipts.ndjson'), 'ENOENT'],
    ['a folder', () => scratch.folder, 'EISDIR'],
  ])('fails with a code for %s', async (_what, pathOf, code) => {
    await expect(openFile(pathOf())).rejects.toMatchObject({ code });
  });

  it('fails for what is no file', async () => {
    const path = scratch.path('socket');
    const server = createServer().listen(path);
    await once(server, 'listening');
    try {
      await expect(openFile(path)).rejects.toMatchObject({ code: 'NOT_A_FILE' });
    } finally {
      server.close();
    }
  });
});
