/**
 * The window: which ids are known as delivered, and who may send an id now.
 *
 * States of an id, and how it leaves them:
 *   absent -> claimed(owner, lease)   by `claim` (claim-script.ts)
 *   claimed -> delivered(until)       by `settle` (settle-script.ts) after Amazon accepted the event
 *   claimed -> absent                 by `settle` with a release, by its owner only; or when the lease ends
 *   delivered -> absent               when the window is over, to the millisecond of Redis's clock
 * A claim's owner is a job and a run of it (`<job>/<run>`). Another run of the same job may take the claim over if it holds the
 * job's lock: BullMQ gives a job out again only when the earlier run has lost it. A run that has lost its job may claim nothing.
 * A delivery is a fact: it is recorded even by a run whose lease has ended. Only the owner may do anything else.
 *
 * Layout. Ids are stored in 32,768 hashes (buckets) an account, as 10-byte digests. Redis keeps a hash of up to 512 small fields
 * as one compact block: about 30 bytes an id at a million ids; a key for each id takes about 145. Digest and bucket are 95 bits
 * together: with 10^8 ids in the window, the probability that no two collide is 1 - 10^-12.
 *
 * A bucket maps an id to the end of its window or to the number of a claim. The ids of a run that one call claims share a number,
 * and the claim's state is written once, under that number. So marking a whole batch delivered is one write, and an id costs one
 * command in its life. A few ids are each marked separately, because a claim's record takes more memory than an id.
 *
 *   window:<3 letters>       an id's digest -> `<until>:<its receipt>`, or `-<period><10 digits>`, a claim's number
 *   window:claims:<period>   a claim's number -> `c<lease ends>:<owner>`, `t…` the same after another claim took over one of
 *                            its ids, or `d<until>:<receipt>`, all its ids delivered; `#` the last number given
 *   window:receipts:<slot>   when, and by which request (receipts.ts)
 *   window:renewed:…         a bit for each bucket: its expiry was set in this half of the window
 *
 *   window:uncounted         a claim's number -> the job whose run delivered its ids after it had lost the job: the job's next
 *                            run is told, and counts them as delivered
 *   window:layout            the layout that the newest worker writes (WINDOW_LAYOUT)
 *   window:sizes             an hour since 1970 -> ids that were delivered in it; `window` -> how long they are known, ms
 *
 * A period is an eighth of the window; its claims are kept until the last id claimed in it must be forgotten. Times are
 * milliseconds as text of 13 digits: until the year 2286 they compare like numbers.
 */
import { hash } from 'node:crypto';

/**
 * Goes up when an older worker could overlook a mark: it would send again what another delivered. A worker that finds a higher
 * number claims nothing (claim-script.ts); a worker with a higher number can read the older marks too.
 */
export const WINDOW_LAYOUT = 1;

/** Letters of a bucket's name; each holds 5 bits. */
export const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';

/**
 * An id's digest, as text in latin1 (a Buffer for each id costs more than its hash): 3 letters that name its bucket, from 15 bits
 * of its SHA-256, then 10 bytes of it, the field in the bucket.
 */
export function digestOf(clientDedupeId: string): string {
  const digest = hash('sha256', clientDedupeId, 'binary');
  const bits = (digest.charCodeAt(0) << 8) | digest.charCodeAt(1);
  const bucket = letterOf(bits >> 10) + letterOf(bits >> 5) + letterOf(bits);
  return bucket + digest.slice(2, 12);
}

/** The key of claims that a run delivered after it had lost its job, after the window's prefix. */
export const UNCOUNTED_CLAIMS = 'uncounted';

/** The key of the sizes, after the window's prefix, and its other field. */
export const WINDOW_SIZES = 'sizes';
const HOUR_MS = 3_600_000;

/** How many ids are in the window. @param sizes fields and values, in turn */
export function windowIdsOf(sizes: readonly string[], nowMs: number): number {
  const at = sizes.indexOf('window');
  const windowMs = at === -1 ? 0 : Number(sizes[at + 1]);
  let ids = 0;
  for (let place = 0; place < sizes.length; place += 2) {
    const hour = Number(sizes[place]);
    if ((hour + 1) * HOUR_MS + windowMs > nowMs) ids += Number(sizes[place + 1]);
  }
  return ids;
}

function letterOf(bits: number): string {
  return LETTERS.charAt(bits & 31);
}

/** Digests in the form that the scripts take. */
export function joinDigests(digests: readonly string[]): Buffer {
  return Buffer.from(digests.join(''), 'latin1');
}
