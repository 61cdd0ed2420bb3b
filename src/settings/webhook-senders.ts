/**
 * Whose webhooks are accepted: each secret belongs to an account, and the URL of a delivery counts only as far as the
 * account's settings allow it. The signature covers only the body, so somebody who recorded a delivery could otherwise
 * send it again to another account, or with another consent.
 */

import type { Logger } from '../telemetry/log.js';
import type { AccountEntry } from './account-entry.js';
import { readEntries } from './accounts.js';
import { type Environment, SettingsError } from './config.js';
import { type Settings } from './settings-schema.js';
import { WatchedSecret } from './watched-secret.js';
import { readWebhookFile, readWebhookSetting } from './webhook-secrets.js';

export const WEBHOOK_PLATFORMS = ['shopify', 'woocommerce', 'stripe'] as const;
export type WebhookPlatform = (typeof WEBHOOK_PLATFORMS)[number];

/** The webhook settings of one account on one platform. */
export interface WebhookSender {
  readonly account: string;
  readonly secret: WatchedSecret<readonly string[]>;
  /** The consent of payloads that have none. `url`: as the delivery's URL says. Undefined: none. */
  readonly consent: 'granted' | 'denied' | 'url' | undefined;
  /** Whether the URL may set the country of payloads that have none. */
  readonly isCountryFromUrl: boolean;
}

export type WebhookSenders = Readonly<Record<WebhookPlatform, readonly WebhookSender[]>>;

const NO_SENDERS: WebhookSenders = { shopify: [], woocommerce: [], stripe: [] };

interface SendersOptions {
  readonly settings: Settings;
  readonly environment: Environment;
  readonly log: Logger;
}

/**
 * @param known the previous ones: a secret with the same source keeps its last valid value
 * @throws SettingsError if a secret cannot be used, or belongs to no account
 */
export function openWebhookSenders(options: SendersOptions, known: WebhookSenders = NO_SENDERS): WebhookSenders {
  const entries = readEntries(options.settings, options.environment);
  const sendersOf = (platform: WebhookPlatform) => {
    const secrets = known[platform].map(({ secret }) => secret);
    return entries.flatMap((entry) => senderOf(entry, platform, { ...options, entries, secrets }) ?? []);
  };
  return { shopify: sendersOf('shopify'), woocommerce: sendersOf('woocommerce'), stripe: sendersOf('stripe') };
}

export function webhookSecrets(senders: WebhookSenders): WatchedSecret<readonly string[]>[] {
  return WEBHOOK_PLATFORMS.flatMap((platform) => senders[platform].map(({ secret }) => secret));
}

interface Around extends SendersOptions {
  readonly entries: readonly AccountEntry[];
  /** The platform's secrets that are already open. */
  readonly secrets: readonly WatchedSecret<readonly string[]>[];
}

function senderOf(
  entry: AccountEntry,
  platform: WebhookPlatform,
  { settings, environment, log, entries, secrets }: Around,
): WebhookSender | undefined {
  const setting = `${platform.toUpperCase() as Uppercase<WebhookPlatform>}_WEBHOOK_SECRET` as const;
  let text: string | undefined = entry[`${platform}WebhookSecret`];
  let file: string | undefined = entry[`${platform}WebhookSecretFile`];
  let name = `${platform}WebhookSecret of account ${entry.name}`;
  const common = environment[`${setting}_FILE`] || settings[setting];
  if (text === undefined && file === undefined && common !== undefined) {
    if (entries.length > 1) {
      const advice = `give it to its account in ACCOUNTS_FILE, as ${platform}WebhookSecret or ${platform}WebhookSecretFile`;
      throw new SettingsError([`${setting}: there are several accounts: ${advice}`]);
    }
    name = setting;
    text = settings[setting];
    file = environment[`${setting}_FILE`];
  }
  const secret =
    secrets.find((open) => open.isFrom(name, text, file)) ??
    new WatchedSecret<readonly string[]>({
      setting: name,
      text,
      file,
      read: (content, from) => (from === 'file' ? readWebhookFile(content) : readWebhookSetting(content)),
      unset: [],
      log,
    });
  if (!secret.isSet) return undefined;
  const fromUrl = entry.webhookUrlParameters ?? settings.WEBHOOK_URL_PARAMETERS ?? [];
  const word = entry.webhookConsent ?? settings.WEBHOOK_CONSENT;
  return {
    account: entry.name,
    secret,
    consent: fromUrl.includes('consent') ? 'url' : word,
    isCountryFromUrl: fromUrl.includes('defaultCountry'),
  };
}
