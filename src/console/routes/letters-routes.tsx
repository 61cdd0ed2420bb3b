/** The list of an account's dead letters. */
import type { FastifyInstance } from 'fastify';
import type { ConsoleRooms } from '../console.js';
import { type Query, readFilter, textOf } from '../filter-query.js';
import { pageContextOf } from '../page-context.js';
import { sendPage } from '../render.js';
import { LettersPage } from '../views/letters.js';
import { type AccountParams, ofAccount } from './account-of.js';

const LETTERS_A_PAGE = 50;

/** What a page says of what came before it; a closed list, since it comes from the address. */
const NOTICES: Readonly<Record<string, string>> = {
  'none-chosen': 'Choose letters first, or tick “all” to mean every letter that matches.',
};

export function addLettersRoutes(server: FastifyInstance, rooms: ConsoleRooms): void {
  server.get<{ Params: AccountParams; Querystring: Query }>('/accounts/:account/letters', async (request, reply) => {
    const { account } = request.params;
    const letters = ofAccount(rooms.letters, account);
    const form = readFilter(request.query, Date.now());
    const cursor = textOf(request.query['cursor']) || undefined;
    // A filter that lost a part would show more than was meant, and offer it for replay.
    const isSound = form.faults.length === 0;
    const [causes, count, { letters: found, next }] = isSound
      ? await Promise.all([
          letters.stats(form.filter),
          letters.count(form.filter),
          letters.page(form.filter, { limit: LETTERS_A_PAGE, cursor }),
        ])
      : [[], 0, { letters: [], next: undefined }];
    reply.code(isSound ? 200 : 422);
    return sendPage(
      reply,
      <LettersPage
        page={pageContextOf(request, reply, rooms.accounts)}
        account={account}
        form={form}
        causes={causes}
        count={count}
        letters={{ letters: found, next, isLater: cursor !== undefined }}
        notice={NOTICES[textOf(request.query['notice'])]}
      />,
    );
  });
}
