/** Personal data in place of an id: such an id would be stored in Redis and sent to Amazon unchanged. */

/** For people; it never contains the value. */
export const PERSONAL_DATA = 'looks like an e-mail address or phone number: send an id that is no personal data';

const AT_SIGN = /@|%(?:25)*40/;
/** With a plus sign, or with an area code in brackets. Most ids are digits only. */
const PHONE = /(?:^|:)\s*(?:(?:\+|%2b)[\d\s()./-]{6,}|\(\d{1,5}\)[\d\s/-]{5,})$/i;

export function looksPersonal(id: string): boolean {
  return AT_SIGN.test(id) || PHONE.test(id);
}
