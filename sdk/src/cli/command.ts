import { type ParseArgsConfig, parseArgs } from 'node:util';
import { AegisError } from '../errors.ts';
import type { Io } from './io.ts';
import { columns, type Paint, type ProgressLine, paintFor, progressLine } from './terminal.ts';

export interface Option {
  type: 'string' | 'boolean';
  short?: string;
  multiple?: boolean;
  /** What stands for the value in the help: `--dir DIR`. */
  value?: string;
  text: string;
}
type Options = Readonly<Record<string, Option>>;
export type Values<T extends Options> = {
  [K in keyof T]?: T[K] extends { type: 'boolean' } ? boolean : T[K] extends { multiple: true } ? string[] : string;
};

/** What a command gets to work with. */
export interface Run<T extends Options = Options> {
  io: Io;
  values: Values<T>;
  /** Arguments that are no options. */
  rest: string[];
  /** True with `--json`: standard output holds JSON only. */
  json: boolean;
  paint: Paint;
  /** A line for people on standard output; nothing with `--json`. */
  print(line?: string): void;
  /** A line for people on standard error, also with `--json`. */
  warn(line: string): void;
  /** The result with `--json`, as one line; nothing without. */
  result(value: unknown): void;
  progress(): ProgressLine;
}

export interface CommandSpec<T extends Options> {
  /** Without the program: `build [DIR]`. */
  usage: string;
  summary: string;
  /** What a person should know beyond the summary. */
  about?: string;
  /** How many arguments beside the options. */
  arguments: { min: number; max: number };
  options: T;
  /** Command line, and what it does. */
  examples: readonly (readonly [string, string])[];
  /** What this command means by a code, beside those that every command of its kind can give. */
  exitCodes?: readonly (readonly [number, string])[];
  run(run: Run<T>): Promise<number>;
}

/** What the help and the reference say of a command. */
export interface CommandWords {
  /** Without the program: `build [DIR]`. */
  usage: string;
  summary: string;
  about: string | null;
  /** `-f, --force` or `    --dir DIR`, and what it does. */
  options: readonly (readonly [string, string])[];
  examples: readonly (readonly [string, string])[];
  /** Every exit code that it can give, in order. */
  exits: readonly (readonly [number, string])[];
}

export interface Command {
  words: CommandWords;
  help(paint: Paint): string;
  /** Reads the arguments and runs. Throws USAGE when they are wrong. */
  start(args: readonly string[], io: Io): Promise<number>;
}

const COMMON = {
  json: { type: 'boolean', text: 'Write JSON for programs' },
  help: { type: 'boolean', short: 'h', text: 'Show this help' },
} as const satisfies Options;

export const EXIT_CODES: readonly (readonly [number, string])[] = [
  [0, 'done, and nothing is wrong'],
  [1, 'problems were found, or the registry refused'],
  [2, 'wrong arguments, or a path that does not exist'],
  [3, 'the registry cannot be reached or is not ready'],
  [4, 'not signed in'],
  [70, 'a bug in aegis'],
  [130, 'interrupted'],
];

/** Of commands that ask no registry. */
const LOCAL_EXIT_CODES = EXIT_CODES.filter(([code]) => code !== 3 && code !== 4).map(
  ([code, text]) => [code, code === 1 ? 'problems were found' : text] as const,
);

/** Makes a command from its description: parsing, help and output are the same for all. */
export function defineCommand<const T extends Options>(spec: CommandSpec<T>): Command {
  const words = wordsOf(spec);
  return {
    words,
    help: (paint) => helpOf(words, paint),
    start(args, io) {
      const options = { ...spec.options, ...COMMON };
      const { values, positionals } = parse(args, options, spec.usage);
      if (values.help === true) {
        io.stdout(helpOf(words, paintFor(io, 'stdout')));
        return Promise.resolve(0);
      }
      const { min, max } = spec.arguments;
      if (positionals.length < min || positionals.length > max) {
        const found = positionals.length === 0 ? 'none' : positionals.join(' ');
        throw new AegisError('USAGE', { detail: `Found these arguments: ${found}. Wanted: aegis ${spec.usage}` });
      }
      const json = values.json === true;
      return spec.run({
        io,
        values: values as Values<T>,
        rest: positionals,
        json,
        paint: paintFor(io, 'stdout'),
        print: (line = '') => json || io.stdout(`${line}\n`),
        warn: (line) => io.stderr(`${line}\n`),
        result: (value) => json && io.stdout(`${JSON.stringify(value)}\n`),
        progress: () => progressLine(io, json),
      });
    },
  };
}

function parse(args: readonly string[], options: Options, usage: string) {
  const config = Object.fromEntries(
    Object.entries(options).map(([name, { type, short, multiple }]) => [
      name,
      { type, ...(short === undefined ? {} : { short }), ...(multiple === undefined ? {} : { multiple }) },
    ]),
  ) satisfies ParseArgsConfig['options'];
  try {
    return parseArgs({ args: [...args], options: config, allowPositionals: true, strict: true });
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const unknown = /'(--?[^' ]+)/.exec(text)?.[1]?.replace(/^-+/, '');
    // An option that is known lacks its value, or was given one that it does not take.
    const isKnown = unknown !== undefined && Object.hasOwn(options, unknown);
    const near = unknown === undefined || isKnown ? null : nearest(unknown, Object.keys(options));
    const hint = near === null ? '' : ` Did you mean --${near}?`;
    throw new AegisError('USAGE', {
      detail: `${text.split('. To specify')[0]}.${hint} Wanted: aegis ${usage}. See: aegis ${usage.split(' ')[0]} --help`,
    });
  }
}

function wordsOf(spec: CommandSpec<Options>): CommandWords {
  const { usage, summary, about = null, examples } = spec;
  const all: Options = { ...spec.options, ...COMMON };
  const options = Object.entries(all).map(([name, option]): [string, string] => {
    const short = option.short === undefined ? '    ' : `-${option.short}, `;
    return [`${short}--${name}${option.type === 'string' ? ` ${option.value ?? 'TEXT'}` : ''}`, option.text];
  });
  const exits = [...(asksRegistry(spec) ? EXIT_CODES : LOCAL_EXIT_CODES), ...(spec.exitCodes ?? [])]
    .filter(([code], at, codes) => !codes.slice(at + 1).some(([later]) => later === code))
    .sort(([a], [b]) => a - b);
  return { usage, summary, about, options, examples, exits };
}

function helpOf({ usage, summary, about, options, examples, exits }: CommandWords, paint: Paint): string {
  const lines = examples.map(([line, text]) => `  ${paint('cyan', line)}\n      ${text}\n`).join('');
  const codes = exits.map(([code, text]) => [String(code), text]);
  return [
    `${summary}\n`,
    `${paint('bold', 'Usage')}\n  aegis ${usage} [options]\n`,
    ...(about === null ? [] : [`${about}\n`]),
    `${paint('bold', 'Options')}\n${columns(options, '  ')}`,
    `${paint('bold', 'Examples')}\n${lines}`,
    `${paint('bold', 'Exit codes')}\n${columns(codes, '  ')}`,
  ].join('\n');
}

function asksRegistry({ options }: CommandSpec<Options>): boolean {
  return Object.hasOwn(options, 'registry');
}

/** The known word that differs in at most two letters (three in long ones); null when there is none. */
export function nearest(word: string, known: readonly string[]): string | null {
  let best: string | null = null;
  let bestDistance = word.length > 6 ? 4 : 3;
  for (const candidate of known) {
    const distance = candidate.startsWith(word) && word.length >= 2 ? 0 : editDistance(word, candidate);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, at) => at);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const swap = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}
