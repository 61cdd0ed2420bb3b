/**
 * Writes two weeks of made-up traffic, for screenshots of the coverage page and to try `status --coverage`:
 *
 *     node --import tsx test/support/lay-coverage.ts redis://127.0.0.1:6379 demo-1a2b3c
 */
import { connectRedis } from '../../src/redis/connect.js';
import { DAY_MS, layDays } from './coverage-days.js';
import { twoWeeks } from './coverage-traffic.js';

const [url = '', account = ''] = process.argv.slice(2);
const connection = connectRedis(url, 'prompt', 'capi-lay-coverage');
const [seconds] = await connection.time();
const todayMs = Math.floor((Number(seconds) * 1000) / DAY_MS) * DAY_MS;
await layDays(account, connection, twoWeeks(todayMs));
connection.disconnect();
