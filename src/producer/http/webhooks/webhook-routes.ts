/**
 * `POST /v1/webhooks/shopify|woocommerce|stripe?account=A`: deliveries of the platforms, checked by signature.
 *
 * Promises: a conversion gets 202 only when it is in Redis. A signed but rejected delivery gets 200 with `accepted: 0`
 * and the reasons: platforms switch off a webhook that answers 4xx (WooCommerce after five in a row), and all later
 * orders would be lost. 503 asks for another delivery, if that can bring the order in.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { limitOpenBodies } from '../../../http/open-bodies.js';
import { withCall } from '../../../mapping/context.js';
import { parseJson } from '../../../mapping/json.js';
import type { WebhookSender } from '../../../settings/webhook-senders.js';
import type { Logger } from '../../../telemetry/log.js';
import { type Acceptance, acceptRecords } from '../../accept.js';
import { decodeBytes } from '../../decode-text.js';
import { type MappedRecord, mapRecord, UNREADABLE_RECORD } from '../../records.js';
import { fail, refuseEncoding } from '../answer.js';
import { encodingOf } from '../request-body.js';
import { type WebhookQuery, webhookQuerySchema } from '../request-query.js';
import type { RouteOptions } from '../route-options.js';
import { BadSignatures } from './bad-signatures.js';
import { PLATFORM, PLATFORMS, type PlatformName } from './platform.js';

/** The largest orders of the platforms (hundreds of items) are smaller. */
const UNSIGNED_BODY_MAX_BYTES = 2_000_000;
const NOTHING = { accepted: 0, rejected: [] };
const WRONGLY_SIGNED = 'the signature does not match the body, or its time is too far from now';
const unsigned = (header: string) => `the header ${header} is missing: the platform signs each delivery there`;

export function addWebhookRoutes(server: FastifyInstance, options: RouteOptions): void {
  // Signatures cover the raw bytes, whatever the content type is.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  limitOpenBodies(server, options.bodies);
  const badSignatures = new BadSignatures(options.log);
  for (const name of PLATFORMS) {
    server.post(`/v1/webhooks/${name}`, {
      bodyLimit: UNSIGNED_BODY_MAX_BYTES,
      // Before the body is read: a platform that is not set up reads nothing.
      onRequest: (request, reply, next) => {
        const isSetUp = options.webhookSenders()[name].length > 0;
        // The platforms never compress, and they sign what they send.
        if (isSetUp && encodingOf(request.headers) !== 'identity') {
          refuseEncoding(
            reply,
            'identity',
            'the signature is over the body as it is: send it without Content-Encoding',
          );
        } else if (isSetUp) next();
        else fail(reply, 404, 'NOT_SET_UP', `set ${PLATFORM[name].secretSetting} to take ${name} webhooks here`);
      },
      handler: (request, reply) => takeDelivery(name, request, reply, { ...options, badSignatures }),
    });
  }
}

async function takeDelivery(
  name: PlatformName,
  request: FastifyRequest,
  reply: FastifyReply,
  options: RouteOptions & { readonly badSignatures: BadSignatures },
): Promise<FastifyReply> {
  const platform = PLATFORM[name];
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const delivery = { body, headers: request.headers, nowMs: options.clock.nowMs() };
  if (platform.isPing(delivery)) return reply.code(200).send(NOTHING);
  const query = webhookQuerySchema.safeParse(request.query);
  const named = query.data?.account;
  const senders = options.webhookSenders()[name];
  // If the URL names an account, the secrets of others are skipped. Only the secret decides which account it is.
  const asked = senders.filter(({ account }) => account === named);
  const signers = (asked.length > 0 ? asked : senders).filter(({ secret }) =>
    platform.isSigned(delivery, secret.value),
  );
  const [signer] = signers;
  if (!signer) {
    options.badSignatures.note(name, asked[0]?.account);
    const isUnsigned = request.headers[platform.signatureHeader.toLowerCase()] === undefined;
    return fail(reply, 401, 'BAD_SIGNATURE', isUnsigned ? unsigned(platform.signatureHeader) : WRONGLY_SIGNED);
  }
  if (!options.places.take(request, reply)) return reply;
  if (!query.success) {
    const [issue] = query.error.issues;
    return fail(reply, 400, 'BAD_QUERY', `${String(issue?.path[0])} ${issue?.message}`);
  }
  if (named !== undefined && !options.writers.get(named)) {
    return fail(reply, 400, 'UNKNOWN_ACCOUNT', 'account names none of the accounts of this forwarder');
  }
  if (signers.length > 1) {
    const accounts = signers.map(({ account }) => account).join(', ');
    return fail(reply, 400, 'WHICH_ACCOUNT', `the secret belongs to ${accounts}: add ?account= to the URL`);
  }
  const { account } = signer;
  const writer = options.writers.get(account);
  if (!writer) return fail(reply, 400, 'UNKNOWN_ACCOUNT', 'the secret belongs to no account of this forwarder');
  if (platform.isOther(delivery)) return reply.code(200).send(NOTHING);
  const context = withCall(options.contextOf(account, delivery.nowMs), wordsOf(signer, query.data, options.log));
  const record = mapBody(body, (payload) => mapRecord(name, payload, context));
  const acceptance = await acceptRecords([record], { account, source: name, writer }, options);
  if (acceptance.kind === 'refused') {
    const [refusal] = acceptance.refusals;
    options.log.warn('webhook.refused', { account, source: name, ...(refusal && { reason: refusal.reason }) });
  }
  return answer(acceptance, platform.isSentAgain, reply);
}

/** @param isSentAgain whether the platform repeats a delivery that is answered 503 */
function answer(acceptance: Acceptance, isSentAgain: boolean, reply: FastifyReply): FastifyReply {
  switch (acceptance.kind) {
    case 'queued':
      return reply.code(202).send({ accepted: acceptance.accepted, rejected: acceptance.rejected });
    case 'refused':
      if (acceptance.refusals[0]?.reason === 'in_future' && isSentAgain) {
        return fail(reply, 503, 'IN_FUTURE', 'the order is dated in the future: send it again when its time has come');
      }
      return reply.code(200).send({ accepted: 0, rejected: acceptance.rejected });
    case 'unavailable':
      return fail(reply, 503, acceptance.code, acceptance.message);
    default:
      return acceptance satisfies never;
  }
}

/** Consent and country by the account's settings, and from the URL if the account allows it. */
function wordsOf({ account, consent, isCountryFromUrl }: WebhookSender, url: WebhookQuery, log: Logger) {
  const said = { consent: url.consent, defaultCountry: url.defaultCountry };
  const words = {
    consent: consent === 'url' ? said.consent : consent,
    defaultCountry: isCountryFromUrl ? said.defaultCountry : undefined,
  };
  const isIgnored = (said.consent ?? words.consent) !== words.consent || said.defaultCountry !== words.defaultCountry;
  if (isIgnored) log.warn('webhook.url_ignored', { account, setting: 'WEBHOOK_URL_PARAMETERS' });
  return words;
}

function mapBody(body: Buffer, map: (payload: unknown) => MappedRecord): MappedRecord {
  let payload: unknown;
  try {
    payload = parseJson(decodeBytes(body));
  } catch {
    // Signed, but not JSON.
    return UNREADABLE_RECORD;
  }
  return map(payload);
}
