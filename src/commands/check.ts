/**
 * `capi-forwarder check`: settings, Redis, tokens and profiles: one line each, and what to do. Changes nothing, and
 * sends no event without `--send-test`.
 */
import type { Command } from 'commander';
import { checkAccount } from '../checks/check-account.js';
import { checkLedger } from '../checks/check-ledger.js';
import { assertReceiptsFile } from '../checks/check-receipts.js';
import { checkRedis } from '../checks/check-redis.js';
import { checkRefreshToken } from '../checks/check-refresh-token.js';
import { assertSecrets, warnOfCutSecrets } from '../checks/check-secrets.js';
import { checkSources } from '../checks/check-sources.js';
import { type CheckResult, guarded, ok } from '../checks/result.js';
import { sendTest } from '../checks/send-test.js';
import { redisUrlOf } from '../redis/url.js';
import { type Account, loadAccounts } from '../settings/accounts.js';
import { acknowledgementOf, type Environment, readEnvFile } from '../settings/config.js';
import { findCutSecrets } from '../settings/env-file.js';
import { type Settings } from '../settings/settings-schema.js';
import { loadShops } from '../settings/shop-settings.js';
import { isTracingOn } from '../settings/tracing-settings.js';
import { openWebhookSenders, WEBHOOK_PLATFORMS } from '../settings/webhook-senders.js';
import { watchApiKeys, watchConsoleTokens } from './open-secrets.js';
import { printJson } from './output.js';
import { printResult } from './print-result.js';
import { dedupeIdsOf, openRuntime, type Runtime, runAction, UsageError } from './runtime.js';

interface CheckOptions {
  readonly account?: string;
  readonly sendTest?: boolean;
  readonly json?: boolean;
}

export function addCheckCommand(program: Command): void {
  program
    .command('check')
    .description('check settings, Redis, and each account’s token and profile; says what to do')
    .option('--account <name>', 'only this account (default: all)')
    .option('--send-test', 'send one marked test event of each account to Amazon, and say what it answers')
    .option('--json', 'print JSON')
    .action((options: CheckOptions) => runAction(() => runCheck(options)));
}

const accountsOf = ({ settings, environment }: Pick<Runtime, 'settings' | 'environment'>) =>
  loadAccounts(settings, environment);
const cutSecretsOf = (environment: Environment) => findCutSecrets(readEnvFile() ?? '', environment);

function assertAllSecrets(runtime: Runtime): void {
  const opened = [() => watchApiKeys(runtime), () => watchConsoleTokens(runtime), () => openWebhookSenders(runtime)];
  assertSecrets(opened, cutSecretsOf(runtime.environment));
}

/** Other settings that would stop the worker, the intake or a reconcile. */
const READS_OF_SERVICES = [
  ({ settings }: Runtime) => assertReceiptsFile(settings.RECEIPTS_FILE),
  ({ environment }: Runtime) => isTracingOn(environment),
  ...WEBHOOK_PLATFORMS.map(
    (platform) =>
      ({ settings, environment }: Runtime) =>
        loadShops(settings, environment, platform),
  ),
];

async function runCheck({ account: chosen, sendTest: isTestWanted, json }: CheckOptions): Promise<number> {
  const { settings, environment } = openRuntime('check', [assertAllSecrets, accountsOf, ...READS_OF_SERVICES]);
  const cut = cutSecretsOf(environment);
  const all = accountsOf({ settings, environment });
  const accounts = all.filter(({ name }) => chosen === undefined || name === chosen);
  if (accounts.length === 0) throw new UsageError(`there is no account ${chosen}: see ACCOUNTS_FILE`);
  // All run at once. They are shown in this order, each as soon as it and those before it are done.
  const checks = [
    Promise.resolve([describeSettings(settings, accounts), ...warnOfCutSecrets(cut)]),
    ...checksOfRedis(settings, accounts),
    ...accounts.map((account) => checkOfAccount(account, settings, isTestWanted === true)),
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

function checksOfRedis(settings: Settings, accounts: readonly Account[]): Promise<CheckResult[]>[] {
  const url = redisUrlOf(settings);
  const names = accounts.map(({ name }) => name);
  return [
    guarded('redis', () => checkRedis(url, acknowledgementOf(settings))),
    guarded('ledger', () => checkLedger(url, names)),
    guarded('sources', () => checkSources(url, names, dedupeIdsOf(settings))),
  ];
}

function checkOfAccount(account: Account, settings: Settings, isTestWanted: boolean): Promise<CheckResult[]> {
  const timeoutMs = settings.REQUEST_TIMEOUT_MS;
  const isFromFile = settings.ACCOUNTS_FILE !== undefined;
  return guarded(`account ${account.name}`, async () => [
    ...(await checkAccount(account, timeoutMs, isFromFile)),
    ...(await checkRefreshToken(account, redisUrlOf(settings))),
    ...(isTestWanted ? await sendTest(account, { timeoutMs, country: settings.DEFAULT_COUNTRY, isFromFile }) : []),
  ]);
}

/** Faulty settings do not get here: they end the command with all their faults (exit code 2). */
function describeSettings(settings: Settings, accounts: readonly Account[]): CheckResult {
  const names = accounts.map(({ name, region, wire }) => `${name} (${region}, ${wire})`).join(', ');
  return ok('settings', `${settings.ACCOUNTS_FILE === undefined ? 'account' : 'accounts of ACCOUNTS_FILE:'} ${names}`);
}
