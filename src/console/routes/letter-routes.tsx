/** Shows and edits one dead letter. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { editLetter } from '../../dead-letters/edit-letter.js';
import { type DeadLetter, faultsOf } from '../../dead-letters/letter.js';
import { checkEvent } from '../../dead-letters/operations/edit.js';
import type { ConversionEvent } from '../../mapping/event.js';
import { Refusal } from '../access.js';
import type { ConsoleContext } from '../console-context.js';
import { differences } from '../diff.js';
import { readEventText, versionOf } from '../event-text.js';
import { type Query, textOf } from '../filter-query.js';
import { pageContextOf } from '../page-context.js';
import { sendPage } from '../render.js';
import { EditPage, type EditProps } from '../views/edit.js';
import { GonePage, LetterPage } from '../views/letter.js';
import { previewOf } from '../wire-preview.js';
import { type AccountItemParams, ofAccount } from './account-of.js';

const NOTICES: Readonly<Record<string, string>> = { saved: 'Saved. The event as it first came is kept beside it.' };
const HOUR_MS = 3_600_000;
const PATH = '/accounts/:account/letters/:id';

type Request = FastifyRequest<{ Params: AccountItemParams }>;

export function addLetterRoutes(server: FastifyInstance, consoleContext: ConsoleContext): void {
  server.get<{ Params: AccountItemParams; Querystring: Query }>(PATH, async (request, reply) => {
    const { account, id } = request.params;
    const accountConsole = ofAccount(consoleContext.accountConsoles, account);
    const letter = await accountConsole.letters.get(id);
    if (!letter) return sendGone(consoleContext, request, reply);
    const page = pageContextOf(request, reply, consoleContext);
    const oldestMs = page.nowMs - accountConsole.context().maxEventAgeHours * HOUR_MS;
    return sendPage(
      reply,
      <LetterPage
        page={page}
        account={account}
        letter={letter}
        wire={
          isSound(letter)
            ? previewOf(letter.event, consoleContext.wireOf(account), consoleContext.dataSetOf?.(account))
            : undefined
        }
        isPastAgeLimit={letter.event !== null && Date.parse(letter.event.timestamp) < oldestMs}
        notice={NOTICES[textOf(request.query['notice'])]}
      />,
    );
  });

  server.get<{ Params: AccountItemParams }>(
    `${PATH}/edit`,
    { config: { access: 'operator' } },
    async (request, reply) => {
      const { account, id } = request.params;
      const letter = await ofAccount(consoleContext.accountConsoles, account).letters.get(id);
      if (!letter) return sendGone(consoleContext, request, reply);
      const event = eventOf(letter);
      const text = JSON.stringify(event, null, 2);
      return sendEdit(consoleContext, request, reply, { letter, text, version: versionOf(event), issues: [] });
    },
  );

  server.post<{ Params: AccountItemParams; Body: Query }>(`${PATH}/edit`, (request, reply) =>
    edit(consoleContext, request, reply),
  );
}

async function edit(
  consoleContext: ConsoleContext,
  request: FastifyRequest<{ Params: AccountItemParams; Body: Query }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { account, id } = request.params;
  const accountConsole = ofAccount(consoleContext.accountConsoles, account);
  const letter = await accountConsole.letters.get(id);
  if (!letter) return sendGone(consoleContext, request, reply);
  const event = eventOf(letter);
  const text = typeof request.body['event'] === 'string' ? request.body['event'] : '';
  const version = textOf(request.body['version']);
  const again = { letter, text, version };
  const read = readEventText(text);
  if (!read.ok) return sendEdit(consoleContext, request, reply, { ...again, issues: read.issues });
  const then = textOf(request.body['then']);
  if (then === 'check') {
    const checked = checkEvent(read.draft, accountConsole.context());
    if (!checked.ok) return sendEdit(consoleContext, request, reply, { ...again, issues: checked.issues });
    return sendEdit(consoleContext, request, reply, {
      ...again,
      issues: [],
      checked: differences(event, checked.event),
    });
  }
  if (version !== versionOf(event)) {
    const message = 'was edited by somebody else meanwhile: open it anew, or save once more to write over that';
    return sendEdit(consoleContext, request, reply, {
      ...again,
      version: versionOf(event),
      issues: [{ path: '', message }],
    });
  }
  const actor = { by: request.user?.name ?? '', via: 'console', context: accountConsole.context() } as const;
  const result = await editLetter(accountConsole.access, id, read.draft, actor);
  if (result.kind === 'gone') return sendGone(consoleContext, request, reply);
  if (result.kind === 'refused') return sendEdit(consoleContext, request, reply, { ...again, issues: result.issues });
  const query = `?id=${encodeURIComponent(id)}`;
  if (then === 'replay') return reply.redirect(`/accounts/${account}/replay${query}`, 303);
  return reply.redirect(`/accounts/${account}/letters/${encodeURIComponent(id)}?notice=saved`, 303);
}

function sendEdit(
  consoleContext: ConsoleContext,
  request: Request,
  reply: FastifyReply,
  props: Omit<EditProps, 'page' | 'account'>,
): FastifyReply {
  reply.code(props.issues.length > 0 ? 422 : 200);
  const page = pageContextOf(request, reply, consoleContext);
  return sendPage(reply, <EditPage page={page} account={request.params.account} {...props} />);
}

function sendGone(consoleContext: ConsoleContext, request: Request, reply: FastifyReply): FastifyReply {
  const { account, id } = request.params;
  // A polling page must show that the letter is gone, but htmx ignores answers with 404.
  reply.code(request.headers['hx-request'] === undefined ? 404 : 200);
  return sendPage(reply, <GonePage page={pageContextOf(request, reply, consoleContext)} account={account} id={id} />);
}

/** An invalid event has no request body to show. */
function isSound(letter: DeadLetter): letter is DeadLetter & { event: ConversionEvent } {
  return letter.event !== null && faultsOf(letter.event).length === 0;
}

function eventOf({ event }: DeadLetter): ConversionEvent {
  if (!event) throw new Refusal(409, 'This letter could not be read as an event: there is nothing to edit.');
  return event;
}
