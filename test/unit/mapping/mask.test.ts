import { describe, expect, it } from 'vitest';
import { maskMatchKey } from '../../../src/mapping/mask.js';

describe('masking a match key', () => {
  it.each([
    ['EMAIL', 'jane@example.com', 'j***@e***.com'],
    ['EMAIL', ' jane@mail.example.co.jp', 'j***@m***.jp'],
    ['EMAIL', 'jane@secretname', 'j***@s***'],
    ['EMAIL', 'not an address', 'n***'],
    ['EMAIL', '@', '***@***'],
    ['PHONE', '+1 (415) 555-2671', '***71'],
    ['PHONE', '12345', '***'],
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
