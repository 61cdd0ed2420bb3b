/** Finds an order or event by its id and shows its state. */
import type { FastifyInstance } from 'fastify';
import { findEvent } from '../../find/finder.js';
import type { ConsoleRooms } from '../console-rooms.js';
import { type Query, textOf } from '../filter-query.js';
import { pageContextOf } from '../page-context.js';
import { sendPage } from '../render.js';
import { FIND_ID_LENGTH, FindPage } from '../views/find.js';

export function addFindRoutes(server: FastifyInstance, rooms: ConsoleRooms): void {
  server.get<{ Querystring: Query }>('/find', async (request, reply) => {
    const id = textOf(request.query['id']).trim().slice(0, FIND_ID_LENGTH);
    const accounts = rooms.accounts();
    const found = id === '' ? undefined : await findEvent(rooms.connection, id, { accounts });
    const page = pageContextOf(request, reply, rooms);
    return sendPage(reply, <FindPage page={page} id={id} found={found} />);
  });
}
