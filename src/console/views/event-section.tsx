/**
 * An event field by field. Match keys are digests, shown shortened. An IP address is shown masked.
 */
import type { ComponentChildren } from 'preact';
import type { ConversionEvent } from '../../mapping/event.js';
import { maskIp } from '../../mapping/mask.js';
import { eventWords, moneyText, wordsOf } from '../format.js';
import { Copy, Facts, Hash, Section, Time } from './components.js';

export function EventSection({ event, nowMs }: { event: ConversionEvent; nowMs: number }) {
  const { name, eventType, eventActionSource, countryCode, timestamp, clientDedupeId, value, currencyCode, unitsSold } =
    event;
  const { matchKeys, consent, dataProcessingOptions, customAttributes } = event;
  return (
    <Section id="event" title="Event">
      <Facts
        rows={[
          ['Name', name],
          ['Type', eventWords(eventType)],
          ['Action source', wordsOf(eventActionSource)],
          ['Country', countryCode],
          [
            'Time',
            <>
              <Time ms={Date.parse(timestamp)} nowMs={nowMs} /> <small class="faint">{timestamp}</small>
            </>,
          ],
          [
            'Dedupe id',
            <>
              <code>{clientDedupeId}</code>
              <Copy text={clientDedupeId} what="the dedupe id" />
            </>,
          ],
          value === undefined ? undefined : ['Value', moneyText(value, currencyCode)],
          unitsSold === undefined ? undefined : ['Units sold', unitsSold],
          ...matchKeys.map(
            ({ type, values: [digest] }) => [`Match key ${wordsOf(type)}`, <Hash value={digest} />] as const,
          ),
          ...(consent === undefined ? [] : consentRows(consent)),
          dataProcessingOptions === undefined ? undefined : ['Data processing', dataProcessingOptions.join(', ')],
          customAttributes === undefined
            ? undefined
            : [
                'Custom attributes',
                customAttributes.map(({ name: key, value: text }) => `${key} = ${text}`).join(', '),
              ],
        ]}
      />
    </Section>
  );
}

type Consent = NonNullable<ConversionEvent['consent']>;

/** An IP address is personal data. Half of it is enough to tell one from another. */
function consentRows({ geo, amazonConsent, tcf, gpp }: Consent): (readonly [string, ComponentChildren])[] {
  return [
    ...(geo ? [['Consent, address', maskIp(geo.ipAddress)] as const] : []),
    ...Object.entries(amazonConsent ?? {}).map(
      ([name, word = '']) => [CONSENT_WORDS[name] ?? name, wordsOf(word)] as const,
    ),
    ...(tcf === undefined ? [] : [['Consent, TCF', <code>{tcf}</code>] as const]),
    ...(gpp === undefined ? [] : [['Consent, GPP', <code>{gpp}</code>] as const]),
  ];
}

const CONSENT_WORDS: Readonly<Record<string, string>> = {
  amznAdStorage: 'Consent, ad storage',
  amznUserData: 'Consent, user data',
};
