/** Coverage of an account: its incoming events by match key and consent. */
import type { FastifyInstance } from 'fastify';
import { reportCoverage } from '../../coverage/report.js';
import { readCoverage } from '../../queue/read-coverage.js';
import type { ConsoleContext } from '../console-context.js';
import { pageContextOf } from '../page-context.js';
import { sendPage } from '../render.js';
import { CoveragePage } from '../views/coverage.js';
import { type AccountParams, ofAccount } from './account-of.js';

export function addCoverageRoutes(server: FastifyInstance, consoleContext: ConsoleContext): void {
  server.get<{ Params: AccountParams }>('/accounts/:account/coverage', async (request, reply) => {
    const { account } = request.params;
    ofAccount(consoleContext.accountConsoles, account);
    const [days = []] = await readCoverage([account], consoleContext.connection);
    const page = pageContextOf(request, reply, consoleContext);
    return sendPage(reply, <CoveragePage page={page} report={reportCoverage(account, days)} />);
  });
}
