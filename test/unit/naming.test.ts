// Real: every page and file that tells people what to type or set, compared with the existing commands and settings.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { beforeAll, describe, expect, it } from 'vitest';
import { EVENT_ACTION_SOURCES, EVENT_TYPES } from '../../src/mapping/event.js';
import { MATCH_KEY_TYPES } from '../../src/mapping/match-key.js';
import { SECRET_SETTINGS, settingsSchema } from '../../src/settings/settings-schema.js';
import { findCommand, optionsOf, readCommands } from '../support/commands.js';
import { ROOT } from '../support/scratch.js';
import { renderSettingsPage } from '../support/settings-page.js';

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const filesIn = (folder: string, extension: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(extension))
    .map((file) => join(folder, file));
const PAGES = ['README.md', 'CHANGELOG.md', ...filesIn('docs', '.md')];
const FILES = [...PAGES, '.env.example', 'docker-compose.yml', 'Dockerfile', ...filesIn('prometheus', '.yml')];

describe('commands', () => {
  let program: Command;
  beforeAll(async () => {
    program = await readCommands();
  });

  // What follows the name up to the end of the line, of the code or of the command.
  const USES = /capi-forwarder(?:`|\*\*)? +((?:[a-z][a-z-]*)(?:[^\n`|;)]*))/g;

  it.each(FILES)('%s names commands and options that there are', (file) => {
    // A line that continues after a backslash is one command.
    const text = read(file).replace(/\\\n\s*/g, ' ');
    for (const [use, rest = ''] of text.matchAll(USES)) {
      const [typed = ''] = rest.split(/ [#<>&] ?| && /);
      const words = typed.trim().split(/\s+/);
      const command = findCommand(program, words);
      if (command === program) {
        // Running text, such as "settings of capi-forwarder". A command line starts with how it is run.
        expect(text, `${file}: ${use}`).not.toContain(`npx ${use}`);
        continue;
      }
      const known = optionsOf(command);
      const options = words.filter((word) => /^--?[a-z]/.test(word)).map((word) => word.replace(/=.*$/, ''));
      expect(
        options.filter((option) => !known.has(option)),
        `${file}: ${use}`,
      ).toEqual([]);
      // Of a command with subcommands the next word must be one.
      const isWhole = command.commands.length === 0 || !/^[a-z-]+$/.test(words[1] ?? '');
      expect(isWhole, `${file}: ${use}`).toBe(true);
    }
  });

  it('the check sees a command line that is wrong', () => {
    expect(findCommand(program, ['dead-letters', 'list']).name()).toBe('list');
    expect(findCommand(program, ['dead-leters'])).toBe(program);
    expect(optionsOf(findCommand(program, ['map'])).has('--explain')).toBe(true);
    expect(optionsOf(findCommand(program, ['map'])).has('--exlain')).toBe(false);
  });
});

describe('settings', () => {
  const OURS: ReadonlySet<string> = new Set([
    ...Object.keys(settingsSchema.shape),
    ...SECRET_SETTINGS.map((name) => `${name}_FILE`),
  ]);
  // Words in capitals that are not settings: words of Amazon's API, codes of answers, other programs' variables.
  const OTHERS: ReadonlySet<string> = new Set([
    ...EVENT_TYPES,
    ...EVENT_ACTION_SOURCES,
    ...MATCH_KEY_TYPES,
    'LIMITED_DATA_USE',
    // PHP's name of a request header.
    'HTTP_SEC_GPC',
    'INVALID_INPUT',
    'QUEUE_UNAVAILABLE',
    'PRODUCER_CLOSED',
    'ATTRIBUTE_NAMES',
    // Variables of the chaos, model and fuzz tests.
    'CHAOS_RESULT',
    'SOAK_RESULT',
    'MODEL_RUNS',
    'MODEL_SEED',
    'FUZZ_RUNS',
    'NODE_ENV',
    'NODE_EXTRA_CA_CERTS',
    'REDISCLI_AUTH',
    'REDIS_BIN',
    'REDIS_MAXMEMORY',
    'WOO_KEY',
    'WOO_SECRET',
  ]);
  const telemetry = [
    'src/telemetry/tracing',
    'src/settings',
    ...['core', 'otlp-exporter-base', 'resources', 'sdk-trace-base'].map(
      (name) => `node_modules/@opentelemetry/${name}/build/src`,
    ),
  ]
    .flatMap((folder) => filesIn(folder, folder.startsWith('src') ? '.ts' : '.js'))
    .map(read)
    .join('\n');

  it.each(FILES)('%s names settings that there are', (file) => {
    const named = new Set([...read(file).matchAll(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g)].map(([name]) => name));
    const unknown = [...named].filter((name) => {
      if (OURS.has(name) || OTHERS.has(name) || name.startsWith('GF_')) return false;
      // OpenTelemetry builds some of its names: OTEL_EXPORTER_OTLP_ and a signal.
      return !(name.startsWith('OTEL_') && telemetry.includes(name.replace('OTLP_TRACES_', 'OTLP_')));
    });
    expect(unknown).toEqual([]);
  });

  // `npx vitest run --project unit test/unit/naming.test.ts --update` updates the page.
  it('docs/settings.md says what the schema says', async () => {
    await expect(renderSettingsPage(read('.env.example'))).toMatchFileSnapshot(join(ROOT, 'docs', 'settings.md'));
  });
});
