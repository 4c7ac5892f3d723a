import type { FieldError } from './errors.ts';

type Schema = Record<string, unknown>;

/** The keywords that `checkSchema` checks. Annotations (title, description, default, examples …) say nothing to check. */
const CHECKED = ['type', 'enum', 'const', 'required', 'properties', 'additionalProperties', 'items'];
const BOUNDS = ['minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems'];
const ANNOTATIONS = ['$schema', '$id', '$comment', 'title', 'description', 'default', 'examples', 'deprecated'];

/**
 * What is wrong with a value under a JSON Schema (2020-12); empty when nothing is. Checked are `type` (with `integer`,
 * `null` and lists of types), `enum`, `const`, `required`, `properties`, `additionalProperties`, `items`, and the
 * bounds `minimum`, `maximum`, `minLength`, `maxLength`, `minItems`, `maxItems`. Everything else (`$ref`, `anyOf`,
 * `oneOf`, `allOf`, `not`, `if`, `pattern`, `format`, `prefixItems` …) is not checked: `uncheckedKeywords` names it,
 * and the handler has to check it itself. Defaults are not filled in.
 */
export function checkSchema(schema: unknown, value: unknown, pointer = ''): FieldError[] {
  if (schema === false) return [{ pointer, detail: 'nothing is allowed here' }];
  if (!isObject(schema)) return [];
  const wrong = (detail: string): FieldError[] => [{ pointer, detail }];
  const types = typeof schema.type === 'string' ? [schema.type] : Array.isArray(schema.type) ? schema.type : [];
  if (types.length > 0 && !types.some((type) => hasType(value, type))) {
    return wrong(`must be ${types.join(' or ')}, found ${typeName(value)}`);
  }
  if (Array.isArray(schema.enum) && !schema.enum.some((allowed) => equal(allowed, value))) {
    return wrong(`must be one of ${schema.enum.map((allowed) => JSON.stringify(allowed)).join(', ')}`);
  }
  if ('const' in schema && !equal(schema.const, value)) return wrong(`must be ${JSON.stringify(schema.const)}`);
  if (typeof value === 'number') return bound(schema, 'minimum', 'maximum', value, 'be', wrong);
  if (typeof value === 'string')
    return bound(schema, 'minLength', 'maxLength', [...value].length, 'have length', wrong);
  if (Array.isArray(value)) {
    return [
      ...bound(schema, 'minItems', 'maxItems', value.length, 'have length', wrong),
      ...value.flatMap((item, index) => checkSchema(schema.items, item, `${pointer}/${index}`)),
    ];
  }
  return isObject(value) ? checkProperties(schema, value, pointer) : [];
}

/** JSON pointers to the keywords in a schema that `checkSchema` leaves unchecked. */
export function uncheckedKeywords(schema: unknown, pointer = ''): string[] {
  if (!isObject(schema)) return [];
  const properties = isObject(schema.properties) ? Object.entries(schema.properties) : [];
  return [
    ...Object.keys(schema)
      .filter((key) => ![...CHECKED, ...BOUNDS, ...ANNOTATIONS].includes(key))
      .map((key) => `${pointer}/${escapePointer(key)}`),
    ...properties.flatMap(([name, inner]) => uncheckedKeywords(inner, `${pointer}/properties/${escapePointer(name)}`)),
    ...uncheckedKeywords(schema.items, `${pointer}/items`),
    ...uncheckedKeywords(schema.additionalProperties, `${pointer}/additionalProperties`),
  ];
}

/** One reference token of an RFC 6901 JSON pointer. */
export function escapePointer(token: string): string {
  return token.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** The JSON type of a value, for messages; NaN and the infinities are no JSON numbers. */
export function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : typeof value;
}

/** Whether a value is an object in the sense of JSON: no array and not null. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeName(value) === 'object';
}

function checkProperties(schema: Schema, value: Record<string, unknown>, pointer: string): FieldError[] {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? schema.required : [];
  const missing = required.filter((name) => !Object.hasOwn(value, name) || value[name] === undefined);
  return [
    ...missing.map((name) => ({ pointer: `${pointer}/${escapePointer(name)}`, detail: 'is required' })),
    ...Object.entries(value).flatMap(([name, item]) => {
      const at = `${pointer}/${escapePointer(name)}`;
      if (item === undefined) return [];
      if (Object.hasOwn(properties, name)) return checkSchema(properties[name], item, at);
      if (schema.additionalProperties !== false) return checkSchema(schema.additionalProperties, item, at);
      return [{ pointer: at, detail: `is unknown; known are ${Object.keys(properties).join(', ') || 'none'}` }];
    }),
  ];
}

function bound(
  schema: Schema,
  minimum: string,
  maximum: string,
  found: number,
  verb: string,
  wrong: (detail: string) => FieldError[],
): FieldError[] {
  const [least, most] = [schema[minimum], schema[maximum]];
  if (typeof least === 'number' && found < least) return wrong(`must ${verb} ${least} or more, found ${found}`);
  if (typeof most === 'number' && found > most) return wrong(`must ${verb} ${most} or less, found ${found}`);
  return [];
}

function hasType(value: unknown, type: unknown): boolean {
  return type === 'integer' ? Number.isInteger(value) : typeName(value) === type;
}

function equal(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, at) => equal(item, b[at]));
  if (!isObject(a) || !isObject(b)) return a === b;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key]));
}
