/**
 * Settings as they may be shown: in a dump, an inspector or JSON, a secret says that it is there and no more.
 */
import { inspect } from 'node:util';
import { SECRET_SETTINGS, type Settings } from './settings-schema.js';

const SECRETS: ReadonlySet<string> = new Set(SECRET_SETTINGS);

/** Reading a setting gives its value as before; printing the whole gives none of the secrets. A copy is as bare as any object. */
export function hideSecrets(settings: Settings): Settings {
  const shown = () => Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, show(name, value)]));
  return Object.defineProperties(settings, {
    toJSON: { value: shown },
    [inspect.custom]: { value: shown },
  });
}

function show(name: string, value: unknown): unknown {
  return SECRETS.has(name) && value !== undefined ? '(set)' : value;
}
