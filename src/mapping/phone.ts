/**
 * Phone numbers to E.164 (`+15551234567`), with the event's country for numbers written the national way.
 */
import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js';

/** @returns E.164 with its plus sign, or an empty text where the value cannot be a phone number. */
export function normalisePhone(raw: string, country: string): string {
  const region: CountryCode | undefined = isSupportedCountry(country) ? country : undefined;
  const phone = region ? parsePhoneNumberFromString(raw, region) : parsePhoneNumberFromString(raw);
  return phone?.isPossible() ? phone.number : '';
}
