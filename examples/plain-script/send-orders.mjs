/**
 * Sends a file of orders, one JSON object a line: `node send-orders.mjs orders.ndjson`.
 *
 * Ends with 0 when all are on the queue, 1 when some were refused, 2 when Redis is away. Running it again is safe: an
 * order that was sent already is delivered once.
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createProducer, QueueUnavailableError } from 'amazon-capi-forwarder';

const ORDERS_AT_ONCE = 1_000;

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('usage: node send-orders.mjs FILE');

const producer = createProducer({ redisUrl: process.env.REDIS_URL, account: process.env.CAPI_ACCOUNT });
let accepted = 0;
let refused = 0;

/**
 * @param {import('amazon-capi-forwarder').Order[]} orders
 * @param {number} firstLine
 */
async function send(orders, firstLine) {
  const report = await producer.enqueueMany(orders, { source: 'order' });
  accepted += report.accepted;
  refused += report.rejected.length;
  for (const { index, issues } of report.rejected) {
    const why = issues.map(({ path, message }) => `${path} ${message}`).join('; ');
    console.warn(`line ${firstLine + index}: ${why}`);
  }
}

/**
 * A line that is not JSON becomes null, which is refused like any other that is no order. The parser's own message is
 * not shown: it quotes the line, and so a customer's data.
 *
 * @param {string} text
 */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

try {
  let line = 0;
  /** @type {import('amazon-capi-forwarder').Order[]} */
  let orders = [];
  for await (const text of createInterface({ input: createReadStream(file) })) {
    line += 1;
    orders.push(parse(text));
    if (orders.length === ORDERS_AT_ONCE) {
      await send(orders, line - orders.length + 1);
      orders = [];
    }
  }
  await send(orders, line - orders.length + 1);
  process.exitCode = refused > 0 ? 1 : 0;
} catch (error) {
  if (!(error instanceof QueueUnavailableError)) throw error;
  console.error(`${error.message}. Run it again once Redis is back.`);
  process.exitCode = 2;
} finally {
  await producer.close();
}
console.log(`${accepted} on the queue, ${refused} refused`);
