/**
 * The transcripts of a page: files as code blocks (```csv NAME how it is stored), commands as ```console blocks. Each
 * section runs in its own folder. The result is the section with the real output of the commands.
 *
 * A day is written as 2026-11-20 and run as yesterday, because old events are refused.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { encode } from './packed-bytes.js';
import { ROOT, Scratch } from './scratch.js';

const BLOCK = /^```(\w+)(?: ([^\n]*))?\n(.*?)^```$/gms;
const DAY_MS = 86_400_000;

/** How a file is stored: words after its name. */
const FORMS: Readonly<Record<string, (bytes: Buffer, text: string) => Buffer>> = {
  mark: (_bytes, text) => encode(text, 'utf-8', true),
  'utf-16': (_bytes, text) => encode(text, 'utf-16le', true),
  latin1: (_bytes, text) => Buffer.from(text, 'latin1'),
  gzip: (bytes) => gzipSync(bytes),
  zip: (bytes) => Buffer.concat([Buffer.from('PK\u0003\u0004'), bytes]),
  cut: (bytes) => bytes.subarray(0, -8),
};
const LINES: Readonly<Record<string, (text: string) => string>> = {
  crlf: (text) => text.replaceAll('\n', '\r\n'),
  cr: (text) => text.replaceAll('\n', '\r'),
  tabs: (text) => text.replaceAll(',', '\t'),
};

export function playSection(section: string, environment: Record<string, string>): string {
  using scratch = Scratch.outside();
  const day = new Date(Date.now() - DAY_MS).toISOString().slice(0, 10);
  const bin = scratch.path('bin');
  mkdirSync(bin);
  const command = join(bin, 'capi-forwarder');
  writeFileSync(command, `#!/bin/sh\nexec "${process.execPath}" "${join(ROOT, 'dist', 'cli.js')}" "$@"\n`);
  chmodSync(command, 0o755);
  const folder = scratch.path('work');
  mkdirSync(folder);
  const env = { PATH: `${bin}:${process.env['PATH']}`, ...environment };
  return section.replace(BLOCK, (block, language: string, info: string | undefined, content: string) => {
    if (language === 'console') return `\`\`\`console\n${play(content, folder, env)}\`\`\``;
    if (info !== undefined) store(folder, info, content.replaceAll('2026-11-20', day));
    return block;
  });
}

/** @param info its name, and how it is stored */
function store(folder: string, info: string, content: string): void {
  const [name = '', ...words] = info.split(' ');
  const unknown = words.filter((word) => FORMS[word] === undefined && LINES[word] === undefined);
  if (unknown.length > 0) throw new Error(`no file is stored as ${unknown.join(', ')}`);
  const text = words.reduce((written, word) => LINES[word]?.(written) ?? written, content);
  let bytes: Buffer = Buffer.from(text);
  for (const word of words) bytes = FORMS[word]?.(bytes, text) ?? bytes;
  writeFileSync(join(folder, name), bytes);
}

/** What a terminal would show: standard output and standard error in order. */
function play(content: string, cwd: string, env: Record<string, string>): string {
  const commands = content.split('\n').filter((line) => line.startsWith('$ '));
  return commands
    .map((line) => {
      const { stdout } = spawnSync('sh', ['-c', `{ ${line.slice(2)}; } 2>&1`], { cwd, env, encoding: 'utf8' });
      return `${line}\n${stdout}`;
    })
    .join('');
}
