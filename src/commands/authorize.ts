/**
 * `capi-forwarder authorize`: a person consents on Amazon's page. The account's refresh token is written to its secret
 * file with the time of the consent. Then the token is tried. The token itself is never shown.
 */
import type { Command } from 'commander';
import { CONSENT_SCOPE, exchangeCode } from '../amazon/consent.js';
import { LwaTokens } from '../amazon/token.js';
import { checkAccount } from '../checks/check-account.js';
import { judgeConsent } from '../checks/check-refresh-token.js';
import { type CheckResult, fail, ok } from '../checks/result.js';
import { loadAccounts } from '../settings/accounts.js';
import { type Environment, loadSettings, readEnvironment, SettingsError } from '../settings/config.js';
import { type ConsentTarget, consentTargetOf } from '../settings/consent-target.js';
import { fileFault } from '../settings/file-fault.js';
import { refreshTokenFileText } from '../settings/refresh-token-file.js';
import { type Settings } from '../settings/settings-schema.js';
import { assertWritable, writeSecretFile } from '../settings/write-secret.js';
import { wholeNumber } from './arguments.js';
import { type AskOptions, askForConsent } from './ask-for-consent.js';
import { printJson } from './output.js';
import { printResult } from './print-result.js';
import { runAction, UsageError } from './runtime.js';

interface AuthorizeOptions extends AskOptions {
  readonly account: string;
  readonly out?: string;
}

export function addAuthorizeCommand(program: Command): void {
  program
    .command('authorize')
    .description('get a refresh token by a person’s consent, write it to the account’s secret file and try it')
    .option('--account <name>', 'the account', 'default')
    .option('--redirect-uri <url>', 'one of the Allowed Return URLs of the application', 'https://amazon.com')
    .option(
      '--listen <port>',
      'wait for the browser on http://localhost:<port>/, which must be such a URL',
      wholeNumber,
    )
    .option(
      '--out <file>',
      'write the token there; else to the file of LWA_REFRESH_TOKEN_FILE, or of the account’s entry',
    )
    .option('--scope <scope>', 'what the application may do', CONSENT_SCOPE)
    .option('--json', 'print JSON')
    .action((options: AuthorizeOptions) => runAction(() => runAuthorize(options)));
}

async function runAuthorize(options: AuthorizeOptions): Promise<number> {
  const environment = readEnvironment();
  const settings = settingsWithoutToken(environment);
  const target = consentTargetOf(settings, environment, options.account);
  const file = options.out ?? target.refreshTokenFile;
  if (file === undefined) {
    throw new UsageError(
      `account ${options.account} names no file of its refresh token: set LWA_REFRESH_TOKEN_FILE, or --out`,
    );
  }
  try {
    assertWritable(file);
  } catch (error) {
    throw new UsageError(`${file}: ${fileFault(error)}`);
  }
  const { redirectUri, answer } = await askForConsent(target, options);
  const consentedAtMs = Date.now();
  if (answer.kind === 'refused') throw new Error(answer.why);
  const result = await exchangeCode(target, answer.code, redirectUri);
  if (result.kind === 'failed') throw new Error(`Login with Amazon gives no token for the code (${result.code})`);
  writeSecretFile(file, refreshTokenFileText(result.refreshToken, consentedAtMs));
  const written = ok('written', `${file}, consented ${new Date(consentedAtMs).toISOString()}`);
  const results = [written, ...(await tryToken(target, options, settings, { ...result, consentedAtMs }))];
  if (options.json) printJson(results);
  else for (const one of results) printResult(one);
  return results.some(({ level }) => level === 'fail') ? 1 : 0;
}

/** This command provides the refresh token, so the setting may be missing or its file may be empty. */
function settingsWithoutToken(environment: Environment): Settings {
  return loadSettings({ ...environment, LWA_REFRESH_TOKEN: undefined, LWA_REFRESH_TOKEN_FILE: undefined });
}

/** Checks the whole account if its other settings are there, otherwise only the token. */
async function tryToken(
  target: ConsentTarget,
  { account: name }: AuthorizeOptions,
  settings: Settings,
  { refreshToken, consentedAtMs }: { readonly refreshToken: string; readonly consentedAtMs: number },
): Promise<CheckResult[]> {
  const end = judgeConsent(`refresh token ${name}`, { consentedAtMs, isGuess: false }, Date.now());
  const credentials = {
    ...target,
    kind: 'lwa' as const,
    readRefreshToken: () => refreshToken,
    readConsent: () => consentedAtMs,
  };
  try {
    const environment = { ...readEnvironment(), LWA_REFRESH_TOKEN: refreshToken, LWA_REFRESH_TOKEN_FILE: undefined };
    const account = loadAccounts({ ...settings, LWA_REFRESH_TOKEN: refreshToken }, environment).find(
      (one) => one.name === name,
    );
    if (account) {
      const isFromFile = settings.ACCOUNTS_FILE !== undefined;
      return [...(await checkAccount({ ...account, credentials }, settings.REQUEST_TIMEOUT_MS, isFromFile)), end];
    }
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    // Another setting of the accounts is missing. The token can still be tried.
  }
  const token = await new LwaTokens(credentials).get();
  const found = token.kind === 'token' ? ok(`token ${name}`, 'given') : fail(`token ${name}`, token.code, 'run check');
  return [found, end];
}
