import { AegisError } from '@aegis/skill-sdk/errors';
import { WIRE_HEADER, WIRE_VERSION, wireStanding } from '@aegis/skill-sdk/wire/version';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import type { AppEnv } from './context.ts';

/**
 * Names our version on every answer, and refuses peers that do not get along with it: more than one minor older is
 * CLIENT_OUTDATED, a newer major REGISTRY_OUTDATED (design.md, Wire). Who sends none is a browser, or knows the risk.
 */
export function wire(own: string = WIRE_VERSION): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    c.header(WIRE_HEADER, own);
    const sent = c.req.header(WIRE_HEADER);
    if (sent !== undefined) requireFit(sent, own, c.req.header('user-agent') ?? '');
    await next();
  };
}

function requireFit(sent: string, own: string, userAgent: string): void {
  const standing = wireStanding(sent, own);
  if (standing === 'fits') return;
  if (standing === 'unreadable') {
    throw new AegisError('INVALID_REQUEST', {
      detail: `Aegis-Wire is “${sent.slice(0, 40)}”, wanted MAJOR.MINOR such as ${own}, or no such header.`,
    });
  }
  const found = `This client speaks wire version ${sent}, the registry ${own}.`;
  const meta = { wire: own };
  if (standing === 'newer') {
    throw new AegisError('REGISTRY_OUTDATED', {
      detail: `${found} Ask who runs the registry to upgrade it, or use the client that came with it.`,
      meta,
    });
  }
  const upgrade = userAgent.startsWith('aegis-agent/')
    ? 'Upgrade the cluster agent to the release of the registry, then start it again; what it enforces stays in force meanwhile.'
    : 'Upgrade it: npm install --global @aegis/skill-sdk@latest';
  throw new AegisError('CLIENT_OUTDATED', { detail: `${found} ${upgrade}`, meta });
}

type Document = ReturnType<OpenAPIHono['getOpenAPI31Document']>;

/** Says in the document, of every route below /api, that the version may be sent and what is answered to one that does not fit. */
export function describeWire(document: Document): Document {
  const version = { schema: { type: 'string' as const, examples: [WIRE_VERSION] } };
  const parameter = {
    name: 'Aegis-Wire',
    in: 'header' as const,
    required: false,
    description: 'Version of the wire that the client speaks, `MAJOR.MINOR`',
    ...version,
  };
  const refusal = {
    description:
      'CLIENT_OUTDATED or REGISTRY_OUTDATED: the versions of the wire do not fit; `detail` says who upgrades, and how',
    headers: { 'Aegis-Wire': { description: 'Version of the wire that the registry speaks', ...version } },
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
  const paths = Object.entries(document.paths ?? {}).map(([path, methods]) => [
    path,
    path.startsWith('/api/') && path !== '/api/health' ? withWire(methods as Record<string, Operation>) : methods,
  ]);
  return {
    ...document,
    paths: Object.fromEntries(paths),
    components: {
      ...document.components,
      parameters: { ...document.components?.parameters, AegisWire: parameter },
      responses: { ...document.components?.responses, WireRefused: refusal },
    },
  };
}

interface Operation {
  parameters?: unknown[];
  responses?: object;
}

function withWire(methods: Record<string, Operation>): Record<string, Operation> {
  return Object.fromEntries(
    Object.entries(methods).map(([method, operation]) => [
      method,
      {
        ...operation,
        parameters: [...(operation.parameters ?? []), { $ref: '#/components/parameters/AegisWire' }],
        responses: { ...operation.responses, 426: { $ref: '#/components/responses/WireRefused' } },
      },
    ]),
  );
}
