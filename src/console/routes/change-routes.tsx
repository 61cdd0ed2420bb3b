/** Replay and discard: first the preview, then the operation on exactly the previewed filter. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { LetterFilter } from '../../dead-letters/filter.js';
import type { DeadLetter } from '../../dead-letters/letter.js';
import { type Correction, editEvent } from '../../dead-letters/operations/edit.js';
import { OperationRunningError } from '../../dead-letters/operations/execute-operation.js';
import { planReplay } from '../../dead-letters/operations/plan.js';
import type { MappingContext } from '../../mapping/context.js';
import { wereDelivered } from '../../queue/account-state.js';
import type { ConsoleContext } from '../console-context.js';
import { readCorrections } from '../corrections.js';
import { differences } from '../diff.js';
import { type Query, textOf } from '../filter-query.js';
import { fieldsOf, readMeant } from '../meant-letters.js';
import { pageContextOf } from '../page-context.js';
import { sendPage } from '../render.js';
import { type ChangeProps, DiscardPage, ReplayPage, type ReplayProps } from '../views/change.js';
import { type AccountParams, ofAccount } from './account-of.js';
import { operationsPath } from './operation-routes.js';

/** Slow enough to go unnoticed in a queue with live traffic. */
const RATE_OFFERED = '50';
const BECAUSE_MAX = 500;
/** The most letters that a preview examines. The page shows this number beside the result. */
const LOOK_AT_MOST = 2_000;

type Look = FastifyRequest<{ Params: AccountParams; Querystring: Query }>;
type Deed = FastifyRequest<{ Params: AccountParams; Body: Query }>;

export function addChangeRoutes(server: FastifyInstance, consoleContext: ConsoleContext): void {
  const needs = { config: { access: 'operator' } } as const;
  server.get('/accounts/:account/replay', needs, (request: Look, reply) =>
    previewReplay(consoleContext, request, reply),
  );
  server.post('/accounts/:account/replay', (request: Deed, reply) => replay(consoleContext, request, reply));
  server.get('/accounts/:account/discard', needs, (request: Look, reply) =>
    previewDiscard(consoleContext, request, reply),
  );
  server.post('/accounts/:account/discard', (request: Deed, reply) => discard(consoleContext, request, reply));
}

/** Ages such as `24h` are relative to Redis's clock, which also dates the letters. */
function nowOf({ accountConsoles }: ConsoleContext, { params }: { params: AccountParams }): Promise<number> {
  return ofAccount(accountConsoles, params.account).letters.nowMs();
}

async function previewReplay(
  consoleContext: ConsoleContext,
  request: Look,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const filter = readMeant(request.query, await nowOf(consoleContext, request));
  if (!filter) return toList(request, reply, request.query);
  return sendReplay(consoleContext, request, reply, {
    filter,
    typed: { set: '', rate: RATE_OFFERED, max: '' },
    faults: [],
  });
}

async function replay(consoleContext: ConsoleContext, request: Deed, reply: FastifyReply): Promise<FastifyReply> {
  const { account } = request.params;
  const filter = readMeant(request.body, await nowOf(consoleContext, request));
  if (!filter) return toList(request, reply, request.body);
  const typed = typedOf(request.body);
  const read = readCorrections(typed.set);
  const faults = [...wholeNumberFaults('The rate', typed.rate), ...wholeNumberFaults('The most', typed.max)];
  // Corrections may hold plaintext personal data, so they are sent in a form's body and never appear in an address.
  const isPreview = textOf(request.body['then']) !== 'replay';
  if (isPreview || !read.ok || faults.length > 0)
    return sendReplay(consoleContext, request, reply, { filter, typed, faults });
  const order = {
    filter,
    corrections: read.corrections,
    ...(typed.rate !== '' && { ratePerSecond: Number(typed.rate) }),
    ...(typed.max !== '' && { max: Number(typed.max) }),
  };
  return begin(reply, account, () =>
    ofAccount(consoleContext.accountConsoles, account).replay(order, request.user?.name ?? ''),
  );
}

async function previewDiscard(
  consoleContext: ConsoleContext,
  request: Look,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const filter = readMeant(request.query, await nowOf(consoleContext, request));
  if (!filter) return toList(request, reply, request.query);
  const props = await prepare(consoleContext, request, reply, { filter, corrections: [], faults: [] });
  return sendPage(reply, <DiscardPage {...props} because="" />);
}

async function discard(consoleContext: ConsoleContext, request: Deed, reply: FastifyReply): Promise<FastifyReply> {
  const { account } = request.params;
  const filter = readMeant(request.body, await nowOf(consoleContext, request));
  if (!filter) return toList(request, reply, request.body);
  const accountConsole = ofAccount(consoleContext.accountConsoles, account);
  const because = textOf(request.body['because']).slice(0, BECAUSE_MAX);
  const confirmed = textOf(request.body['confirm']).replaceAll(/[,.\s]/g, '');
  const count = await accountConsole.letters.count(filter);
  const faults: string[] = [];
  if (because === '') faults.push('Enter a reason for discarding the letters.');
  if (confirmed !== textOf(request.body['count'])) faults.push('The count typed is not the count shown.');
  else if (count > Number(confirmed)) faults.push(`There are ${count} letters now: look again, then type that count.`);
  if (faults.length > 0) {
    const props = await prepare(consoleContext, request, reply, { filter, corrections: [], faults });
    reply.code(422);
    return sendPage(reply, <DiscardPage {...props} because={because} />);
  }
  const order = { filter, corrections: [], because };
  return begin(reply, account, () => accountConsole.discard(order, request.user?.name ?? ''));
}

async function begin(reply: FastifyReply, account: string, work: () => Promise<void>): Promise<FastifyReply> {
  try {
    await work();
    return reply.redirect(operationsPath(account), 303);
  } catch (error) {
    if (error instanceof OperationRunningError) return reply.redirect(operationsPath(account, 'busy'), 303);
    throw error;
  }
}

/** As typed, to be shown again. */
interface Typed {
  readonly set: string;
  readonly rate: string;
  readonly max: string;
}

function typedOf(query: Query): Typed {
  return { set: textOf(query['set']), rate: textOf(query['rate']), max: textOf(query['max']) };
}

function wholeNumberFaults(what: string, text: string): string[] {
  const isFine = text === '' || (/^\d{1,9}$/.test(text) && Number(text) > 0);
  return isFine ? [] : [`${what} is a whole number above 0, or empty for no limit.`];
}

async function sendReplay(
  consoleContext: ConsoleContext,
  request: FastifyRequest<{ Params: AccountParams }>,
  reply: FastifyReply,
  { filter, typed, faults }: { filter: LetterFilter; typed: Typed; faults: readonly string[] },
): Promise<FastifyReply> {
  const read = readCorrections(typed.set);
  const all = [...faults, ...(read.ok ? [] : read.faults)];
  const corrections = read.ok ? read.corrections : [];
  const props = await prepare(consoleContext, request, reply, { filter, corrections, faults: all });
  const accountConsole = ofAccount(consoleContext.accountConsoles, request.params.account);
  reply.code(all.length > 0 ? 422 : 200);
  const example =
    corrections.length > 0 ? exampleOf(props.plan.samples, corrections, accountConsole.context()) : undefined;
  return sendPage(reply, <ReplayPage {...props} typed={typed} example={example} />);
}

/** What corrections change in the first letter that accepts them. */
function exampleOf(
  letters: readonly DeadLetter[],
  corrections: readonly Correction[],
  context: MappingContext,
): ReplayProps['example'] {
  for (const { event } of letters) {
    if (!event) continue;
    const edited = editEvent(event, corrections, context);
    if (edited.ok) return { name: event.clientDedupeId, rows: differences(event, edited.event) };
  }
  return undefined;
}

interface Meant {
  readonly filter: LetterFilter;
  readonly corrections: readonly Correction[];
  readonly faults: readonly string[];
}

async function prepare(
  consoleContext: ConsoleContext,
  request: FastifyRequest<{ Params: AccountParams }>,
  reply: FastifyReply,
  { filter, corrections, faults }: Meant,
): Promise<ChangeProps> {
  const { account } = request.params;
  const accountConsole = ofAccount(consoleContext.accountConsoles, account);
  const page = pageContextOf(request, reply, consoleContext);
  const [plan, running, causeWords] = await Promise.all([
    planReplay(accountConsole.letters, filter, {
      corrections,
      context: accountConsole.context(),
      wereDelivered: (ids) => wereDelivered(account, consoleContext.connection, ids),
      lookAtMost: LOOK_AT_MOST,
    }),
    accountConsole.running(),
    filter.causes ? accountConsole.letters.causeWords(filter.causes) : {},
  ]);
  return { page, account, filter, causeWords, plan, running, faults };
}

/** Back to the filtered list. */
function toList({ params }: { params: AccountParams }, reply: FastifyReply, meant: Query): FastifyReply {
  const query = new URLSearchParams({ notice: 'none-chosen' });
  for (const [name, value] of Object.entries(fieldsOf(meant))) {
    for (const one of [value ?? []].flat()) query.append(name, one);
  }
  return reply.redirect(`/accounts/${encodeURIComponent(params.account)}/letters?${query}`, 303);
}
