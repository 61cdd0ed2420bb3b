/**
 * Logs bad signatures of deliveries, at most once a minute and path, so that strangers cannot fill the log.
 * `capi_intake_requests_total` counts them all.
 */
import type { Logger } from '../../../telemetry/log.js';
import type { PlatformName } from './platform.js';

const SAID_EVERY_MS = 60_000;

export class BadSignatures {
  readonly #log: Logger;
  readonly #saidAtMs = new Map<string, number>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** @param account from the URL, if it names one of ours */
  note(source: PlatformName, account: string | undefined): void {
    const key = `${source} ${account ?? ''}`;
    const nowMs = performance.now();
    if (nowMs - (this.#saidAtMs.get(key) ?? Number.NEGATIVE_INFINITY) < SAID_EVERY_MS) return;
    this.#saidAtMs.set(key, nowMs);
    this.#log.warn('webhook.bad_signature', { source, ...(account !== undefined && { account }) });
  }
}
