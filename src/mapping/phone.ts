/**
 * Phone numbers to E.164 (`+15551234567`), with the event's country for numbers written the national way.
 *
 * The library knows every country and takes as long as the rest of an event's mapping. Numbers of North America as they
 * are nearly always written (ten digits, or `+1` and ten digits) are read without it, to the same result.
 */
import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js';

/** `(415) 555-2671`, `415.555.2671`, `+1 415 555 2671`, …: an area code never starts with 0 or 1. */
const NORTH_AMERICAN = /^(\+1)?[ .-]?\(?([2-9]\d\d)\)?[ .-]?(\d{3})[ .-]?(\d{4})$/;

/** @returns E.164 with its plus sign, or an empty text where the value cannot be a phone number. */
export function normalisePhone(raw: string, country: string): string {
  const [, prefix, area, exchange, line] = NORTH_AMERICAN.exec(raw) ?? [];
  if (area !== undefined && (prefix !== undefined || country === 'US' || country === 'CA')) {
    return `+1${area}${exchange}${line}`;
  }
  return parseAnyPhone(raw, country);
}

/** By the library alone. */
export function parseAnyPhone(raw: string, country: string): string {
  const region: CountryCode | undefined = isSupportedCountry(country) ? country : undefined;
  const phone = region ? parsePhoneNumberFromString(raw, region) : parsePhoneNumberFromString(raw);
  return phone?.isPossible() ? phone.number : '';
}
