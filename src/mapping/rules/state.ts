/**
 * The code of a state, by country: `California` is `ca`, `Bayern` is `by`, `US-CA` is `ca`.
 *
 * Names are matched whole and only in their own country. A name that is in no table is kept, letters and digits only: its first
 * two letters could be another state's code.
 */
import { fold, foldPlainly } from './fold.js';
import { BRAZIL, CANADA, MEXICO, UNITED_STATES } from './states-america.js';
import { AUSTRALIA, EMIRATES, INDIA, JAPAN, SOUTH_AFRICA } from './states-asia-pacific.js';
import { FRANCE, GERMANY, NETHERLANDS, SPAIN } from './states-europe.js';
import { ITALY } from './states-italy.js';
import { TURKEY } from './states-turkey.js';

/** By country. A map, because an address's country is untrusted text, and `constructor` is not a country. */
export const STATE_TABLES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    US: UNITED_STATES,
    CA: CANADA,
    MX: MEXICO,
    BR: BRAZIL,
    DE: GERMANY,
    FR: FRANCE,
    IT: ITALY,
    ES: SPAIN,
    NL: NETHERLANDS,
    TR: TURKEY,
    AU: AUSTRALIA,
    IN: INDIA,
    JP: JAPAN,
    AE: EMIRATES,
    ZA: SOUTH_AFRICA,
  }),
);

interface States {
  readonly codes: ReadonlySet<string>;
  readonly codeOfName: ReadonlyMap<string, string>;
}

const NO_LETTER = /[^\p{L}\p{N}]/gu;
/** The forms of Japanese prefectures: 東京都, 大阪府, 神奈川県, Tokyo-to, Osaka-fu, Kanagawa-ken, Osaka Prefecture. */
const JAPANESE_ENDING = /(?:都|府|県|to|fu|ken|prefecture|metropolis)$/;

const read = new Map<string, States>();

/** @returns the code in lower case, else the folded name, which keeps letters of other scripts */
export function stateCode(text: string, country: string): string {
  const name = fold(text).replace(NO_LETTER, '');
  const states = statesOf(country);
  if (states === undefined) return name;
  return codeOf(name, states, country) ?? name;
}

function codeOf(name: string, { codes, codeOfName }: States, country: string): string | undefined {
  const code = codeOfName.get(name);
  if (code !== undefined) return code;
  // `US-CA`, `TR34`: ISO 3166-2 in full, and as WooCommerce writes it.
  const own = name.startsWith(country.toLowerCase()) ? name.slice(2) : '';
  if (codes.has(own)) return codeOfName.get(own);
  return country === 'JP' ? codeOfName.get(name.replace(JAPANESE_ENDING, '')) : undefined;
}

function statesOf(country: string): States | undefined {
  const known = read.get(country);
  const table = STATE_TABLES.get(country);
  if (known !== undefined || table === undefined) return known;
  const states = readTable(table);
  read.set(country, states);
  return states;
}

function readTable(table: string): States {
  const codes = new Set<string>();
  const codeOfName = new Map<string, string>();
  for (const line of table.trim().split('\n')) {
    const [code = ''] = line.split(' ', 1);
    const names = line.slice(code.length + 1).split(', ');
    for (const name of [code, ...names]) {
      for (const form of [fold(name), foldPlainly(name)]) codeOfName.set(form.replace(NO_LETTER, ''), code);
      if (name.length <= 3) codes.add(name);
    }
  }
  return { codes, codeOfName };
}
