/** What the shops of an account sold by day, and how much of it arrived here. */
import type { FastifyInstance } from 'fastify';
import { readReconciles } from '../../reconcile/read-reconciles.js';
import type { ConsoleContext } from '../console-context.js';
import { pageContextOf } from '../page-context.js';
import { sendPage } from '../render.js';
import { ReconcilePage } from '../views/reconcile.js';
import { type AccountParams, ofAccount } from './account-of.js';

export function addReconcileRoutes(server: FastifyInstance, consoleContext: ConsoleContext): void {
  server.get<{ Params: AccountParams }>('/accounts/:account/reconcile', async (request, reply) => {
    const { account } = request.params;
    ofAccount(consoleContext.accountConsoles, account);
    const page = pageContextOf(request, reply, consoleContext);
    const shops = await readReconciles(account, consoleContext.connection, page.nowMs);
    return sendPage(reply, <ReconcilePage page={page} account={account} shops={shops} />);
  });
}
