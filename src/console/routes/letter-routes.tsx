/** One dead letter: looking at it and editing it. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ConversionEvent } from '../../mapping/event.js';
import { Refusal } from '../access.js';
import type { ConsoleRooms } from '../console.js';
import { differences } from '../diff.js';
import { checkEvent } from '../event-text.js';
import { type Query, textOf } from '../filter-query.js';
import type { DeadLetter } from '../letters.js';
import { pageContextOf } from '../page-context.js';
import { sendPage } from '../render.js';
import { EditPage } from '../views/edit.js';
import { GonePage, LetterPage } from '../views/letter.js';
import { previewOf } from '../wire-preview.js';
import { type AccountItemParams, ofAccount } from './account-of.js';

const NOTICES: Readonly<Record<string, string>> = { saved: 'Saved. The event as it first came is kept beside it.' };
const HOUR_MS = 3_600_000;

export function addLetterRoutes(server: FastifyInstance, rooms: ConsoleRooms): void {
  server.get<{ Params: AccountItemParams; Querystring: Query }>(
    '/accounts/:account/letters/:id',
    async (request, reply) => {
      const { account, id } = request.params;
      const letter = await ofAccount(rooms.letters, account).get(id);
      if (!letter) return sendGone(rooms, request, reply, request.params);
      const page = pageContextOf(request, reply, rooms.accounts);
      const { maxEventAgeHours } = rooms.contextOf(account, page.nowMs);
      return sendPage(
        reply,
        <LetterPage
          page={page}
          account={account}
          letter={letter}
          wire={letter.event ? previewOf(letter.event, rooms.wireOf(account)) : undefined}
          isPastAgeLimit={
            letter.event !== null && page.nowMs - Date.parse(letter.event.timestamp) > maxEventAgeHours * HOUR_MS
          }
          notice={NOTICES[textOf(request.query['notice'])]}
        />,
      );
    },
  );

  server.get<{ Params: AccountItemParams }>(
    '/accounts/:account/letters/:id/edit',
    { config: { access: 'operator' } },
    async (request, reply) => {
      const { account, id } = request.params;
      const letter = await ofAccount(rooms.letters, account).get(id);
      if (!letter) return sendGone(rooms, request, reply, request.params);
      return sendPage(
        reply,
        <EditPage
          page={pageContextOf(request, reply, rooms.accounts)}
          account={account}
          letter={letter}
          text={textOfEvent(letter)}
          issues={[]}
        />,
      );
    },
  );

  server.post<{ Params: AccountItemParams; Body: Query }>(
    '/accounts/:account/letters/:id/edit',
    async (request, reply) => {
      const { account, id } = request.params;
      const letters = ofAccount(rooms.letters, account);
      const letter = await letters.get(id);
      if (!letter) return sendGone(rooms, request, reply, request.params);
      const before = eventOf(letter);
      const text = typeof request.body['event'] === 'string' ? request.body['event'] : '';
      const checked = checkEvent(text, rooms.contextOf(account, Date.now()));
      const then = textOf(request.body['then']);
      const page = { ...pageContextOf(request, reply, rooms.accounts) };
      if (!checked.ok) {
        reply.code(422);
        return sendPage(
          reply,
          <EditPage page={page} account={account} letter={letter} text={text} issues={checked.issues} />,
        );
      }
      if (then === 'check') {
        const changed = differences(before, checked.event);
        return sendPage(
          reply,
          <EditPage page={page} account={account} letter={letter} text={text} issues={[]} checked={changed} />,
        );
      }
      await letters.edit(id, checked.event, request.user?.name ?? '');
      const path = `/accounts/${account}/letters/${encodeURIComponent(id)}`;
      if (then === 'replay') return reply.redirect(`/accounts/${account}/replay?id=${encodeURIComponent(id)}`, 303);
      return reply.redirect(`${path}?notice=saved`, 303);
    },
  );
}

function sendGone(
  rooms: ConsoleRooms,
  request: FastifyRequest,
  reply: FastifyReply,
  { account, id }: AccountItemParams,
): FastifyReply {
  // A poll of a page about this letter is to show that it is gone; htmx would leave out what comes with 404.
  reply.code(request.headers['hx-request'] === undefined ? 404 : 200);
  return sendPage(reply, <GonePage page={pageContextOf(request, reply, rooms.accounts)} account={account} id={id} />);
}

function textOfEvent(letter: DeadLetter): string {
  return JSON.stringify(eventOf(letter), null, 2);
}

function eventOf({ event }: DeadLetter): ConversionEvent {
  if (!event) throw new Refusal(409, 'This letter could not be read as an event: there is nothing to edit.');
  return event;
}
