/**
 * Numbers of France and its overseas territories, which have their own calling codes but share the national form: `0690 12 34 56`
 * on a French order is a number of Guadeloupe, +590.
 */
/** A number: its E.164 form, and the part of it after the calling code. */
export interface Phone {
  readonly e164: string;
  readonly national: string;
}

/** The calling code by the first three digits after the 0. */
const OVERSEAS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '590': '590 690 691',
    '594': '594 694',
    '596': '596 696 697',
    '262': '262 692 693 269 639',
  }).flatMap(([code, prefixes]) => prefixes.split(' ').map((prefix) => [prefix, code] as const)),
);

/** France, Guadeloupe with Saint Barthélemy and Saint Martin, French Guiana, Martinique, Réunion, Mayotte. */
const TERRITORIES: ReadonlySet<string> = new Set(['FR', 'GP', 'BL', 'MF', 'GF', 'MQ', 'RE', 'YT']);
const NATIONAL = /^0([1-9]\d{8})$/;
const BARE = /^([1-9]\d{8})$/;
const INTERNATIONAL = /^(?:\+|00)33\D*0?(\d{9})$/;
/** The plus sign was lost. */
const WITHOUT_PLUS = /^33\D*0?(\d{9})$/;
const OVERSEAS_WITHOUT_PLUS = /^(590|594|596|262)0?([1-9]\d{8})$/;

/** @returns undefined if it is not nine digits of the French plan */
export function readFrenchPhone(text: string, country: string): Phone | undefined {
  const compact = text.replace(/[\s().-]/g, '');
  const isHere = TERRITORIES.has(country);
  const number =
    INTERNATIONAL.exec(compact) ?? (isHere ? (NATIONAL.exec(compact) ?? WITHOUT_PLUS.exec(compact)) : undefined);
  const [, written, own = ''] = (isHere && OVERSEAS_WITHOUT_PLUS.exec(compact)) || [];
  if (written !== undefined && OVERSEAS.get(own.slice(0, 3)) === written)
    return { e164: `+${written}${own}`, national: own };
  // Without its 0 a number may be of another plan: only the overseas prefixes are certain.
  const bare = number ?? (isHere ? BARE.exec(compact) : undefined);
  const national = bare?.[1];
  if (national === undefined) return undefined;
  const code = OVERSEAS.get(national.slice(0, 3)) ?? (number ? '33' : undefined);
  return code === undefined ? undefined : { e164: `+${code}${national}`, national };
}
