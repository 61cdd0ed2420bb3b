/**
 * A Next.js route handler, `app/api/conversions/route.ts`: your order service posts placed orders here.
 *
 * It answers 202 when the order is on the queue, 422 when it never will be, and 503 when it should be sent again.
 */
import { timingSafeEqual } from 'node:crypto';
import { createProducer, type Order, type Producer, QueueUnavailableError, RefusedError } from 'amazon-capi-forwarder';

// The producer holds a TCP connection to Redis, which the edge runtime cannot open.
export const runtime = 'nodejs';

// On globalThis: `next dev` evaluates this module again at every change, and each would open a connection of its own.
const shared: typeof globalThis & { capiProducer?: Producer } = globalThis;
shared.capiProducer ??= createProducer({
  redisUrl: process.env.REDIS_URL,
  account: process.env.CAPI_ACCOUNT,
});
const producer = shared.capiProducer;

export async function POST(request: Request): Promise<Response> {
  // Without it, anybody could report conversions in your name.
  if (!isOrderService(request)) return Response.json({ error: 'unauthorized' }, { status: 401 });
  // Whatever came: the producer checks it, and refuses what is no order, or not even JSON.
  const order = (await request.json().catch(() => null)) as Order;
  try {
    // Awaited, not left running: a serverless host may freeze the process once the answer is out.
    await producer.enqueue(order, { source: 'order' });
    return Response.json({ accepted: true }, { status: 202 });
  } catch (error) {
    if (error instanceof RefusedError) {
      return Response.json({ error: error.reason, issues: error.issues }, { status: 422 });
    }
    if (error instanceof QueueUnavailableError) {
      return Response.json({ error: 'try again' }, { status: 503, headers: { 'Retry-After': '5' } });
    }
    throw error;
  }
}

function isOrderService(request: Request): boolean {
  const token = process.env.ORDER_SERVICE_TOKEN;
  const given = Buffer.from(request.headers.get('authorization') ?? '');
  const expected = Buffer.from(`Bearer ${token}`);
  return token !== undefined && token !== '' && given.length === expected.length && timingSafeEqual(given, expected);
}
