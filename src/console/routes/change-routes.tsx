/** Replay and discard: the preview first, then the deed, under the filter that was previewed. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Edit, parseEdit } from '../../dead-letters/edit.js';
import type { ConsoleRooms } from '../console.js';
import { type Query, readFilter, textOf } from '../filter-query.js';
import type { LetterFilter } from '../letters.js';
import { pageContextOf } from '../page-context.js';
import { sendPage } from '../render.js';
import { type ChangeProps, DiscardPage, ReplayPage } from '../views/change.js';
import { type AccountParams, ofAccount } from './account-of.js';

/** A pace that a queue with live traffic takes without notice. */
const RATE_OFFERED = '50';
const BECAUSE_MAX = 500;

export function addChangeRoutes(server: FastifyInstance, rooms: ConsoleRooms): void {
  const needs = { config: { access: 'operator' } } as const;
  server.get<{ Params: AccountParams; Querystring: Query }>(
    '/accounts/:account/replay',
    needs,
    async (request, reply) => {
      const { account } = request.params;
      const filter = readMeant(request.query);
      if (!filter) return toList(reply, account);
      const corrections = textOf(request.query['set']);
      const { edits, faults } = readCorrections(corrections);
      const props = await prepare(rooms, request, reply, { filter, edits, faults });
      return sendPage(reply, <ReplayPage {...props} corrections={corrections} rate={RATE_OFFERED} />);
    },
  );

  server.post<{ Params: AccountParams; Body: Query }>('/accounts/:account/replay', async (request, reply) => {
    const { account } = request.params;
    const filter = readMeant(request.body);
    if (!filter) return toList(reply, account);
    const corrections = textOf(request.body['set']);
    const { edits, faults } = readCorrections(corrections);
    const rate = textOf(request.body['rate']);
    const ratePerSecond = rate === '' ? undefined : Number(rate);
    if (ratePerSecond !== undefined && !(Number.isSafeInteger(ratePerSecond) && ratePerSecond > 0)) {
      faults.push('The rate is a whole number above 0, or empty for as fast as it goes.');
    }
    if (faults.length > 0) {
      const props = await prepare(rooms, request, reply, { filter, edits, faults });
      reply.code(422);
      return sendPage(reply, <ReplayPage {...props} corrections={corrections} rate={rate} />);
    }
    await ofAccount(rooms.letters, account).start('replay', filter, {
      by: request.user?.name ?? '',
      edits,
      context: rooms.contextOf(account, Date.now()),
      ratePerSecond,
    });
    return reply.redirect(`/accounts/${account}/operations`, 303);
  });

  server.get<{ Params: AccountParams; Querystring: Query }>(
    '/accounts/:account/discard',
    needs,
    async (request, reply) => {
      const { account } = request.params;
      const filter = readMeant(request.query);
      if (!filter) return toList(reply, account);
      const props = await prepare(rooms, request, reply, { filter, edits: [], faults: [] });
      return sendPage(reply, <DiscardPage {...props} because="" />);
    },
  );

  server.post<{ Params: AccountParams; Body: Query }>('/accounts/:account/discard', async (request, reply) => {
    const { account } = request.params;
    const filter = readMeant(request.body);
    if (!filter) return toList(reply, account);
    const because = textOf(request.body['because']).slice(0, BECAUSE_MAX);
    const faults: string[] = [];
    if (because === '') faults.push('Say why the letters are thrown away.');
    const confirmed = textOf(request.body['confirm']).replaceAll(/[,.\s]/g, '');
    const count = await ofAccount(rooms.letters, account).count(filter);
    if (confirmed !== textOf(request.body['count'])) faults.push('The count typed is not the count shown.');
    else if (count > Number(confirmed))
      faults.push(`There are ${count} letters now: look again, then type that count.`);
    if (faults.length > 0) {
      const props = await prepare(rooms, request, reply, { filter, edits: [], faults });
      reply.code(422);
      return sendPage(reply, <DiscardPage {...props} because={because} />);
    }
    const context = rooms.contextOf(account, Date.now());
    await ofAccount(rooms.letters, account).start('discard', filter, {
      by: request.user?.name ?? '',
      context,
      because,
    });
    return reply.redirect(`/accounts/${account}/operations`, 303);
  });
}

/**
 * The letters that a form or an address means: chosen ones by id, or all of a filter (its fields come as `in-…`), frozen
 * at the moment of the preview.
 *
 * @returns undefined where none is meant: nothing chosen is not everything
 */
function readMeant(query: Query): LetterFilter | undefined {
  const nowMs = Date.now();
  if (textOf(query['scope']) === 'all') {
    const fields = Object.entries(query).flatMap(([name, value]) =>
      name.startsWith('in-') ? [[name.slice(3), value]] : [],
    );
    const { filter, faults } = readFilter(Object.fromEntries(fields), nowMs);
    if (faults.length > 0) return undefined;
    return { ...filter, untilMs: Math.min(filter.untilMs ?? Number.POSITIVE_INFINITY, nowMs) };
  }
  const { ids } = readFilter({ id: query['id'] }, nowMs).filter;
  return ids ? { ids } : undefined;
}

function readCorrections(text: string): { edits: Edit[]; faults: string[] } {
  const edits: Edit[] = [];
  const faults: string[] = [];
  const lines = text.split('\n').map((line) => line.trim());
  for (const line of lines.filter((one) => one !== '')) {
    try {
      edits.push(parseEdit(line));
    } catch {
      // Its message speaks of the command's switch.
      faults.push('A correction is path=value, such as currencyCode=USD or matchKeys[0].values[0]=…');
    }
  }
  return { edits, faults };
}

interface Meant {
  readonly filter: LetterFilter;
  readonly edits: readonly Edit[];
  readonly faults: readonly string[];
}

async function prepare(
  rooms: ConsoleRooms,
  request: FastifyRequest<{ Params: AccountParams }>,
  reply: FastifyReply,
  { filter, edits, faults }: Meant,
): Promise<ChangeProps> {
  const { account } = request.params;
  const letters = ofAccount(rooms.letters, account);
  const page = pageContextOf(request, reply, rooms.accounts);
  const [plan, operations] = await Promise.all([
    letters.plan(filter, { edits, context: rooms.contextOf(account, page.nowMs) }),
    letters.operations(),
  ]);
  return { page, account, filter, plan, running: operations.find(({ state }) => state === 'running'), faults };
}

function toList(reply: FastifyReply, account: string): FastifyReply {
  return reply.redirect(`/accounts/${encodeURIComponent(account)}/letters?notice=none-chosen`, 303);
}
