/** Operations under way and ended, and the history of all that was done. */
import type { FastifyInstance } from 'fastify';
import type { ConsoleRooms } from '../console.js';
import type { Query } from '../filter-query.js';
import { pageContextOf } from '../page-context.js';
import { sendPage } from '../render.js';
import { HistoryPage } from '../views/history.js';
import { OperationsPage } from '../views/operations.js';
import { type AccountItemParams, type AccountParams, ofAccount } from './account-of.js';

export function addOperationRoutes(server: FastifyInstance, rooms: ConsoleRooms): void {
  server.get<{ Params: AccountParams; Querystring: Query }>('/accounts/:account/operations', async (request, reply) => {
    const { account } = request.params;
    const operations = await ofAccount(rooms.letters, account).operations();
    const page = pageContextOf(request, reply, rooms.accounts);
    return sendPage(reply, <OperationsPage page={page} account={account} operations={operations} />);
  });

  server.post<{ Params: AccountItemParams }>('/accounts/:account/operations/:id/cancel', async (request, reply) => {
    const { account, id } = request.params;
    ofAccount(rooms.letters, account).cancel(id);
    return reply.redirect(`/accounts/${account}/operations`, 303);
  });

  server.post<{ Params: AccountItemParams }>('/accounts/:account/operations/:id/resume', async (request, reply) => {
    const { account, id } = request.params;
    ofAccount(rooms.letters, account).resume(id, rooms.contextOf(account, Date.now()));
    return reply.redirect(`/accounts/${account}/operations`, 303);
  });

  server.get<{ Params: AccountParams; Querystring: Query }>('/accounts/:account/history', async (request, reply) => {
    const { account } = request.params;
    const entries = await ofAccount(rooms.letters, account).history();
    const page = pageContextOf(request, reply, rooms.accounts);
    return sendPage(reply, <HistoryPage page={page} account={account} entries={entries} next={undefined} />);
  });
}
