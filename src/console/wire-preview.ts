/**
 * What a replay would send: the request body of one event on the account's wire, the same as `map --wire` prints.
 *
 * PURE. An IP address is masked: it is personal data, and many people may see the page.
 */

import type { DataSet } from '../amazon/wires/wire.js';
import { wireOf } from '../amazon/wires/wire-of.js';
import type { ConversionEvent } from '../mapping/event.js';
import { maskIp } from '../mapping/mask.js';
import type { WireName } from '../settings/account-entry.js';

export interface WirePreview {
  readonly name: WireName;
  readonly method: 'POST';
  readonly path: string;
  /** Of the body as it is sent, unmasked. */
  readonly bytes: number;
  readonly pretty: string;
  readonly compact: string;
  readonly isMasked: boolean;
}

export function previewOf(event: ConversionEvent, wireName: WireName, dataSet?: DataSet): WirePreview {
  const wire = wireOf(wireName, dataSet);
  const bodyOf = (shown: ConversionEvent) => `${wire.bodyStart}${wire.encode(shown)}${wire.bodyEnd}`;
  const address = event.consent?.geo?.ipAddress;
  const shown: ConversionEvent =
    address === undefined ? event : { ...event, consent: { ...event.consent, geo: { ipAddress: maskIp(address) } } };
  const compact = bodyOf(shown);
  return {
    name: wireName,
    method: 'POST',
    path: wire.path,
    bytes: Buffer.byteLength(bodyOf(event)),
    pretty: JSON.stringify(JSON.parse(compact), null, 2),
    compact,
    isMasked: address !== undefined,
  };
}
