/**
 * A program that uses BullMQ directly: the same events, one per job. It maps and checks nothing, so it does less.
 */
import { readConfig, serveTasks } from '../child.js';
import { connectStock, openStockQueue } from '../rivals/stock-queue.js';
import { type Fill, type Lone, type Together, timeAlone, timeFill, timeTogether } from './timing.js';

const NAME = 'conversion';

const { redisUrl } = readConfig() as { redisUrl: string };
const queue = openStockQueue(connectStock(redisUrl));

serveTasks({
  fill: (input: Fill) => timeFill(input, (events) => queue.addBulk(events.map((data) => ({ name: NAME, data })))),
  lone: (input: Lone) => timeAlone(input, (event) => queue.add(NAME, event)),
  together: (input: Together) => timeTogether(input, (event) => queue.add(NAME, event)),
});
