/**
 * The window: which ids are known as delivered, and who may send one now.
 *
 * States of an id, and how they are left:
 *   absent -> claimed(owner, lease)   by `claim` (claim-script.ts)
 *   claimed -> delivered(until)       by `settle` (settle-script.ts) after Amazon accepted the event
 *   claimed -> absent                 by `settle` with a release, by its owner only; or when the lease ends
 *   delivered -> absent               when the window is over, to the millisecond of Redis's clock
 * A claim's owner is a job and a run of it (`<job>/<run>`). Another run of the same job may take the claim over, if it
 * holds the job's lock: BullMQ hands a job out again only when the earlier run has lost it, and a run that has lost its
 * job may claim nothing, however late it wakes. A delivery is a fact and is recorded even by a run whose lease has
 * ended; everything else only its owner may do.
 *
 * Layout. Ids lie in 32,768 hashes (buckets) an account, as 10-byte digests. Up to 512 small fields Redis keeps such a
 * hash as one compact block: some 30 bytes an id at a million ids, where a key of its own takes about 145. Digest and
 * bucket are 95 bits together, so that among 10^8 ids in the window no two meet with a probability of 1 - 10^-12.
 * What a bucket says of an id is either the end of its window or the number of a claim. The ids of a run that one call
 * claims share a number, and what became of the claim is written once, under that number: so that to mark a whole batch
 * delivered is one write, and an id costs one command in its life. Where they are few they are written each for itself,
 * for a claim's record takes more room than an id.
 *
 *   window:<3 letters>       an id's digest -> `<until>:<its receipt>`, or `-<period><10 digits>`, a claim's number
 *   window:claims:<period>   a claim's number -> `c<lease ends>:<owner>`, `t…` the same after somebody took an id of it
 *                            over, or `d<until>:<receipt>`, all its ids delivered; `#` the last number given
 *   window:receipts:<slot>   when, and by which request (receipts.ts)
 *   window:renewed:…         a bit a bucket: it was given the time it needs in this half of the window
 *
 *   window:uncounted         a claim's number -> the job whose run delivered its ids when it had lost the job: the job's next run
 *                            is told so, and counts them as delivered
 *   window:layout            which layout the newest worker writes (WINDOW_LAYOUT)
 *   window:sizes             an hour since 1970 -> ids that were delivered in it; `window` -> how long they are known, ms
 *
 * A period is an eighth of the window; its claims live until the last id claimed in it must be forgotten. Times are
 * milliseconds as text of 13 digits, which until the year 2286 compares as the numbers do.
 */
import { hash } from 'node:crypto';

/**
 * Goes up when a worker of before could take a mark for none: it would send again what another delivered. A worker that finds
 * a higher one claims nothing (claim-script.ts); one that brings a higher one reads the marks of before, too.
 */
export const WINDOW_LAYOUT = 1;

/** Letters of a bucket's name; each holds 5 bits. */
export const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';

/**
 * What stands for an id, as text in latin1 (a Buffer an id costs more than its hash): 3 letters that name its bucket, of
 * 15 bits of its SHA-256, then 10 bytes of it, the field in the bucket.
 */
export function digestOf(clientDedupeId: string): string {
  const digest = hash('sha256', clientDedupeId, 'binary');
  const bits = (digest.charCodeAt(0) << 8) | digest.charCodeAt(1);
  const bucket = letterOf(bits >> 10) + letterOf(bits >> 5) + letterOf(bits);
  return bucket + digest.slice(2, 12);
}

/** The key of claims that a run delivered after it had lost its job, after the window's prefix. */
export const UNCOUNTED_CLAIMS = 'uncounted';

/** The key of the sizes, after the window's prefix; and what else stands in it. */
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

/** Digests as the scripts take them. */
export function joinDigests(digests: readonly string[]): Buffer {
  return Buffer.from(digests.join(''), 'latin1');
}
