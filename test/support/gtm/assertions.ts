/** The assertions of a template's tests: the part of Tag Manager's test APIs that ours use. */
import { inspect } from 'node:util';
import { isSame } from './same.js';

type Calls = readonly (readonly unknown[])[];

function demand(isMet: boolean, what: string, subject: unknown): void {
  if (!isMet) throw new Error(`expected ${inspect(subject, { depth: 5 })} ${what}`);
}

function holds(subject: unknown, part: unknown): boolean {
  if (typeof subject === 'string') return subject.includes(String(part));
  return Array.isArray(subject) && subject.some((entry) => isSame(entry, part));
}

export function assertThat(subject: unknown) {
  const shown = (value: unknown) => inspect(value, { depth: 5 });
  return {
    isEqualTo: (expected: unknown) => demand(isSame(subject, expected), `to equal ${shown(expected)}`, subject),
    isNotEqualTo: (other: unknown) => demand(!isSame(subject, other), `to differ from ${shown(other)}`, subject),
    isUndefined: () => demand(subject === undefined, 'to be undefined', subject),
    contains: (part: unknown) => demand(holds(subject, part), `to contain ${shown(part)}`, subject),
    doesNotContain: (part: unknown) => demand(!holds(subject, part), `not to contain ${shown(part)}`, subject),
    hasLength: (length: number) => demand(Object(subject).length === length, `to have length ${length}`, subject),
  };
}

export function assertCalls(api: string, calls: Calls) {
  const isCalledWith = (given: readonly unknown[]) => calls.some((call) => isSame([...call], given));
  return {
    wasCalled: () => demand(calls.length > 0, `as calls of ${api}: at least one`, calls),
    wasNotCalled: () => demand(calls.length === 0, `as calls of ${api}: none`, calls),
    wasCalledWith: (...given: unknown[]) =>
      demand(isCalledWith(given), `as calls of ${api}: one with ${inspect(given)}`, calls),
  };
}
