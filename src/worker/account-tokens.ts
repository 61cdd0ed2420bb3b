/**
 * The tokens of an account. Reports them to metrics and the log, and writes to Redis when the refresh token ends.
 *
 * The end is written at the start and at each refresh, which reads the refresh token again. An error of Redis stops nothing: the
 * end is written again with the next refresh, an hour later.
 */
import type { Tokens } from '../amazon/token.js';
import { tokensOf } from '../amazon/tokens-of.js';
import { forgetRefreshToken, noteRefreshToken } from '../queue/refresh-token.js';
import type { RedisClock } from '../redis/clock.js';
import type { RedisConnection } from '../redis/connect.js';
import type { Account } from '../settings/accounts.js';
import type { Logger } from '../telemetry/log.js';
import type { Metrics } from '../telemetry/metrics.js';

interface TokenOptions {
  readonly account: Account;
  readonly connection: RedisConnection;
  readonly clock: RedisClock;
  readonly metrics: Metrics;
  readonly log: Logger;
}

export class AccountTokens {
  readonly tokens: Tokens;
  readonly #options: TokenOptions;
  #noting: Promise<void> = Promise.resolve();

  constructor(options: TokenOptions) {
    this.#options = options;
    const { account, metrics, log } = options;
    const labels = { account: account.name };
    this.tokens = tokensOf(account.credentials, (result, expiresAtMs) => {
      metrics.tokenRefreshes.inc({ ...labels, result });
      if (result === 'ok') {
        metrics.tokenExpiry.set(labels, expiresAtMs / 1000);
        this.noteConsent();
      }
      log.info('token.refreshed', { ...labels, reason: result });
    });
  }

  noteConsent(): void {
    this.#noting = this.#noting.then(() => this.#note());
  }

  /** Resolves when no write is in progress. */
  idle(): Promise<void> {
    return this.#noting;
  }

  async #note(): Promise<void> {
    const { account, connection, clock, log } = this.#options;
    const { name, credentials } = account;
    try {
      if (credentials.kind === 'api_token') await forgetRefreshToken(name, connection);
      else {
        const token = credentials.readRefreshToken();
        const consentedAtMs = credentials.readConsent();
        await noteRefreshToken(name, connection, { token, consentedAtMs, nowMs: clock.nowMs() });
      }
    } catch (err) {
      log.warn('token.not_noted', { account: name, err });
    }
  }
}
