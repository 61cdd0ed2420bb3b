/** The list of an account's dead letters. */
import type { FastifyInstance } from 'fastify';
import type { LetterFilter } from '../../dead-letters/filter.js';
import { statsOf } from '../../dead-letters/stats.js';
import type { LetterStore } from '../../dead-letters/store.js';
import type { ConsoleContext } from '../console-context.js';
import { type Query, readFilter, textOf } from '../filter-query.js';
import { pageContextOf } from '../page-context.js';
import { sendPage } from '../render.js';
import { LettersPage } from '../views/letters.js';
import { type AccountParams, ofAccount } from './account-of.js';

const LETTERS_A_PAGE = 50;

/** Notices about a previous action. A closed list, as the name comes from the address. */
const NOTICES: Readonly<Record<string, string>> = {
  'none-chosen': 'Choose letters first, or tick “all” to choose every matching letter.',
};

export function addLettersRoutes(server: FastifyInstance, consoleContext: ConsoleContext): void {
  server.get<{ Params: AccountParams; Querystring: Query }>('/accounts/:account/letters', async (request, reply) => {
    const { account } = request.params;
    const { letters } = ofAccount(consoleContext.accountConsoles, account);
    const form = readFilter(request.query, await letters.nowMs());
    const cursor = textOf(request.query['cursor']);
    // A filter that lost a part would show more than intended, and offer it for replay.
    const isSound = form.faults.length === 0;
    const found = isSound ? await look(letters, form.filter, cursor) : NOTHING;
    reply.code(isSound ? 200 : 422);
    return sendPage(
      reply,
      <LettersPage
        page={pageContextOf(request, reply, consoleContext)}
        account={account}
        form={form}
        causes={found.causes}
        count={found.count}
        letters={{ ...found.page, isLater: cursor !== '' }}
        notice={NOTICES[textOf(request.query['notice'])]}
      />,
    );
  });
}

const NOTHING = { causes: [], count: 0, page: { letters: [], next: undefined } } as const;

/**
 * The total is the sum of the causes' counts. A text search runs once, not twice: if all matches fit on one page, the
 * causes are counted from its letters.
 */
async function look(store: LetterStore, filter: LetterFilter, cursor: string) {
  const page = await store.page(filter, { limit: LETTERS_A_PAGE, ...(cursor !== '' && { cursor }) });
  const isWhole = cursor === '' && page.next === undefined;
  const found = { ids: page.letters.map(({ id }) => id) };
  const causes = await statsOf(store, isWhole && filter.text !== undefined ? found : filter);
  return { causes, count: causes.reduce((sum, { count }) => sum + count, 0), page };
}
