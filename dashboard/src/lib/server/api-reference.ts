import { z } from 'zod';

/** One value that a route takes or answers. */
export interface ApiField {
  /** As it is spelled: `errors[].pointer`. Empty for a body that is one value. */
  name: string;
  required: boolean;
  /** In words: `integer, 1 to 200`. */
  type: string;
  /** The named shape that it has, if any. */
  shape: string | null;
  note: string;
}

export interface ApiRoute {
  /** Names the route in a link: `get-api-skills-private-id`. */
  id: string;
  method: string;
  path: string;
  /** What happens when it succeeds. */
  does: string;
  /** True when it needs no credential. */
  open: boolean;
  parameters: (ApiField & { place: string })[];
  body: { type: string; fields: ApiField[] } | null;
  answers: { status: string; means: string; fields: ApiField[] }[];
}

export interface ApiReference {
  version: string;
  groups: { name: string; routes: ApiRoute[] }[];
  shapes: { name: string; fields: ApiField[] }[];
}

const Schema = z.object({
  $ref: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  format: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  maxLength: z.number().optional(),
  maxItems: z.number().optional(),
  default: z.unknown().optional(),
  description: z.string().optional(),
  required: z.array(z.string()).optional(),
  get properties() {
    return z.record(z.string(), Schema).optional();
  },
  get items() {
    return Schema.optional();
  },
  get oneOf() {
    return z.array(Schema).optional();
  },
});
type Schema = z.infer<typeof Schema>;

const Content = z.record(z.string(), z.object({ schema: Schema.optional() }));
/** What every route shares, the version of the wire, is named once in the document; a page would repeat it a hundred times. */
const Shared = z.object({ $ref: z.string() });
const Parameter = z.object({ name: z.string(), in: z.string(), required: z.boolean().default(false), schema: Schema });
const Answer = z.object({ description: z.string(), content: Content.default({}) });
const Operation = z.object({
  security: z.array(z.unknown()).default([]),
  parameters: z
    .array(z.union([Shared, Parameter]))
    .default([])
    .transform((all) => all.flatMap((each) => ('$ref' in each ? [] : [each]))),
  requestBody: z.object({ content: Content }).optional(),
  responses: z
    .record(z.string(), z.union([Shared, Answer]))
    .transform((all) => Object.entries(all).flatMap(([status, each]) => ('$ref' in each ? [] : [{ status, ...each }]))),
});
const Document = z.object({
  info: z.object({ version: z.string() }),
  paths: z.record(z.string(), z.record(z.string(), Operation)),
  components: z.object({ schemas: z.record(z.string(), Schema) }),
});

/** Nouns that would be a group of one route. */
const ONE_ROUTE = new Set(['.well-known', 'health', 'me', 'setup', 'auth']);

/** The registry's OpenAPI document as a page shows it. Throws ZodError when it is not one of ours. */
export function readApiReference(document: unknown): ApiReference {
  const { info, paths, components } = Document.parse(document);
  const groups = new Map<string, ApiRoute[]>();
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const name = groupOf(path);
      groups.set(name, [...(groups.get(name) ?? []), routeOf(method, path, operation)]);
    }
  }
  return {
    version: info.version,
    groups: sortedByName([...groups].map(([name, routes]) => ({ name, routes }))),
    shapes: sortedByName(
      Object.entries(components.schemas).map(([name, schema]) => ({ name, fields: fieldsOf(schema) })),
    ),
  };
}

/** The routes whose method, path or meaning has every typed word; groups without one are left out. */
export function findRoutes(groups: ApiReference['groups'], typed: string): ApiReference['groups'] {
  const words = typed.toLowerCase().split(/\s+/);
  return groups
    .map(({ name, routes }) => ({ name, routes: routes.filter((route) => words.every((word) => isIn(route, word))) }))
    .filter(({ routes }) => routes.length > 0);
}

function isIn({ method, path, does }: ApiRoute, word: string): boolean {
  return `${method} ${path} ${does}`.toLowerCase().includes(word);
}

/** What a path is about: the noun after `/api`, after the tenant, or after `admin`, which is the platform's. */
function groupOf(path: string): string {
  const [first = '', second = first, third] = path.split('/').filter((part) => !/^(|api|\{.*)$/.test(part));
  if (first === 'admin') return `Platform: ${second}`;
  const noun = first === 'tenants' ? (third === 'skills' ? 'installs' : second) : first;
  return ONE_ROUTE.has(noun) ? 'The registry' : `${noun.slice(0, 1).toUpperCase()}${noun.slice(1)}`;
}

function sortedByName<T extends { name: string }>(entries: T[]): T[] {
  return entries.sort((left, right) => (left.name < right.name ? -1 : 1));
}

function routeOf(method: string, path: string, operation: z.infer<typeof Operation>): ApiRoute {
  const answers = operation.responses.map(({ status, description, content }) => ({
    status: status === 'default' ? 'else' : status,
    means: description.replaceAll('`', ''),
    fields: Object.values(content).flatMap(({ schema }) => (schema === undefined ? [] : fieldsOf(schema))),
  }));
  const [sent] = Object.entries(operation.requestBody?.content ?? {});
  return {
    id: `${method}${path.replaceAll(/[^a-zA-Z0-9]+/g, '-')}`.replace(/-$/, ''),
    method: method.toUpperCase(),
    path,
    does: (answers.find(({ status }) => status === '201') ?? answers[0])?.means ?? '',
    open: operation.security.length === 0,
    parameters: operation.parameters.map((parameter) => ({
      ...fieldOf(parameter.name, parameter.schema, parameter.required),
      place: parameter.in,
    })),
    body: sent === undefined ? null : { type: sent[0], fields: sent[1].schema ? fieldsOf(sent[1].schema) : [] },
    answers,
  };
}

/** The fields of an object, also of objects inside it; anything else is one field without a name. */
function fieldsOf(schema: Schema, prefix = ''): ApiField[] {
  if (schema.properties === undefined) return [fieldOf(prefix, schema, true)];
  return Object.entries(schema.properties).flatMap(([key, inner]) => {
    const name = prefix === '' ? key : `${prefix}.${key}`;
    const field = fieldOf(name, inner, schema.required?.includes(key) ?? false);
    if (inner.properties !== undefined) return [field, ...fieldsOf(inner, name)];
    return inner.items?.properties === undefined ? [field] : [field, ...fieldsOf(inner.items, `${name}[]`)];
  });
}

function fieldOf(name: string, schema: Schema, required: boolean): ApiField {
  const target = schema.$ref ?? schema.items?.$ref;
  const shape = target === undefined ? null : nameOf(target);
  return { name, required, type: typeOf(schema), shape, note: schema.description ?? '' };
}

function nameOf(reference: string): string {
  return reference.slice(reference.lastIndexOf('/') + 1);
}

function typeOf(schema: Schema): string {
  if (schema.$ref !== undefined) return nameOf(schema.$ref);
  if (schema.oneOf !== undefined) return schema.oneOf.map(typeOf).join(' or ');
  if (schema.enum !== undefined) return `one of ${schema.enum.join(' · ')}`;
  const types = [schema.type ?? []].flat();
  const isNullable = types.includes('null');
  const [type = 'any value'] = types.filter((name) => name !== 'null');
  const item = schema.items === undefined ? 'any value' : typeOf(schema.items);
  const words = type === 'array' ? `list of ${item}` : (schema.format ?? type);
  return [words, ...boundsOf(schema), ...(isNullable ? ['or null'] : [])].join(', ');
}

function boundsOf({ minimum, maximum, maxLength, maxItems, default: standard }: Schema): string[] {
  const bounds: string[] = [];
  if (minimum !== undefined && maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER)
    bounds.push(`${minimum} to ${maximum}`);
  if (maxLength !== undefined) bounds.push(`at most ${maxLength} characters`);
  if (maxItems !== undefined) bounds.push(`at most ${maxItems}`);
  if (standard !== undefined) bounds.push(`default ${JSON.stringify(standard)}`);
  return bounds;
}
