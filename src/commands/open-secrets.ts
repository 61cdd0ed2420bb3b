/**
 * The keys or tokens that clients present to a service, watched while it runs. `check` verifies the same.
 */
import { type ConsoleToken, readTokens } from '../console/tokens.js';
import { isLoopbackAddress } from '../http/expected-host.js';
import { type ApiKey, readApiKeys } from '../producer/http/api-keys.js';
import { SettingsError } from '../settings/config.js';
import { type Runtime, watchSecret } from './runtime.js';

/** @throws SettingsError if anybody could send events */
export function watchApiKeys(runtime: Runtime) {
  const apiKeys = watchSecret<readonly ApiKey[]>(runtime, 'INTAKE_API_KEYS', { read: readApiKeys, unset: [] });
  if (!apiKeys.isSet && !isLoopbackAddress(runtime.settings.INTAKE_HOST)) {
    throw new SettingsError(['INTAKE_HOST: is open to others: set INTAKE_API_KEYS, or listen on 127.0.0.1']);
  }
  return apiKeys;
}

/** @throws SettingsError if anybody could be the operator */
export function watchConsoleTokens(runtime: Runtime) {
  const tokens = watchSecret<readonly ConsoleToken[]>(runtime, 'CONSOLE_TOKEN', { read: readTokens, unset: [] });
  if (!tokens.isSet && !isLoopbackAddress(runtime.settings.CONSOLE_HOST)) {
    throw new SettingsError(['CONSOLE_HOST: is open to others: set CONSOLE_TOKEN, or listen on 127.0.0.1']);
  }
  return tokens;
}
