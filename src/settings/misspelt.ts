/**
 * Finds variables that look like our settings but are not read: misspelt ones, and `_FILE` for a setting that is no
 * secret.
 *
 * If the right name is set too, the other one is not ours: platforms set similar names of their own.
 *
 * PURE. Never: shows a value.
 */
import { nearName } from './near-name.js';
import { SECRET_SETTINGS, settingsSchema } from './settings-schema.js';

const SETTINGS = Object.keys(settingsSchema.shape);
const KNOWN = [...SETTINGS, ...SECRET_SETTINGS.map((name) => `${name}_FILE`)];
const IS_KNOWN: ReadonlySet<string> = new Set(KNOWN);

/** @returns one fault each, such as `REDIS_URI: did you mean REDIS_URL?` */
export function misspeltFaults(environment: Readonly<Record<string, string | undefined>>): string[] {
  const isSet = (name: string) => environment[name] !== undefined && environment[name] !== '';
  return Object.keys(environment).flatMap((name) => {
    if (IS_KNOWN.has(name) || !isSet(name)) return [];
    const bare = name.replace(/_FILE$/, '');
    if (bare !== name && SETTINGS.includes(bare)) {
      return isSet(bare) ? [] : [`${name}: only secrets are read from files: set ${bare}`];
    }
    const near = nearName(name, KNOWN);
    return near === undefined || isSet(near) ? [] : [`${name}: did you mean ${near}?`];
  });
}
