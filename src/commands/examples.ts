/** Examples at the end of each command's `--help`, exactly as they are typed, one per task. */
import type { Command } from 'commander';

const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  intake: [
    'INTAKE_API_KEYS_FILE=/run/secrets/keys capi-forwarder intake',
    'INTAKE_HOST=0.0.0.0 INTAKE_PORT=8080 capi-forwarder intake',
  ],
  worker: ['capi-forwarder worker', 'ACCOUNTS_FILE=accounts.json BATCHES_IN_FLIGHT=8 capi-forwarder worker'],
  console: [
    'capi-forwarder console',
    'CONSOLE_TOKEN_FILE=/run/secrets/tokens CONSOLE_HOST=0.0.0.0 capi-forwarder console',
  ],
  sandbox: ['capi-forwarder sandbox', 'capi-forwarder sandbox --port 9191 --token-ttl 60'],
  enqueue: [
    'capi-forwarder enqueue orders.ndjson --source order --rejects refused.ndjson',
    'capi-forwarder enqueue orders.csv.gz --source csv --default-country DE --consent granted',
    'capi-forwarder enqueue orders.ndjson --source order --resume',
  ],
  map: [
    'capi-forwarder map orders.ndjson --source order | head -1',
    'capi-forwarder map order.json --source shopify --explain',
    'capi-forwarder map orders.csv --source csv --wire ads-api-v1',
  ],
  find: ['capi-forwarder find 1001', "capi-forwarder find '#1001' --source shopify --account shop-eu --json"],
  reconcile: [
    'capi-forwarder reconcile shopify --since 7d --dry-run',
    'capi-forwarder reconcile woocommerce --account shop-eu',
    'capi-forwarder reconcile stripe --every 15m',
  ],
  'dead-letters list': [
    'capi-forwarder dead-letters list --reason rejected --since 24h',
    'capi-forwarder dead-letters list --match order-1001 --account shop-eu',
  ],
  'dead-letters show': [
    'capi-forwarder dead-letters show 17-0-a1b2c3d4',
    'capi-forwarder dead-letters show 17-0-a1b2c3d4 --account shop-eu',
  ],
  'dead-letters stats': ['capi-forwarder dead-letters stats', 'capi-forwarder dead-letters stats --since 7d --json'],
  'dead-letters export': [
    'capi-forwarder dead-letters export > letters.ndjson',
    'capi-forwarder dead-letters export --reason expired --until 30d > expired.ndjson',
  ],
  'dead-letters replay': [
    'capi-forwarder dead-letters replay --reason forbidden --dry-run',
    'capi-forwarder dead-letters replay --match currencyCode --set currencyCode=EUR',
    'capi-forwarder dead-letters replay --all --rate 100',
  ],
  'dead-letters discard': [
    'capi-forwarder dead-letters discard --reason expired --dry-run',
    'capi-forwarder dead-letters discard --id 17-0-a1b2c3d4 --because "a test order"',
  ],
  'dead-letters resume': [
    'capi-forwarder dead-letters resume a4281e7f76',
    'capi-forwarder dead-letters resume a4281e7f76 --account shop-eu',
  ],
  'dead-letters cancel': [
    'capi-forwarder dead-letters cancel a4281e7f76',
    'capi-forwarder dead-letters cancel a4281e7f76 --by anna',
  ],
  'dead-letters operations': [
    'capi-forwarder dead-letters operations',
    'capi-forwarder dead-letters operations --limit 5 --json',
  ],
  'dead-letters history': [
    'capi-forwarder dead-letters history',
    'capi-forwarder dead-letters history --limit 10 --account shop-eu',
  ],
  'dead-letters import': [
    'capi-forwarder dead-letters import letters.ndjson',
    'capi-forwarder dead-letters export | capi-forwarder dead-letters import - --account shop-eu',
  ],
  'dead-letters erase': [
    'printf %s anna@example.com | sha256sum',
    `capi-forwarder dead-letters erase --dry-run --match-key-sha256 ${'0123456789abcdef'.repeat(4)}`,
  ],
  status: ['capi-forwarder status', 'capi-forwarder status --account shop-eu', 'capi-forwarder status --coverage'],
  authorize: [
    'capi-forwarder authorize --out refresh-token.json',
    'capi-forwarder authorize --account shop-eu --listen 8765',
  ],
  check: ['capi-forwarder check', 'capi-forwarder check --json'],
};

/** Adds examples to every subcommand. */
export function addExamples(command: Command, path: readonly string[] = []): void {
  for (const below of command.commands) {
    const name = [...path, below.name()];
    const examples = EXAMPLES[name.join(' ')];
    if (examples) below.addHelpText('after', `\nExamples:\n${examples.map((one) => `  ${one}`).join('\n')}`);
    addExamples(below, name);
  }
}
