import { describe, expect, it } from 'vitest';
import { maskMatchKey, maskPersonalData } from '../../../src/mapping/mask.js';

describe('masking a match key', () => {
  it.each([
    ['EMAIL', 'jane@example.com', 'j***@e***.com'],
    ['EMAIL', ' jane@mail.example.co.jp', 'j***@m***.jp'],
    ['EMAIL', 'jane@secretname', 'j***@s***'],
    ['EMAIL', 'not an address', 'n***'],
    ['EMAIL', '@', '***@***'],
    ['EMAIL', '@example.com', '***@e***.com'],
    ['PHONE', '+1 (415) 555-2671', '***71'],
    ['PHONE', '12345', '***'],
    ['PHONE', '1-2-3', '***'],
    ['PHONE', '123456', '***56'],
    ['PHONE', '(415) 555-2671 (home)', '***71'],
    ['FIRST_NAME', 'Jane', 'J***'],
    ['LAST_NAME', '山田', '山***'],
    ['FIRST_NAME', 'J', '***'],
    ['POSTAL', '', '***'],
    ['ADDRESS', '17 Canary Street', '1***'],
    ['MAID', 'CDDA802E-FB9C', 'C***'],
  ] as const)('masks %s %j as %s', (type, raw, masked) => {
    expect(maskMatchKey(type, raw)).toBe(masked);
  });
});

describe('masking personal data in a text from outside', () => {
  it.each([
    ['EMAIL jane.doe+x@mail.example.com is not hashed', 'EMAIL j***@m***.com is not hashed'],
    ['value=jane%40example.com&x=1', 'value=j***@e***.com&x=1'],
    ['<jané@example.de>, joe@example.com', '<j***@e***.de>, j***@e***.com'],
    ['PHONE "+1 (415) 555-2671" is invalid', 'PHONE "***71" is invalid'],
    ['phone 4155552671.', 'phone ***71.'],
    ['phone (0176) 12345678', 'phone ***78'],
  ])('masks %j', (text, masked) => {
    expect(maskPersonalData(text)).toBe(masked);
  });

  it.each([
    'eventData[12].value 129.90 must be at least 0',
    'timestamp 2026-11-27T11:55:00Z is older than 168 hours',
    'timestamp 2026-11-27 11:55:00 is no ISO 8601',
    'requestId 0d9f6a0e-1111-2222-3333-444455556666',
    'account amzn1.ads-account.g.a1b2 is unknown',
  ])('leaves %j as it is', (text) => {
    expect(maskPersonalData(text)).toBe(text);
  });
});
