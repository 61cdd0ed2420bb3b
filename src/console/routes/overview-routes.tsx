/** The overview of all accounts, in pages, those with problems first. */
import type { FastifyInstance } from 'fastify';
import { statsOf } from '../../dead-letters/stats.js';
import type { AccountState } from '../../queue/account-state.js';
import type { ConsoleContext } from '../console-context.js';
import { type Query, textOf } from '../filter-query.js';
import { pageContextOf } from '../page-context.js';
import { sendPage } from '../render.js';
import { type AccountSummary, OverviewPage } from '../views/overview.js';
import { ofAccount } from './account-of.js';

const ACCOUNTS_A_PAGE = 25;

export function addOverviewRoutes(server: FastifyInstance, consoleContext: ConsoleContext): void {
  server.get<{ Querystring: Query }>('/', async (request, reply) => {
    const states = await consoleContext.watch.states(Date.now());
    const pageCount = Math.max(1, Math.ceil(states.length / ACCOUNTS_A_PAGE));
    const wanted = Number(/^\d{1,4}$/.exec(textOf(request.query['page']))?.[0] ?? 1);
    const number = Math.min(Math.max(1, wanted), pageCount);
    const shown = states.slice((number - 1) * ACCOUNTS_A_PAGE, number * ACCOUNTS_A_PAGE);
    const accounts = await Promise.all(shown.map((state) => summaryOf(consoleContext, state)));
    const page = pageContextOf(request, reply, consoleContext);
    return sendPage(
      reply,
      <OverviewPage page={page} states={states} accounts={accounts} pages={{ number, pageCount }} />,
    );
  });
}

async function summaryOf({ watch, accountConsoles }: ConsoleContext, state: AccountState): Promise<AccountSummary> {
  const accountConsole = ofAccount(accountConsoles, state.account);
  const [view, causes, running] = await Promise.all([
    watch.view(state),
    statsOf(accountConsole.letters, {}),
    accountConsole.running(),
  ]);
  return { ...view, causes, running };
}
