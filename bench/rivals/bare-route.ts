/**
 * Rival of the intake: a Fastify route that parses the same body, answers 202, and does nothing with it.
 */
import { fastify } from 'fastify';
import { serveTasks } from '../child.js';

const server = fastify();
server.post('/v1/events', async (_request, reply) => reply.code(202).send({ accepted: 1, rejected: [] }));
const address = await server.listen({ host: '127.0.0.1', port: 0 });
serveTasks({ address: async () => address });
