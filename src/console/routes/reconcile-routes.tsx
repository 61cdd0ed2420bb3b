/** What the shops of an account sold by day, and how much of it arrived here. */
import type { FastifyInstance } from 'fastify';
import { readReconciles } from '../../reconcile/read-reconciles.js';
import type { ConsoleRooms } from '../console-rooms.js';
import { pageContextOf } from '../page-context.js';
import { sendPage } from '../render.js';
import { ReconcilePage } from '../views/reconcile.js';
import { type AccountParams, ofAccount } from './account-of.js';

export function addReconcileRoutes(server: FastifyInstance, rooms: ConsoleRooms): void {
  server.get<{ Params: AccountParams }>('/accounts/:account/reconcile', async (request, reply) => {
    const { account } = request.params;
    ofAccount(rooms.desks, account);
    const page = pageContextOf(request, reply, rooms);
    const shops = await readReconciles(account, rooms.connection, page.nowMs);
    return sendPage(reply, <ReconcilePage page={page} account={account} shops={shops} />);
  });
}
