/** docs/settings.md, made of the schema and of the sections of .env.example. */
import { SECRET_SETTINGS, settingsSchema } from '../../src/settings/settings-schema.js';

const SECRETS: ReadonlySet<string> = new Set(SECRET_SETTINGS);

const HEAD = `# Settings

Environment variables, and \`.env\` in the working directory beneath them: what is set in the environment wins. An empty one
counts as unset. A setting that is wrong stops the start, and every fault is named at once; \`npx capi-forwarder check\` tells
without starting anything. A secret may lie in a file: name the file in the same setting with \`_FILE\` at its end; files
of keys, tokens and credentials are read again when they change.

In \`.env\`, put a value that holds \`#\` into single quotes: unquoted, Node reads what follows as a comment. WooCommerce's generated
secrets hold \`#\`. \`check\` warns of such a line.

This page is made of the schema in [src/settings/settings-schema.ts](../src/settings/settings-schema.ts); a test holds the two together. Tracing has OpenTelemetry's
own variables: [tracing.md](tracing.md). A certificate authority of your own, for \`rediss://\` or a proxy before Amazon, is named
in Node's \`NODE_EXTRA_CA_CERTS\`; there is no setting that turns the check of certificates off.
`;

const TAIL = `
## Settings that depend on each other

- \`REDIS_ACK_TIMEOUT_MS\` is below 2000: after 2 s an intake gives a command of Redis up.
- \`RETRY_MAX_DELAY_MS\` is not below \`RETRY_BASE_DELAY_MS\`.
- \`SHUTDOWN_TIMEOUT_MS\` is not below \`REQUEST_TIMEOUT_MS\`, or a stop would cut requests off. Whatever stops the process
  (\`stop_grace_period\` in compose) must wait longer than it.
- \`DEDUPE_WINDOW_HOURS\` is longer than a claim lasts: \`BATCH_LINGER_MS\`, a token refresh of up to 10 s, twice
  \`REQUEST_TIMEOUT_MS\`, and 5 s.
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
  const shown = value === undefined ? 'unset' : `\`${String(value)}\``;
  const secret = SECRETS.has(name) ? ` (or \`${name}_FILE\`)` : '';
  return `| \`${name}\`${secret} | ${shown} | ${(schema?.description ?? '').replace(/; or [A-Z0-9_]+_FILE$/, '').replaceAll('|', '\\|')} |`;
}
