/** The wires that there are. */
import type { WireName } from '../../settings/accounts.js';
import { adsApiV1 } from './ads-api-v1.js';
import { eventsManagerV1 } from './events-manager-v1.js';
import type { Wire } from './wire.js';

export function wireOf(name: WireName): Wire {
  return name === 'ads-api-v1' ? adsApiV1 : eventsManagerV1;
}
