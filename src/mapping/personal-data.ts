/**
 * Personal data where an id should be: such an id would lie in Redis and go to Amazon as it is.
 */

/** For people; it never holds the value. */
export const PERSONAL_DATA = 'looks like an e-mail address or phone number: send an id that is no personal data';

const AT_SIGN = /@|%(?:25)*40/;
/** From a plus sign on, or with an area code in brackets. Digits alone are what most ids are. */
const PHONE = /(?:^|:)\s*(?:(?:\+|%2b)[\d\s()./-]{6,}|\(\d{1,5}\)[\d\s/-]{5,})$/i;

export function looksPersonal(id: string): boolean {
  return AT_SIGN.test(id) || PHONE.test(id);
}
