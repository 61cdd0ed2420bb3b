/** The overview of all accounts. */
import type { FastifyInstance } from 'fastify';
import { statsOf } from '../../dead-letters/stats.js';
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

async function summaryOf({ watches, desks }: ConsoleRooms, account: string): Promise<AccountSummary> {
  const desk = ofAccount(desks, account);
  const [view, causes, running] = await Promise.all([
    ofAccount(watches, account).read(),
    statsOf(desk.letters, {}),
    desk.running(),
  ]);
  return { ...view, causes, running };
}
