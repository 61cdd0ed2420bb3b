/**
 * Phone numbers to E.164 (`+15551234567`), with the event's country for numbers in national form.
 *
 * The library knows every country but takes as long as the rest of an event's mapping. Numbers of North America in their usual
 * forms (ten digits, or `+1` and ten digits) are read without it, with the same result. Its full metadata is used: it takes a
 * third of a megabyte more memory than the smallest, which cannot tell a mobile number from a fixed one. A number only has to be
 * possible, not valid: ranges are opened more often than programs are updated.
 */
import {
  type CountryCode,
  getCountryCallingCode,
  isSupportedCountry,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/max';
import { type Phone, readFrenchPhone } from './phone-french.js';
import { cleanCode, isNothing } from './text.js';

/** `(415) 555-2671`, `415.555.2671`, `+1 415 555 2671`, …: an area code never starts with 0 or 1. */
const NORTH_AMERICAN = /^(\+1)?[ .-]?\(?([2-9]\d\d)\)?[ .-]?(\d{3})[ .-]?(\d{4})$/;
/** `017612345678.0`, `17612345678,0`: a number from a spreadsheet. */
const FLOAT = /^(\+?\d{4,})[.,]0+$/;
/** `4.91763E+12`: most of its digits are lost. */
const SCIENTIFIC = /^\+?\d+(?:[.,]\d+)?e\+?\d+$/i;
/** `+0049 …`, `++49 …`: a plus sign before a number that already has one. */
const EXTRA_PLUS = /^\+[\s+]*(?:0\s*0[\s-]*)?(?=[\s(]*[1-9])/;
/** The exit code of most countries, which people write in the others too. */
const EXIT_CODE = /^\s*0\s*0[\s-]*(?=[1-9])/;
/** Another kind of digest, whose digits are not a number. */
const DIGEST = /^[0-9a-f]{32,}$/i;
/** Mexico, by the digits only: mobile numbers had prefixes until 2019, and address books still have them. */
const MEXICAN = /^(?:52)?(?:1|01|044|045)?([2-9]\d{9})$/;

/** @returns E.164 with its plus sign, or an empty text if the value cannot be a phone number. */
export function normalisePhone(raw: string, country: string): string {
  return readPhone(raw, country)?.e164 ?? '';
}

/** @returns undefined if the value cannot be a phone number */
export function readPhone(raw: string, country: string): Phone | undefined {
  const groups = NORTH_AMERICAN.exec(raw);
  if (groups && (groups[1] !== undefined || country === 'US' || country === 'CA')) {
    return phoneOf('1', `${groups[2]}${groups[3]}${groups[4]}`);
  }
  const text = cleanCode(raw).replace(FLOAT, '$1').replace(EXTRA_PLUS, '+');
  if (isNothing(text) || SCIENTIFIC.test(text) || DIGEST.test(text)) return undefined;
  return mexicanPhone(text, country) ?? readFrenchPhone(text, country) ?? parseAnyPhone(text, country);
}

/** Two numbers in one cell: `0176 12345678 / 030 901820`. A slash without spaces is part of a number. */
const SEVERAL = /[;,|\n]|\s\/\s/;

const SEVERAL_MAX = 4;
const SEVERAL_LENGTH = 100;

/** @returns none if the text can hold only one number; at most as many as a person writes, because each one is read */
export function separatePhones(text: string): readonly string[] {
  return text.length <= SEVERAL_LENGTH && SEVERAL.test(text) ? text.split(SEVERAL, SEVERAL_MAX) : [];
}

/** By the library only, except for a calling code whose plus sign was lost or whose exit code is another country's. */
export function parseAnyPhone(raw: string, country: string): Phone | undefined {
  const region: CountryCode | undefined = isSupportedCountry(country) ? country : undefined;
  const mobile = region && mobileWithoutPlus(raw, region);
  const phone = mobile ?? possible(parsePhoneNumberFromString(raw, region));
  if (phone || !EXIT_CODE.test(raw)) return phone;
  return possible(parsePhoneNumberFromString(raw.replace(EXIT_CODE, '+')));
}

const ONE_DIGIT = /^(\d)\1*$/;
const COUNTED = '01234567890 09876543210 1231231234 12345678910';
/** A subscriber's number that is one digit repeated: `415-555-5555`, `(11) 99999-9999`, `090-0000-0000`. */
const ENDS_IN_ONE_DIGIT = /(\d)\1{6}$/;
const NORTH_AMERICAN_PLAN = /^[2-9]\d\d[2-9]\d{6}$/;

/**
 * Whether a number is a placeholder, typed to get past a form: one digit repeated, 123-123-1234, digits counted up or down, or a
 * number that North America cannot have. Thousands share such a number, and Amazon would match anyone with it.
 */
export function isPlaceholderPhone({ e164, national }: Phone): boolean {
  const isNorthAmerican = e164.length === national.length + 2 && e164.startsWith('+1');
  if (isNorthAmerican && !NORTH_AMERICAN_PLAN.test(national)) return true;
  const end = national.length;
  if (national.charAt(end - 1) === national.charAt(end - 2) && ENDS_IN_ONE_DIGIT.test(national)) return true;
  // In both cases the first two digits are equal or neighbours (9 and 0 too): this excludes nearly every number.
  const step = Math.abs(national.charCodeAt(0) - national.charCodeAt(1));
  if (step > 1 && step !== 9) return false;
  return ONE_DIGIT.test(national) || (national.length > 6 && COUNTED.includes(national));
}

function phoneOf(callingCode: string, national: string): Phone {
  return { e164: `+${callingCode}${national}`, national };
}

function possible(phone: ReturnType<typeof parsePhoneNumberFromString>): Phone | undefined {
  return phone?.isPossible() ? { e164: phone.number, national: phone.nationalNumber } : undefined;
}

/**
 * `4917612345678` in Germany. National numbers there begin with a 0, so a number that begins with the calling code has lost its
 * plus sign; the library would add the calling code again. Only for mobile numbers: other numbers without their 0 may begin with
 * these digits by chance.
 */
function mobileWithoutPlus(raw: string, region: CountryCode): Phone | undefined {
  const digits = raw.replace(/\D/g, '');
  if (raw.startsWith('+') || !digits.startsWith(getCountryCallingCode(region))) return undefined;
  const phone = parsePhoneNumberFromString(`+${digits}`);
  if (!phone?.isValid() || phone.getType() !== 'MOBILE') return undefined;
  return phone.formatNational().startsWith('0') ? possible(phone) : undefined;
}

function mexicanPhone(text: string, country: string): Phone | undefined {
  const digits = text.replace(/\D/g, '').replace(/^(?:00|011)(?=52)/, '');
  const isInternational = /^\+|^(?:00|011)\D*52/.test(text);
  if (isInternational ? !digits.startsWith('52') : country !== 'MX') return undefined;
  const national = MEXICAN.exec(digits)?.[1];
  return national === undefined ? undefined : phoneOf('52', national);
}
