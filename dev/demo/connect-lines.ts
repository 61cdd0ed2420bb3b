/**
 * How to use the running program from another terminal: settings to paste, and first commands.
 */
export interface Reachable {
  readonly redisUrl: string;
  /** Undefined if the accounts are the caller's own. */
  readonly accountsFile?: string | undefined;
  /** In the form of INTAKE_API_KEYS. Undefined if the caller has own keys, or none are needed. */
  readonly apiKeys?: string | undefined;
  readonly intakeUrl: string;
  readonly consoleUrl: string;
  readonly account: string;
}

/** Lines for a shell. The first is a comment, so that all of them can be pasted. */
export function connectLines({ redisUrl, accountsFile, apiKeys, intakeUrl, consoleUrl, account }: Reachable): string[] {
  const settings: [string, string | undefined][] = [
    // A password is the caller's own and must not be printed.
    ['REDIS_URL', redisUrl.includes('@') ? undefined : redisUrl],
    ['ACCOUNTS_FILE', accountsFile],
    ['INTAKE_API_KEYS', apiKeys],
    ['INTAKE_PORT', new URL(intakeUrl).port],
    ['CONSOLE_PORT', new URL(consoleUrl).port],
  ];
  const of = account === 'default' ? '' : ` --account ${account}`;
  return [
    '# In another terminal, in this folder:',
    ...settings.flatMap(([name, value]) => (value === undefined ? [] : [`export ${name}=${quoted(value)}`])),
    'npx capi-forwarder check',
    'npx capi-forwarder status',
    `npx capi-forwarder dead-letters stats${of}`,
  ];
}

function quoted(text: string): string {
  return /^[\w./:@=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
