import { asMapping, type FieldPath, type ShapeError, show } from './field-errors.ts';
import { MANIFEST_DEPTH_MAX } from './limits.ts';
import { entryErrors } from './network.ts';

/**
 * What no single field of a manifest can tell: names that are there twice, things that exclude each other, values that
 * do not fit their type. Takes the raw value and skips what has the wrong type, so that it reports beside the shape's
 * own errors and not after them.
 */
export function crossErrors(value: unknown): ShapeError[] {
  const manifest = asMapping(value);
  const permissions = asMapping(manifest.permissions);
  return [
    ...under(['permissions', 'network'], entryErrors(permissions.network)),
    ...environmentErrors(asMapping(permissions.environment)),
    ...toolErrors(list(manifest.tools)),
  ];
}

function environmentErrors(environment: Record<string, unknown>): ShapeError[] {
  const required = new Set(list(environment.required));
  return list(environment.optional).flatMap((name, index) =>
    required.has(name)
      ? [
          {
            path: ['permissions', 'environment', 'optional', index],
            at: 'value',
            detail: `${show(name)} is required and optional at once`,
            fix: 'Keep one of them.',
          },
        ]
      : [],
  );
}

function toolErrors(tools: readonly unknown[]): ShapeError[] {
  return [
    ...repeated(tools, (index) => ['tools', index, 'name']),
    ...tools.flatMap((tool, index) => under(['tools', index], singleToolErrors(asMapping(tool)))),
  ];
}

function singleToolErrors(tool: Record<string, unknown>): ShapeError[] {
  const parameters = list(tool.parameters);
  const errors = [
    ...repeated(parameters, (index) => ['parameters', index, 'name']),
    ...parameters.flatMap((parameter, index) => defaultErrors(asMapping(parameter), ['parameters', index, 'default'])),
  ];
  if (tool.inputSchema === undefined) return errors;
  if (tool.parameters !== undefined) {
    const detail = '"parameters" and "inputSchema" exclude each other';
    errors.push({ path: ['inputSchema'], at: 'key', detail, fix: 'Keep one of them.' });
  }
  return [...errors, ...schemaErrors(tool.inputSchema)];
}

/** Names that are there twice; `pathOf` says where the name of an item stands. */
function repeated(items: readonly unknown[], pathOf: (index: number) => FieldPath): ShapeError[] {
  const seen = new Set<unknown>();
  return items.flatMap((item, index) => {
    const { name } = asMapping(item);
    if (typeof name !== 'string' || !seen.has(name)) {
      seen.add(name);
      return [];
    }
    return [
      { path: pathOf(index), at: 'value', detail: `The name ${show(name)} is there twice`, fix: 'Rename one of them.' },
    ];
  });
}

function defaultErrors(parameter: Record<string, unknown>, path: FieldPath): ShapeError[] {
  const { type, default: value } = parameter;
  if (value === undefined) return [];
  const errors = jsonErrors(value, path);
  if (errors.length > 0 || typeof type !== 'string' || typeOf(value) === type) return errors;
  return [
    {
      path,
      at: 'value',
      detail: `Found ${show(value)}; the parameter has the type ${type}`,
      fix: `Write a value of type ${type}.`,
    },
  ];
}

/** MCP wants an object; a reference that leaves the schema would have to be fetched. */
function schemaErrors(schema: unknown): ShapeError[] {
  const errors = jsonErrors(schema, ['inputSchema']);
  if (errors.length > 0) return errors;
  const { type } = asMapping(schema);
  if (type !== 'object') {
    const detail = `Found the type ${show(type)}; the input of a tool is an object`;
    errors.push({ path: ['inputSchema', 'type'], at: 'value', detail, fix: 'Write type: object.' });
  }
  return [...errors, ...referenceErrors(schema, ['inputSchema'])];
}

function referenceErrors(schema: unknown, path: FieldPath): ShapeError[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, item]) => {
    const inside = [...path, Array.isArray(schema) ? Number(key) : key];
    if (key !== '$ref' || typeof item !== 'string' || item.startsWith('#')) return referenceErrors(item, inside);
    const detail = `The reference ${show(item)} leads out of the schema`;
    return [{ path: inside, at: 'value', detail, fix: 'Put the definition under $defs and write #/$defs/….' }];
  });
}

/**
 * What makes a value no JSON, or JSON that two programs read differently: numbers without a value or beyond 2^53,
 * broken Unicode, the key `__proto__`, and nesting beyond MANIFEST_DEPTH_MAX, which ends the search.
 */
function jsonErrors(value: unknown, path: FieldPath): ShapeError[] {
  const error = (detail: string, fix: string): ShapeError[] => [{ path, at: 'value', detail, fix }];
  if (path.length > MANIFEST_DEPTH_MAX) return error(`Nested deeper than ${MANIFEST_DEPTH_MAX} levels`, 'Flatten it.');
  if (typeof value === 'string') {
    return !LONE_SURROGATE.test(value) ? [] : error('The text is not valid Unicode', 'Remove the lone surrogate.');
  }
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return error(`${value} is no JSON number`, 'Write a number.');
    const isExact = !Number.isInteger(value) || Number.isSafeInteger(value);
    return isExact ? [] : error('The number is beyond 2^53 and would be rounded', 'Write it in quotes.');
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const inside = [...path, Array.isArray(value) ? Number(key) : key];
    if (key !== '__proto__' && !LONE_SURROGATE.test(key)) return jsonErrors(item, inside);
    return [{ path: inside, at: 'key', detail: `The key ${show(key)} is not allowed`, fix: 'Rename it.' }];
  });
}

const LONE_SURROGATE = /\p{Cs}/u;

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return value === null ? 'null' : typeof value;
}

const under = (prefix: FieldPath, errors: readonly ShapeError[]): ShapeError[] =>
  errors.map((error) => ({ ...error, path: [...prefix, ...error.path] }));

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
