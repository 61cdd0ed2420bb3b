/**
 * Settings as they may be shown: a dump, an inspector or JSON shows only that a secret is set.
 */
import { inspect } from 'node:util';
import { SECRET_SETTINGS, type Settings } from './settings-schema.js';

const SECRETS: ReadonlySet<string> = new Set(SECRET_SETTINGS);

/** Reading a setting gives its real value. Printing the whole object shows no secrets. A copy is not protected. */
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
