/**
 * The OpenAPI 3.1 description of the intake, made from the zod schemas that check its requests.
 */
import { z } from 'zod';
import { EVENTS_MAX } from '../../mapping/bounds.js';
import { draftSchema } from '../../mapping/event.js';
import { orderSchema } from '../../mapping/sources/order.js';
import { VERSION } from '../../telemetry/version.js';
import { acceptedSchema, errorSchema, foundSchema } from './answer.js';
import { eventsQuerySchema, findQuerySchema, webhookQuerySchema } from './request-query.js';
import { PLATFORM, PLATFORMS, type PlatformName } from './webhooks/platform.js';

export function describeIntake(): object {
  return {
    openapi: '3.1.0',
    info: {
      title: 'amazon-capi-forwarder intake',
      version: VERSION,
      description: 'Takes conversions and orders, maps and hashes them, and queues them for Amazon.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'Where this description was read' }],
    tags: [
      { name: 'events', description: 'Events from programs of your own' },
      { name: 'webhooks', description: 'Deliveries of shops and payment services' },
      { name: 'description', description: 'What the intake can do' },
    ],
    paths: {
      '/openapi.json': { get: descriptionOperation() },
      '/v1/events': { post: eventsOperation() },
      '/v1/events/{id}': { get: findOperation() },
      ...Object.fromEntries(PLATFORMS.map((name) => [`/v1/webhooks/${name}`, { post: webhookOperation(name) }])),
    },
    components: {
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: 'A key of INTAKE_API_KEYS' },
        ...Object.fromEntries(PLATFORMS.map((name) => [signatureOf(name), signatureScheme(name)])),
      },
      schemas: {
        Conversion: schemaOf(draftSchema, 'input'),
        Order: schemaOf(orderSchema, 'input'),
        Accepted: schemaOf(acceptedSchema, 'output'),
        Found: schemaOf(foundSchema, 'output'),
        Error: schemaOf(errorSchema, 'output'),
      },
    },
  };
}

/** OpenAPI has no type for signatures. It is described as a header that the platform computes. */
function signatureOf(name: PlatformName): string {
  return `${name}Signature`;
}

function signatureScheme(name: PlatformName): object {
  const description = `HMAC-SHA256 of the raw body, made with ${PLATFORM[name].secretSetting}`;
  return { type: 'apiKey', in: 'header', name: PLATFORM[name].signatureHeader, description };
}

function descriptionOperation(): object {
  return {
    operationId: 'describe',
    summary: 'This description',
    description: 'Tells nothing that is not in the documentation, so it needs no key.',
    tags: ['description'],
    security: [],
    responses: {
      200: { description: 'OpenAPI 3.1', content: { 'application/json': { schema: { type: 'object' } } } },
      400: answer('The request is invalid', 'Error'),
      503: answer('The intake is stopping', 'Error'),
    },
  };
}

function eventsOperation(): object {
  const record = {
    anyOf: [
      reference('Conversion'),
      reference('Order'),
      { type: 'object', description: 'A payload of another source: see docs/sources.md' },
    ],
  };
  return {
    operationId: 'sendEvents',
    summary: 'Queue events: one, many, or one a line',
    description:
      'Answered when the events are in Redis. An intake on this machine alone that has no keys asks for none. ' +
      'The body may be gzip: then with `Content-Encoding: gzip`. Its limit of bytes holds for what is unpacked too.',
    tags: ['events'],
    security: [{ key: [] }],
    parameters: [...parametersOf(eventsQuerySchema), ENCODING],
    requestBody: {
      required: true,
      content: {
        'application/json': { schema: { anyOf: [record, { type: 'array', items: record, maxItems: EVENTS_MAX }] } },
        'application/x-ndjson': { schema: { type: 'string', description: 'One record a line' } },
      },
    },
    responses: {
      202: answer('The events are in Redis; records that cannot be forwarded are in `rejected`', 'Accepted'),
      400: answer('No event was acceptable, or the request is invalid', 'Error'),
      401: answer('No key, or a wrong one', 'Error'),
      403: answer('The key is not meant for this account or source', 'Error'),
      408: answer('The body did not come in time', 'Error'),
      413: answer('The body or the number of events is too large', 'Error'),
      415: answer('Not JSON and not NDJSON, or a Content-Encoding other than gzip', 'Error'),
      421: answer('Without keys: a Host that this machine does not have', 'Error'),
      503: answer(
        'Redis is away or full, or too many requests at once: nothing was accepted; see Retry-After',
        'Error',
      ),
    },
  };
}

function findOperation(): object {
  const description = 'The id at the shop (a leading # is ignored), a transaction id, or the dedupe id as sent';
  return {
    operationId: 'findEvent',
    summary: 'What became of an event',
    description:
      'The newest first where the id may mean several. A key that is bound to accounts or sources sees only these.',
    tags: ['events'],
    security: [{ key: [] }],
    parameters: [
      { name: 'id', in: 'path', required: true, description, schema: { type: 'string' } },
      ...parametersOf(findQuerySchema),
    ],
    responses: {
      200: answer('Its state and its life so far, `unknown` too', 'Found'),
      400: answer('No such account or source', 'Error'),
      401: answer('No key, or a wrong one', 'Error'),
      403: answer('The key is not meant for this account or source', 'Error'),
      421: answer('Without keys: a Host that this machine does not have', 'Error'),
      503: answer('Redis is away, or too many requests at once; see Retry-After', 'Error'),
    },
  };
}

const ENCODING = {
  name: 'Content-Encoding',
  in: 'header',
  required: false,
  description: 'How the body is packed; absent: not at all',
  schema: { enum: ['gzip', 'identity'] },
};

function webhookOperation(name: PlatformName): object {
  return {
    operationId: `${name}Webhook`,
    summary: `A delivery of ${name}, with its signature over the raw body`,
    description: 'Answered 202 when the conversion is in Redis, 200 where the delivery is none.',
    tags: ['webhooks'],
    security: [{ [signatureOf(name)]: [] }],
    parameters: parametersOf(webhookQuerySchema),
    requestBody: { required: true, content: { 'application/json': { schema: { type: 'object' } } } },
    responses: {
      200: answer('Signed and rejected, or not an order: nothing was queued, `rejected` says why', 'Accepted'),
      202: answer('The conversion is in Redis', 'Accepted'),
      400: answer('No such account, or the secret belongs to several', 'Error'),
      401: answer('The signature does not fit', 'Error'),
      404: answer('This platform is not set up here', 'Error'),
      408: answer('The body did not come in time', 'Error'),
      413: answer('The body is too large', 'Error'),
      415: answer('A Content-Encoding: the signature is over the body as it is', 'Error'),
      503: answer(
        'Redis is away or full, or the order is dated in the future: nothing was accepted; see Retry-After',
        'Error',
      ),
    },
  };
}

function parametersOf(query: z.ZodObject): object[] {
  return Object.entries(query.shape).map(([name, schema]) => {
    const { description, ...rest } = schemaOf(schema as z.ZodType, 'input');
    return { name, in: 'query', required: false, description, schema: rest };
  });
}

function answer(description: string, schema: string): object {
  return { description, content: { 'application/json': { schema: reference(schema) } } };
}

function reference(name: string): object {
  return { $ref: `#/components/schemas/${name}` };
}

/** What JSON Schema cannot express (a check of ours, a transformation) is left out. The shape is exact. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any', override: asList });
  return rest;
}

/** A list of exactly one entry. Linters require the schema of entries and read `items: false` as a missing one. */
function asList({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  const { prefixItems } = jsonSchema;
  if (prefixItems?.length !== 1 || prefixItems[0] === undefined) return;
  jsonSchema.items = prefixItems[0];
  delete jsonSchema.prefixItems;
}
