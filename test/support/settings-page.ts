/** Generates docs/settings.md from the schema and the sections of .env.example. */
import { SECRET_SETTINGS, settingsSchema } from '../../src/settings/settings-schema.js';

const SECRETS: ReadonlySet<string> = new Set(SECRET_SETTINGS);

const HEAD = `# Settings

Environment variables, also from \`.env\` in the working directory. Empty counts as unset, units are in the names. \`npx capi-forwarder check\` names
all faults. Tracing has [OpenTelemetry's variables](tracing.md).

Secrets are marked \`_FILE\`: the same name with \`_FILE\` at its end names a file instead. Files of keys, tokens and credentials are read again when
they change. In \`.env\` put a value with \`#\` into single quotes.
`;

const TAIL = `
## Settings that depend on each other

- \`REDIS_ACK_TIMEOUT_MS\` is below 2000.
- \`RETRY_MAX_DELAY_MS\` is not below \`RETRY_BASE_DELAY_MS\`, nor \`SHUTDOWN_TIMEOUT_MS\` below \`REQUEST_TIMEOUT_MS\`. Whatever stops the process must
  wait longer.
- \`DEDUPE_WINDOW_HOURS\` is longer than \`BATCH_LINGER_MS\`, twice \`REQUEST_TIMEOUT_MS\` and 15 s together.
`;

export function renderSettingsPage(example: string): string {
  const sections = example.split(/^# --- (.*) ---$/m).slice(1);
  const parts = [HEAD];
  for (let index = 0; index < sections.length; index += 2) {
    const names = [...(sections[index + 1] ?? '').matchAll(/^#([A-Z0-9_]+)=/gm)].map(([, name = '']) => name);
    const rows = names.filter((name) => name in settingsSchema.shape).map(rowOf);
    parts.push(`\n## ${sections[index]}\n\n| setting | default | meaning |\n|---|---|---|\n${rows.join('\n')}\n`);
  }
  return [...parts, TAIL].join('');
}

function rowOf(name: string): string {
  const schema = Object.entries(settingsSchema.shape).find(([key]) => key === name)?.[1];
  const unset = schema?.safeParse(undefined);
  const value = unset?.success ? unset.data : undefined;
  const shown = value === undefined ? '' : ` \`${String(value)}\``;
  const secret = SECRETS.has(name) ? ' `_FILE`' : '';
  return `| \`${name}\`${secret} |${shown} | ${meaningOf(schema?.description ?? '').replaceAll('|', '\\|')} |`;
}

/** Without what the page says for all settings: units are in the names, secrets may be in files. */
function meaningOf(description: string): string {
  return description.replace(/; or [A-Z0-9_]+_FILE$/, '').replace(/, (?:milliseconds|hours|days)(?=;|$)/, '');
}
