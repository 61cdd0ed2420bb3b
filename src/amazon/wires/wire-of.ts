/** The list of wires. */
import type { WireName } from '../../settings/account-entry.js';
import { adsApiV1Into } from './ads-api-v1.js';
import { eventsManagerV1 } from './events-manager-v1.js';
import type { DataSet, Wire } from './wire.js';

/** @param dataSet of the account; events-manager-v1 has none */
export function wireOf(name: WireName, dataSet: DataSet = {}): Wire {
  return name === 'ads-api-v1' ? adsApiV1Into(dataSet) : eventsManagerV1;
}
