import { AegisError, type FieldError } from './errors.ts';
import { checkSchema, escapePointer, isObject, typeName } from './json-schema.ts';
import type { ParameterType, ToolContext, ToolDefinition, ToolHandler, ToolParameter } from './types.ts';

/**
 * Returns the definition as it is, typed so narrowly that `createToolHandler` can infer the parameters from it (A38).
 * @example export const greet = defineTool({ name: 'greet', …, parameters: [{ name: 'who', type: 'string', … }] });
 */
export function defineTool<const Tool extends ToolDefinition>(config: Tool): Tool {
  return config;
}

/**
 * Makes a handler (A39). Given only a function, it types it. Given a tool and a function, the parameters are typed from
 * the tool's definition, and at run time the input is checked against it first (see `checkInput`), defaults filled in.
 * @example export default createToolHandler(greet, async ({ who }) => ({ text: `Hello ${who}` }));
 * @throws AegisError VALIDATION_FAILED from the handler, naming each field that is wrong
 */
export function createToolHandler<T, R>(handler: (params: T, context: ToolContext) => Promise<R>): ToolHandler<T, R>;
export function createToolHandler<const Tool extends ToolDefinition, R extends ResultOf<Tool>>(
  tool: Tool,
  handler: (params: ParamsOf<Tool>, context: ToolContext) => Promise<R>,
): ToolHandler<InputOf<Tool>, R>;
export function createToolHandler(
  first: ToolDefinition | ToolHandler<never>,
  second?: (params: never, context: ToolContext) => Promise<unknown>,
): ToolHandler<never> {
  if (typeof first === 'function') return first;
  if (second === undefined)
    throw new AegisError('USAGE', { detail: `createToolHandler(${first.name}) needs a function` });
  return async (input: unknown, context) => second(checkInput(first, input) as never, context);
}

/**
 * The input as a handler gets it: checked against the tool's parameters or `inputSchema`, a copy at the top level, with
 * the defaults of `parameters` filled in. Unknown parameters are refused; nothing is converted ("1" is no number).
 * What of an `inputSchema` is not checked stands at `checkSchema`.
 * @throws AegisError VALIDATION_FAILED with one entry in `errors` for each field that is wrong
 */
export function checkInput<const Tool extends ToolDefinition>(tool: Tool, input: unknown): ParamsOf<Tool> {
  const { params, errors } = tool.inputSchema
    ? { params: input, errors: checkSchema(tool.inputSchema, input) }
    : checkParameters(tool.parameters ?? [], input);
  if (errors.length === 0 && !isObject(params)) errors.push({ pointer: '', detail: 'must be an object' });
  if (errors.length > 0) {
    const list = errors.map(({ pointer, detail }) => `${pointer.slice(1) || 'the input'} ${detail}`).join('; ');
    throw new AegisError('VALIDATION_FAILED', { detail: `${tool.name}: ${list}`, errors });
  }
  return { ...(params as object) } as ParamsOf<Tool>;
}

function checkParameters(parameters: readonly ToolParameter[], input: unknown) {
  const errors: FieldError[] = [];
  const params: Record<string, unknown> = {};
  if (!isObject(input)) {
    errors.push({ pointer: '', detail: `must be an object, found ${typeName(input)}` });
    return { params, errors };
  }
  for (const { name, type, required, default: fallback } of parameters) {
    const given = Object.hasOwn(input, name) ? input[name] : undefined;
    const pointer = `/${escapePointer(name)}`;
    if (given === undefined) {
      if (fallback !== undefined) params[name] = structuredClone(fallback);
      else if (required) errors.push({ pointer, detail: 'is required' });
    } else if (typeName(given) !== type) errors.push({ pointer, detail: `must be ${type}, found ${typeName(given)}` });
    else params[name] = given;
  }
  const known = parameters.map(({ name }) => name);
  for (const name of Object.keys(input)) {
    if (known.includes(name)) continue;
    errors.push({ pointer: `/${escapePointer(name)}`, detail: `is unknown; known are ${known.join(', ') || 'none'}` });
  }
  return { params, errors };
}

/** The TypeScript type of a parameter type. */
export type ValueOf<Type extends ParameterType> = {
  string: string;
  number: number;
  boolean: boolean;
  object: Record<string, unknown>;
  array: unknown[];
}[Type];

/** What the handler of a tool gets: required parameters and those with a default are there, the others may be missing. */
export type ParamsOf<Tool extends ToolDefinition> = Shape<Tool, { required: true } | { default: unknown }>;

/** What a caller of the tool sends: only required parameters without a default have to be there. */
export type InputOf<Tool extends ToolDefinition> = Shape<Tool, { required: true; default?: never }>;

/** What a handler may return under the tool's `returns.type`. */
export type ResultOf<Tool extends ToolDefinition> = {
  string: string;
  number: number;
  boolean: boolean;
  object: object;
  array: readonly unknown[];
}[Tool['returns']['type']];

type Shape<Tool extends ToolDefinition, Present> = Tool extends { parameters: infer P extends readonly ToolParameter[] }
  ? ToolParameter extends P[number]
    ? Record<string, unknown>
    : Flat<
        { [Q in P[number] as Q extends Present ? Q['name'] : never]: ValueOf<Q['type']> } & {
          [Q in P[number] as Q extends Present ? never : Q['name']]?: ValueOf<Q['type']>;
        }
      >
  : Tool extends { inputSchema: infer S extends Record<string, unknown> }
    ? SchemaValue<S>
    : Record<string, unknown>;

/** The type that a JSON Schema describes, as far as `checkSchema` checks it; unknown where it cannot tell. */
type SchemaValue<S> = S extends { enum: infer E extends readonly unknown[] }
  ? E[number]
  : S extends { const: infer C }
    ? C
    : S extends { type: 'object'; properties: infer P extends Record<string, unknown> }
      ? Flat<
          { [K in keyof P & RequiredOf<S>]: SchemaValue<P[K]> } & {
            -readonly [K in Exclude<keyof P, RequiredOf<S>>]?: SchemaValue<P[K]>;
          }
        >
      : S extends { type: 'array'; items: infer I }
        ? SchemaValue<I>[]
        : S extends { type: (infer T extends keyof SchemaTypes) | readonly (infer T extends keyof SchemaTypes)[] }
          ? SchemaTypes[T]
          : unknown;

type SchemaTypes = { [Type in ParameterType]: ValueOf<Type> } & { integer: number; null: null };
type RequiredOf<S> = S extends { required: readonly (infer K)[] } ? K : never;
type Flat<T> = { -readonly [K in keyof T]: T[K] };
