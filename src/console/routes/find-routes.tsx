/** Finds an order or event by its id and shows its state. */
import type { FastifyInstance } from 'fastify';
import { findEvent } from '../../find/finder.js';
import type { ConsoleContext } from '../console-context.js';
import { type Query, textOf } from '../filter-query.js';
import { pageContextOf } from '../page-context.js';
import { sendPage } from '../render.js';
import { FIND_ID_LENGTH, FindPage } from '../views/find.js';

export function addFindRoutes(server: FastifyInstance, consoleContext: ConsoleContext): void {
  server.get<{ Querystring: Query }>('/find', async (request, reply) => {
    const id = textOf(request.query['id']).trim().slice(0, FIND_ID_LENGTH);
    const accounts = consoleContext.accounts();
    const found = id === '' ? undefined : await findEvent(consoleContext.connection, id, { accounts });
    const page = pageContextOf(request, reply, consoleContext);
    return sendPage(reply, <FindPage page={page} id={id} found={found} />);
  });
}
