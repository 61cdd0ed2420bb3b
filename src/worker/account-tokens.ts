/**
 * The tokens of an account with what is told of them: metrics, the log, and in Redis when the refresh token ends.
 *
 * The end is noted at the start and at each refresh, for which the token is read anew. Whatever Redis says, the account
 * goes on: it is noted again an hour later.
 */
import type { Tokens } from '../amazon/token.js';
import { tokensOf } from '../amazon/tokens-of.js';
import { forgetRefreshToken, noteRefreshToken } from '../queue/refresh-token.js';
import type { RedisClock } from '../redis/clock.js';
import type { RedisConnection } from '../redis/connect.js';
import type { Account } from '../settings/accounts.js';
import type { Logger } from '../telemetry/log.js';
import type { Metrics } from '../telemetry/metrics.js';

interface TokenParts {
  readonly account: Account;
  readonly connection: RedisConnection;
  readonly clock: RedisClock;
  readonly metrics: Metrics;
  readonly log: Logger;
}

export class AccountTokens {
  readonly tokens: Tokens;
  readonly #parts: TokenParts;
  #noting: Promise<void> = Promise.resolve();

  constructor(parts: TokenParts) {
    this.#parts = parts;
    const { account, metrics, log } = parts;
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

  /** Resolves when nothing is being noted. */
  idle(): Promise<void> {
    return this.#noting;
  }

  async #note(): Promise<void> {
    const { account, connection, clock, log } = this.#parts;
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
