/**
 * A shop with Express: `POST /orders` places an order and then forwards it to Amazon.
 *
 * The customer's order never waits for forwarding and never fails because of it.
 */
import { once } from 'node:events';
import { createProducer, type Order, QueueUnavailableError, RefusedError } from 'amazon-capi-forwarder';
import express from 'express';

const FORWARD_AGAIN_MS = 5_000;

const producer = createProducer({ redisUrl: process.env.REDIS_URL, account: process.env.CAPI_ACCOUNT });

// Stands for your database. Of it, forwarding needs one column: which orders are not forwarded yet.
const orders = new Map<string, Order>();
const notForwarded = new Set<string>();

async function forward(id: string): Promise<void> {
  const order = orders.get(id);
  if (!order) return;
  try {
    await producer.enqueue(order, { source: 'order' });
    notForwarded.delete(id);
  } catch (error) {
    if (error instanceof RefusedError) {
      // It would be refused again. The issues hold paths and reasons, no customer's data.
      notForwarded.delete(id);
      console.warn(`order ${id} is not forwarded`, error.reason, JSON.stringify(error.issues));
    } else if (error instanceof QueueUnavailableError) {
      console.warn(`order ${id} is forwarded later: ${error.message}`);
    } else {
      throw error;
    }
  }
}

function report(error: unknown): void {
  console.error('forwarding failed', error);
}

const app = express();
app.use(express.json());

app.post('/orders', (request, response) => {
  const id = String(orders.size + 1001);
  const { total, currency, country, items, customer } = request.body ?? {};
  // In a real shop: one transaction, so that an order is never saved without its mark.
  orders.set(id, {
    id,
    createdAt: new Date().toISOString(),
    total,
    currency,
    country,
    channel: 'web',
    items,
    customer,
  });
  notForwarded.add(id);
  response.status(201).json({ id });
  // Only now: the order is safe and the customer has the answer.
  forward(id).catch(report);
});

// Orders that were placed while Redis was away. The same order gives the same id, so sending twice counts once.
const again = setInterval(() => {
  for (const id of notForwarded) forward(id).catch(report);
}, FORWARD_AGAIN_MS);

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1');
await once(server, 'listening');
const address = server.address();
console.log(`shop listening on http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);

async function stop(): Promise<void> {
  clearInterval(again);
  server.close();
  await once(server, 'close');
  // Last: it waits for what is being written.
  await producer.close();
}
process.once('SIGTERM', () => void stop().catch(report));
