/** Running and finished operations, and the history of all changes. */
import type { FastifyInstance } from 'fastify';
import { readHistory } from '../../dead-letters/history.js';
import { OperationRunningError } from '../../dead-letters/operations/execute-operation.js';
import { NotResumableError } from '../../dead-letters/operations/operations.js';
import { Refusal } from '../access.js';
import type { ConsoleContext } from '../console-context.js';
import { type Query, textOf } from '../filter-query.js';
import { pageContextOf } from '../page-context.js';
import { sendPage } from '../render.js';
import { HistoryPage } from '../views/history.js';
import { OperationEventsPage } from '../views/operation-events.js';
import { OperationsPage } from '../views/operations.js';
import { readOutcome } from '../views/outcomes.js';
import { type AccountItemParams, type AccountParams, ofAccount } from './account-of.js';

const ENTRIES_A_PAGE = 50;

/** Notices about a previous action. A closed list, as the name comes from the address. */
const NOTICES: Readonly<Record<string, string>> = {
  'not-running': 'That operation was no longer running.',
  'not-resumable': 'That operation cannot be resumed. Start a new one with the same filter.',
  busy: 'The same operation runs already: wait for it or cancel it first.',
};

export function addOperationRoutes(server: FastifyInstance, consoleContext: ConsoleContext): void {
  server.get<{ Params: AccountParams; Querystring: Query }>('/accounts/:account/operations', async (request, reply) => {
    const { account } = request.params;
    const operations = await ofAccount(consoleContext.accountConsoles, account).operations();
    const page = pageContextOf(request, reply, consoleContext);
    const notice = NOTICES[textOf(request.query['notice'])];
    return sendPage(reply, <OperationsPage page={page} account={account} operations={operations} notice={notice} />);
  });

  server.get<{ Params: AccountItemParams; Querystring: Query }>(
    '/accounts/:account/operations/:id',
    async (request, reply) => {
      const { account, id } = request.params;
      const outcome = readOutcome(textOf(request.query['outcome'])) ?? 'inFlight';
      const found = await ofAccount(consoleContext.accountConsoles, account).operation(id, outcome);
      if (!found) throw new Refusal(404, 'There is no such operation: its record is kept for 90 days.');
      const page = pageContextOf(request, reply, consoleContext);
      return sendPage(reply, <OperationEventsPage page={page} account={account} outcome={outcome} {...found} />);
    },
  );

  server.post<{ Params: AccountItemParams }>('/accounts/:account/operations/:id/cancel', async (request, reply) => {
    const { account, id } = request.params;
    const isCancelled = await ofAccount(consoleContext.accountConsoles, account).cancel(id, request.user?.name ?? '');
    return reply.redirect(operationsPath(account, isCancelled ? undefined : 'not-running'), 303);
  });

  server.post<{ Params: AccountItemParams }>('/accounts/:account/operations/:id/resume', async (request, reply) => {
    const { account, id } = request.params;
    try {
      await ofAccount(consoleContext.accountConsoles, account).resume(id, request.user?.name ?? '');
      return reply.redirect(operationsPath(account), 303);
    } catch (error) {
      if (error instanceof OperationRunningError) return reply.redirect(operationsPath(account, 'busy'), 303);
      if (error instanceof NotResumableError) return reply.redirect(operationsPath(account, 'not-resumable'), 303);
      throw error;
    }
  });

  server.get<{ Params: AccountParams; Querystring: Query }>('/accounts/:account/history', async (request, reply) => {
    const { account } = request.params;
    ofAccount(consoleContext.accountConsoles, account);
    const before = /^\d+-\d+$/.exec(textOf(request.query['before']))?.[0];
    const entries = await readHistory(consoleContext.connection, account, { limit: ENTRIES_A_PAGE, before });
    const next = entries.length === ENTRIES_A_PAGE ? entries.at(-1)?.id : undefined;
    const page = pageContextOf(request, reply, consoleContext);
    return sendPage(reply, <HistoryPage page={page} account={account} entries={entries} next={next} />);
  });
}

export function operationsPath(account: string, notice?: keyof typeof NOTICES): string {
  return `/accounts/${account}/operations${notice === undefined ? '' : `?notice=${notice}`}`;
}
