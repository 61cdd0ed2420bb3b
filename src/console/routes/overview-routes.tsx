/** The overview of all accounts. */
import type { FastifyInstance } from 'fastify';
import type { ConsoleRooms } from '../console.js';
import { pageContextOf } from '../page-context.js';
import { sendPage } from '../render.js';
import { type AccountSummary, OverviewPage } from '../views/overview.js';
import { ofAccount } from './account-of.js';

export function addOverviewRoutes(server: FastifyInstance, rooms: ConsoleRooms): void {
  server.get('/', async (request, reply) => {
    const accounts = await Promise.all(rooms.accounts.map((account) => summaryOf(rooms, account)));
    return sendPage(reply, <OverviewPage page={pageContextOf(request, reply, rooms.accounts)} accounts={accounts} />);
  });
}

async function summaryOf({ watches, letters }: ConsoleRooms, account: string): Promise<AccountSummary> {
  const [view, causes, operations] = await Promise.all([
    ofAccount(watches, account).read(),
    ofAccount(letters, account).stats({}),
    ofAccount(letters, account).operations(),
  ]);
  return { ...view, causes, running: operations.filter(({ state }) => state === 'running') };
}
