/**
 * `capi-forwarder check`: settings, Redis, tokens and profiles: one line each, and what to do. Changes nothing.
 */
import type { Command } from 'commander';
import { checkAccount } from '../checks/check-account.js';
import { checkLedger } from '../checks/check-ledger.js';
import { checkRedis } from '../checks/check-redis.js';
import { checkRefreshToken } from '../checks/check-refresh-token.js';
import { assertSecrets, warnOfCutSecrets } from '../checks/check-secrets.js';
import { type CheckResult, guarded, ok } from '../checks/result.js';
import { readTokens } from '../console/tokens.js';
import { readApiKeys } from '../producer/http/api-keys.js';
import { redisUrlOf } from '../redis/url.js';
import { type Account, loadAccounts } from '../settings/accounts.js';
import { acknowledgementOf, readEnvFile } from '../settings/config.js';
import { findCutSecrets } from '../settings/env-file.js';
import { type Settings } from '../settings/settings-schema.js';
import { openWebhookSenders } from '../settings/webhook-senders.js';
import { printJson } from './output.js';
import { printResult } from './print-result.js';
import { openRuntime, runAction, watchSecret } from './runtime.js';

export function addCheckCommand(program: Command): void {
  program
    .command('check')
    .description('check settings, Redis, and each account’s token and profile; says what to do')
    .option('--json', 'print JSON')
    .action((options: { json?: boolean }) => runAction(() => runCheck(options)));
}

async function runCheck({ json }: { json?: boolean }): Promise<number> {
  const runtime = openRuntime('check');
  const { settings, environment, log } = runtime;
  const cut = findCutSecrets(readEnvFile() ?? '', environment);
  assertSecrets(
    [
      () => watchSecret(runtime, 'INTAKE_API_KEYS', { read: readApiKeys, unset: [] }),
      () => watchSecret(runtime, 'CONSOLE_TOKEN', { read: readTokens, unset: [] }),
      () => openWebhookSenders({ settings, environment, log }),
    ],
    cut,
  );
  const accounts = loadAccounts(settings, environment);
  const isFromFile = settings.ACCOUNTS_FILE !== undefined;
  // All at once; shown in this order, each as soon as it and those before it are known.
  const checks = [
    Promise.resolve([describeSettings(settings, accounts), ...warnOfCutSecrets(cut)]),
    guarded('redis', () => checkRedis(redisUrlOf(settings), acknowledgementOf(settings))),
    guarded('ledger', () =>
      checkLedger(
        redisUrlOf(settings),
        accounts.map(({ name }) => name),
      ),
    ),
    ...accounts.map((account) =>
      guarded(`account ${account.name}`, async () => [
        ...(await checkAccount(account, settings.REQUEST_TIMEOUT_MS, isFromFile)),
        ...(await checkRefreshToken(account, redisUrlOf(settings))),
      ]),
    ),
  ];
  const results: CheckResult[] = [];
  for (const check of checks) {
    const part = await check;
    results.push(...part);
    if (!json) for (const result of part) printResult(result);
  }
  if (json) printJson(results);
  return results.some(({ level }) => level === 'fail') ? 1 : 0;
}

/** Faulty settings never come this far: they end the command with all their faults (exit code 2). */
function describeSettings(settings: Settings, accounts: readonly Account[]): CheckResult {
  const names = accounts.map(({ name, region, wire }) => `${name} (${region}, ${wire})`).join(', ');
  return ok('settings', `${settings.ACCOUNTS_FILE === undefined ? 'account' : 'accounts of ACCOUNTS_FILE:'} ${names}`);
}
