import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTraceparent, writeTraceparent } from '../../../../src/telemetry/tracing/traceparent.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe('reading a traceparent', () => {
  it.each([
    [`00-${TRACE}-${SPAN}-01`, 1],
    [`00-${TRACE}-${SPAN}-00`, 0],
    // Bits that have no meaning yet are not passed on.
    [`00-${TRACE}-${SPAN}-ff`, 1],
    // A later version may say more.
    [`01-${TRACE}-${SPAN}-01-more`, 1],
  ])('%s', (text, traceFlags) => {
    expect(readTraceparent(text)).toEqual({ traceId: TRACE, spanId: SPAN, traceFlags, isRemote: true });
  });

  it.each([
    [undefined],
    [7],
    [''],
    [`00-${TRACE}-${SPAN}`],
    [`00-${TRACE}-${SPAN}-01-more`],
    [`ff-${TRACE}-${SPAN}-01`],
    [`00-${'0'.repeat(32)}-${SPAN}-01`],
    [`00-${TRACE}-${'0'.repeat(16)}-01`],
    [`00-${TRACE.toUpperCase()}-${SPAN}-01`],
    [` 00-${TRACE}-${SPAN}-01`],
    [`00-${TRACE}-${SPAN}-01\n`],
  ])('%j is none', (text) => {
    expect(readTraceparent(text)).toBeUndefined();
  });

  it('whatever is read is written the same, and holds hex digits alone', () => {
    const hex = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.tuple(hex(32), hex(16), hex(2)).map((parts) => `00-${parts.join('-')}`),
          fc.string(),
        ),
        (text) => {
          const found = readTraceparent(text);
          if (!found) return;
          const written = writeTraceparent(found);
          expect(written).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
          expect(readTraceparent(written)).toEqual(found);
        },
      ),
    );
  });
});
