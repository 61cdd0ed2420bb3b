/**
 * Per-item results: `{"success":[{"index":…}],"error":[{"index":…, …}]}`, with an item's faults either as `errors: [{code,
 * message}]` (ads-api-v1) or as `httpStatusCode` and `subErrors: [{errorType, errorMessage}]` (the sibling of events-manager-v1,
 * whose own form Amazon does not document).
 *
 * Amazon's answer is untrusted input: a value of an unexpected kind counts as absent.
 */
import { z } from 'zod';

export interface ItemFault {
  readonly code?: string | undefined;
  readonly status?: number | undefined;
  readonly message?: string | undefined;
}

export type ItemResult =
  | { readonly index: number; readonly isAccepted: true }
  | {
      readonly index: number;
      readonly isAccepted: false;
      readonly faults: readonly [ItemFault, ...ItemFault[]];
      readonly requestId?: string | undefined;
    };

const index = z.int();
const text = z.string().optional().catch(undefined);
/** A code may be a status, written as a number. */
const faultCode = z
  .union([z.string(), z.int().min(100).max(599).transform(String)])
  .optional()
  .catch(undefined);
const status = z.coerce.number().int().min(100).max(599).optional().catch(undefined);

const errorItem = z.object({
  index,
  httpStatusCode: status,
  itemRequestId: text,
  errors: z.array(z.object({ code: faultCode, message: text })).catch([]),
  subErrors: z.array(z.object({ errorType: faultCode, errorMessage: text })).catch([]),
});

// Each list is read on its own: an unreadable list must not hide the other.
const list = z.array(z.unknown()).optional().catch(undefined);
const lists = z.object({ success: list, error: list });

/** @returns undefined if the body has neither a `success` nor an `error` list */
export function readItemLists(body: unknown): ItemResult[] | undefined {
  const parsed = lists.safeParse(body);
  if (!parsed.success || (!parsed.data.success && !parsed.data.error)) return undefined;
  const results: ItemResult[] = [];
  for (const entry of parsed.data.success ?? []) {
    const place = indexOf(entry);
    if (place !== undefined) results.push({ index: place, isAccepted: true });
  }
  const refused = (parsed.data.error ?? []).flatMap((entry): ItemResult[] => {
    const item = errorItem.safeParse(entry);
    if (!item.success) return [];
    const { errors, subErrors, httpStatusCode, itemRequestId } = item.data;
    const [first = { status: httpStatusCode }, ...others]: ItemFault[] = [
      ...errors.map(({ code, message }) => ({ code, message, status: httpStatusCode })),
      ...subErrors.map(({ errorType, errorMessage }) => ({
        code: errorType,
        message: errorMessage,
        status: httpStatusCode,
      })),
    ];
    return [{ index: item.data.index, isAccepted: false, faults: [first, ...others], requestId: itemRequestId }];
  });
  return [...results, ...refused];
}

/** Without a schema: an answer has up to 500 entries, and nearly all contain only an index. */
function indexOf(entry: unknown): number | undefined {
  const isNamed = typeof entry === 'object' && entry !== null && 'index' in entry;
  return isNamed && typeof entry.index === 'number' && Number.isSafeInteger(entry.index) ? entry.index : undefined;
}
