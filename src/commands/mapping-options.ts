/** Options of the commands that map records: the source, and defaults for records that lack a value. */
import { InvalidArgumentError, Option } from 'commander';
import { COUNTRY_CODES } from '../mapping/country-codes.js';
import { EVENT_TYPES } from '../mapping/event.js';
import { SOURCES } from '../mapping/source.js';
import { oneOf } from './arguments.js';

export function sourceOption(): Option {
  return new Option('--source <source>', 'the records’ format')
    .choices(SOURCES)
    .argParser(oneOf(SOURCES))
    .makeOptionMandatory();
}

/** The same names as in the intake's URL. */
export function callOptions(): Option[] {
  return [
    new Option('--event-type <type>', 'event type for GA4 events whose name has none')
      .choices(EVENT_TYPES)
      .argParser(oneOf(EVENT_TYPES)),
    ...customerOptions(),
  ];
}

/** Those about customers. */
export function customerOptions(): Option[] {
  return [
    new Option('--consent <consent>', 'consent of all customers, for records that do not say it').choices([
      'granted',
      'denied',
    ]),
    new Option('--default-country <code>', 'country of records that name none, in place of DEFAULT_COUNTRY').argParser(
      countryCode,
    ),
  ];
}

function countryCode(text: string): string {
  const code = text.toUpperCase();
  if (COUNTRY_CODES.has(code)) return code;
  throw new InvalidArgumentError('must be an ISO 3166-1 alpha-2 country, such as US');
}
