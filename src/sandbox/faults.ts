/**
 * Faults that the sandbox can simulate: set by option at the start, or at run time with `POST /sandbox/faults`.
 *
 * Each stays until it is cleared or has happened `times` times. With `rate` it affects that share of the requests.
 */
import { z } from 'zod';

const bounds = {
  /** Happens this often, then ends. */
  times: z.int().min(1).optional(),
  /** Affects this share of the requests. */
  rate: z.number().gt(0).max(1).optional(),
  /** Only requests of this profile or advertiser. */
  account: z.string().optional(),
};

const pattern = z.string().refine(isPattern, 'must be a regular expression');

/** Which events a fault affects: all given conditions must match. */
const aboutEvents = {
  /** Their id contains the text. */
  idHolds: z.string().optional(),
  /**
   * Their fields on the wire match these regular expressions. Once a field is corrected, the fault no longer applies.
   */
  fields: z.record(z.string(), pattern).optional(),
};

export const faultSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('status'),
    status: z.int().min(200).max(599),
    retryAfterSeconds: z.number().min(0).optional(),
    body: z.string().optional(),
    ...bounds,
  }),
  z.strictObject({ kind: z.literal('latency'), ms: z.int().min(0).max(600_000), ...bounds }),
  /** The connection is closed before the request is read. */
  z.strictObject({ kind: z.literal('drop'), ...bounds }),
  /** The events are accepted, and the connection is closed before the answer. */
  z.strictObject({ kind: z.literal('lose_answer'), ...bounds }),
  /** The events are accepted, half of the answer is sent, and the connection is closed. */
  z.strictObject({ kind: z.literal('half_answer'), ...bounds }),
  /** The events are accepted, and the answer comes in pieces over this time. */
  z.strictObject({ kind: z.literal('slow_answer'), ms: z.int().min(1).max(600_000), ...bounds }),
  /** The first `count` accepted items are not named in the answer, though they count. */
  z.strictObject({ kind: z.literal('omit_items'), count: z.int().min(1), ...bounds }),
  /** Any such event makes the whole request fail with a 400 without details, or with this status. */
  z
    .strictObject({
      kind: z.literal('poison'),
      status: z.int().min(400).max(599).optional(),
      message: z.string().optional(),
      ...aboutEvents,
      ...bounds,
    })
    .refine(({ idHolds, fields }) => idHolds || fields, 'a poison needs idHolds or fields'),
  /** Such events get this item error. */
  z.strictObject({
    kind: z.literal('item_error'),
    ...aboutEvents,
    code: z.string(),
    status: z.int().optional(),
    message: z.string().optional(),
    ...bounds,
  }),
  /** The token endpoint answers with this OAuth error. */
  z.strictObject({ kind: z.literal('credentials'), error: z.enum(['invalid_grant', 'invalid_client']), ...bounds }),
  /** The token endpoint answers with this status. */
  z.strictObject({ kind: z.literal('token_status'), status: z.int().min(400).max(599), ...bounds }),
]);

export type Fault = z.output<typeof faultSchema>;
export type FaultKind = Fault['kind'];
type FaultOf<K extends FaultKind> = Extract<Fault, { kind: K }>;

export class Faults {
  #active: { readonly fault: Fault; left: number }[] = [];
  #random: () => number;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  add(fault: Fault): void {
    this.#active.push({ fault, left: fault.times ?? Number.POSITIVE_INFINITY });
  }

  /** @param code only faults with this code; without it, all faults */
  clear(code?: string): void {
    this.#active =
      code === undefined ? [] : this.#active.filter(({ fault }) => !('code' in fault && fault.code === code));
  }

  list(): Fault[] {
    return this.#active.map(({ fault }) => fault);
  }

  /** The first fault of the kind that affects this request. It is counted as having happened. */
  strike<K extends FaultKind>(
    kind: K,
    account: string | undefined,
    isMeant: (fault: FaultOf<K>) => boolean = () => true,
  ): FaultOf<K> | undefined {
    for (const entry of this.#active) {
      const { fault } = entry;
      if (!isOfKind(fault, kind) || !isMeant(fault)) continue;
      if (fault.account !== undefined && fault.account !== account) continue;
      if (fault.rate !== undefined && this.#random() >= fault.rate) continue;
      entry.left -= 1;
      if (entry.left <= 0) this.#active = this.#active.filter((other) => other !== entry);
      return fault;
    }
    return undefined;
  }
}

/** @param event as it came on the wire */
export function isAbout(
  {
    idHolds,
    fields = {},
  }: { readonly idHolds?: string | undefined; readonly fields?: Readonly<Record<string, string>> | undefined },
  event: unknown,
  id: string,
): boolean {
  if (idHolds !== undefined && !id.includes(idHolds)) return false;
  const values = new Map<string, unknown>(typeof event === 'object' && event !== null ? Object.entries(event) : []);
  return Object.entries(fields).every(([name, expression]) => {
    const value = values.get(name);
    return (
      value !== undefined && new RegExp(expression).test(typeof value === 'string' ? value : JSON.stringify(value))
    );
  });
}

function isPattern(text: string): boolean {
  try {
    return Boolean(new RegExp(text));
  } catch {
    return false;
  }
}

function isOfKind<K extends FaultKind>(fault: Fault, kind: K): fault is FaultOf<K> {
  return fault.kind === kind;
}
