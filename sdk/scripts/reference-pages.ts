import { COMMANDS } from '../src/cli/main.ts';
import { ERROR_ADVICE } from '../src/error-advice.ts';
import { errorCodes } from '../src/errors.ts';
import { manifestSchema } from '../src/manifest-schema.ts';

const GENERATED = 'Generated from the code by `npm run reference`; do not edit.';

/** The pages of `docs/reference` by file name, each with its whole text. */
export async function referencePages(): Promise<Record<string, string>> {
  return { 'cli.md': await cliPage(), 'manifest.md': manifestPage(), 'errors.md': errorsPage() };
}

/** Every command as its own `--help` describes it. */
async function cliPage(): Promise<string> {
  const names = Object.keys(COMMANDS);
  const sections = await Promise.all(
    Object.entries(COMMANDS).map(async ([name, { load }]) => {
      const { usage, summary, about, options, examples, exits } = (await load()).words;
      return [
        `## aegis ${name}`,
        `${summary}.`,
        `\`aegis ${usage}\``,
        ...(about === null ? [] : [about.replaceAll('\n', ' ')]),
        table(
          ['option', 'what it does'],
          options.map(([flag, text]) => [code(flag), text]),
        ),
        ['Examples:', '', ...examples.map(([line, text]) => `* \`${line}\`: ${text}`)].join('\n'),
        `Exit codes: ${exits.map(([exit, text]) => `**${exit}** ${text}`).join(' · ')}.`,
      ].join('\n\n');
    }),
  );
  return page([
    '# The command aegis',
    `${GENERATED} The option \`--help\` shows the same in a terminal, for all commands or for one. How to get there by task: [how-tos](../how-to.md).`,
    names.map((name) => `[${name}](#aegis-${name})`).join(' · '),
    ...sections,
  ]);
}

interface Schema {
  type?: string;
  description?: string;
  title?: string;
  enum?: readonly string[];
  examples?: readonly string[];
  required?: readonly string[];
  properties?: Readonly<Record<string, Schema>>;
  items?: Schema;
  anyOf?: readonly Schema[];
  minimum?: number;
  maximum?: number;
  maxItems?: number;
}

/** Every field of `manifest.yaml`, from the schema that editors complete it by. */
function manifestPage(): string {
  const schema: Schema = manifestSchema();
  const rows = Object.entries(schema.properties ?? {});
  const plain = rows.filter(([, field]) => fieldsOf(field) === null);
  const deep = rows.filter(([, field]) => fieldsOf(field) !== null);
  return page([
    '# manifest.yaml',
    `${GENERATED} Editors complete the file where its first line names the schema, as in what \`aegis init\` writes for TypeScript. \`aegis validate\` checks more than a schema can, and says what to write. By example: [the SDK’s README](../../sdk/README.md#the-manifest-by-example).`,
    fieldTable(plain, schema.required),
    ...deep.map(([name, field]) => [`## ${name}`, field.description ?? '', fieldTable(flat(field), [])].join('\n\n')),
  ]);
}

/** The fields of an object, of the objects in a list, or of a list's long form; null when there are none. */
function fieldsOf({ properties, items, anyOf }: Schema): Schema | null {
  if (properties !== undefined) return { properties };
  const inside = items ?? anyOf?.find((one) => one.properties !== undefined);
  return inside === undefined ? null : inside.properties === undefined ? fieldsOf(inside) : inside;
}

/** `files.read`, `tools[].name`: every field below one, with its path. */
function flat(field: Schema, path = ''): [string, Schema][] {
  const inside = field.properties === undefined ? fieldsOf(field) : field;
  const list = field.properties === undefined && inside !== null ? '[]' : '';
  return Object.entries(inside?.properties ?? {}).flatMap(([name, one]) => {
    const full = `${path}${list === '' || path === '' ? '' : list}${path === '' ? '' : '.'}${name}`;
    const isRequired = inside?.required?.includes(name) === true;
    const row: [string, Schema] = [isRequired ? `${full} *` : full, one];
    return fieldsOf(one) === null ? [row] : [row, ...flat(one, full)];
  });
}

function fieldTable(fields: readonly (readonly [string, Schema])[], required: readonly string[] = []): string {
  const rows = fields.map(([name, field]) => {
    const isRequired = name.endsWith(' *') || required.includes(name);
    return [`\`${name.replace(' *', '')}\`${isRequired ? ' **(required)**' : ''}`, typeOf(field), wordsOf(field)];
  });
  return table(['field', 'type', 'what it means'], rows);
}

function typeOf(field: Schema): string {
  if (field.enum !== undefined) return field.enum.map((value) => `\`${value}\``).join(', ');
  if (field.anyOf !== undefined) return field.anyOf.map(typeOf).join(' or ');
  const range =
    field.minimum === undefined || field.maximum === undefined || field.type === 'object'
      ? ''
      : ` ${field.minimum} to ${field.maximum}`;
  if (field.type === 'array') {
    const most = field.maxItems === undefined ? '' : `, at most ${field.maxItems}`;
    return `list of ${typeOf(field.items ?? {})}${most}`;
  }
  return `${field.type ?? 'any'}${range}`;
}

function wordsOf(field: Schema): string {
  const examples = field.examples ?? field.items?.examples ?? field.items?.anyOf?.[0]?.examples;
  const shown = examples === undefined ? '' : ` For example ${examples.map((one) => `\`${one}\``).join(', ')}.`;
  return `${field.description ?? ''}${shown}`;
}

/** Every code of the error table with what to do. */
function errorsPage(): string {
  const codes = errorCodes();
  const sections = codes.map(({ code: name, status, title }) => {
    const { happened, wanted, steps } = ERROR_ADVICE[name];
    return [
      `## ${name}`,
      `**${title}.** ${status === 0 ? 'Never sent by the registry: a command or an agent finds it out.' : `HTTP ${status}.`}`,
      happened,
      `*Wanted:* ${wanted}`,
      steps.map((step) => `* ${step}`).join('\n'),
    ].join('\n\n');
  });
  return page([
    '# Errors by code',
    `${GENERATED} A code never changes its meaning. Your registry serves the same at \`/docs/errors\`, and the command \`aegis\` prints that link. By symptom: [troubleshooting](../troubleshooting.md).`,
    codes.map(({ code: name }) => `[${name}](#${name.toLowerCase()})`).join(' · '),
    ...sections,
  ]);
}

function page(parts: readonly string[]): string {
  return `${parts.join('\n\n')}\n`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

function code(text: string): string {
  return `\`${text.trim()}\``;
}
