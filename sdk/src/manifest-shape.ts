import { z } from 'zod';
import { record, text } from './field-errors.ts';
import { PARAMETERS_MAX, PERMISSION_ENTRIES_MAX, RUN_LIMITS, TOOLS_MAX } from './limits.ts';
import {
  filePathComplaint,
  handlerComplaint,
  line,
  parameterNameComplaint,
  prose,
  skillNameComplaint,
  toolNameComplaint,
  variableComplaint,
  versionComplaint,
} from './manifest-rules.ts';
import { NetworkEntries } from './network.ts';

const TYPES = ['string', 'number', 'boolean', 'object', 'array'] as const;
const MERGE = 'Merge entries, or name a folder with /**.';

const paths = (description: string) =>
  z
    .array(text(filePathComplaint).meta({ examples: ['data/**', 'config.json'] }))
    .max(PERMISSION_ENTRIES_MAX, MERGE)
    .optional()
    .meta({ description });

const variables = (description: string) =>
  z
    .array(text(variableComplaint).meta({ pattern: '^[A-Z_][A-Z0-9_]*$', examples: ['API_KEY'] }))
    .max(PERMISSION_ENTRIES_MAX, 'Name only the variables that are read.')
    .optional()
    .meta({ description });

const Permissions = record({
  network: NetworkEntries.optional().meta({
    description: 'Where the skill may connect to. Enforced in clusters. Default: nowhere.',
  }),
  files: record({
    read: paths('What it may read: POSIX paths, relative to the working directory or absolute; `/**` for a folder.'),
    write: paths('What it may create, change and delete. Its own package is always readable.'),
  })
    .optional()
    .meta({ description: 'Files beside its own package. Checked before approval. Default: none.' }),
  environment: record({
    required: variables('Variables without which the skill does not start.'),
    optional: variables('Variables that it uses when they are set.'),
  })
    .optional()
    .meta({ description: 'Variables that it is given. Checked before approval. Default: none.' }),
  shell: z.boolean().optional().meta({ description: 'True when it starts programs. Default: false.' }),
});

const limit = (name: keyof typeof RUN_LIMITS, { unit, whole }: { unit: string; whole: boolean }) => {
  const { default: usual, min, max } = RUN_LIMITS[name];
  const fix = `A manifest asks for ${min} to ${max} ${unit}; only an admin of the platform raises a limit.`;
  const number = (whole ? z.int() : z.number()).min(min, fix).max(max, fix);
  return number.optional().meta({ description: `${unit[0]?.toUpperCase()}${unit.slice(1)}. Default: ${usual}.` });
};

const Limits = record({
  cpus: limit('cpus', { unit: 'CPUs', whole: false }),
  memoryMb: limit('memoryMb', { unit: 'MB of memory', whole: true }),
  diskMb: limit('diskMb', { unit: 'MB of disk', whole: true }),
  processes: limit('processes', { unit: 'processes at once', whole: true }),
  lifeSeconds: limit('lifeSeconds', { unit: 'seconds that the sandbox lives', whole: true }),
  callSeconds: limit('callSeconds', { unit: 'seconds for one call of a tool', whole: true }),
});

const Parameter = record({
  name: text(parameterNameComplaint).meta({
    pattern: '^[A-Za-z_][A-Za-z0-9_-]{0,63}$',
    description: 'Unique in the tool; the key in its input.',
  }),
  type: z.enum(TYPES).meta({ description: 'Type of the value. Nothing is converted.' }),
  description: prose().meta({ description: 'What the value means, for the model that fills it in.' }),
  required: z.boolean().optional().meta({ description: 'Default: false.' }),
  default: z.unknown().optional().meta({ description: 'Used when the caller leaves the parameter out; of its type.' }),
});

const Tool = record({
  name: text(toolNameComplaint).meta({ pattern: '^[A-Za-z0-9_.-]{1,128}$', description: 'Unique in the skill.' }),
  description: prose().meta({ description: 'What the tool does, for the model that chooses it.' }),
  parameters: z
    .array(Parameter)
    .max(PARAMETERS_MAX, 'Take an object, or split the tool.')
    .optional()
    .meta({ description: 'The parameters, or `inputSchema` instead.' }),
  inputSchema: z.record(z.string(), z.unknown()).optional().meta({
    description: 'JSON Schema 2020-12 of the input, with `type: object`, as in MCP; instead of `parameters`.',
  }),
  returns: record({
    type: z.enum(TYPES).meta({ description: 'Type of the result.' }),
    description: prose().meta({ description: 'What the result holds, for the model that reads it.' }),
  }).meta({ description: 'What the tool gives back.' }),
  handler: text(handlerComplaint).meta({
    description:
      'Path of the handler from the skill’s folder: .ts .tsx .mjs .js .cjs .py. The extension may be left out; `#name` chooses an export, else the default one is used.',
    examples: ['./handlers/example', './handlers/example.py', './handlers/all#list'],
  }),
  annotations: record({
    readOnlyHint: z.boolean().optional().meta({ description: 'True when it changes nothing.' }),
    destructiveHint: z.boolean().optional().meta({ description: 'True when it may delete or overwrite.' }),
    idempotentHint: z
      .boolean()
      .optional()
      .meta({ description: 'True when a second call with the same input changes nothing more.' }),
    openWorldHint: z
      .boolean()
      .optional()
      .meta({ description: 'True when it deals with the world outside, as a web search does.' }),
  })
    .optional()
    .meta({ description: 'Hints as in MCP. They are not trusted and grant nothing.' }),
});

/** A manifest as an author writes it: defaults left out, permissions in their short form. */
export const ManifestShape = record({
  name: text(skillNameComplaint).meta({
    description: 'Name of the skill, and of its folder: a-z, 0-9 and single hyphens, at most 64.',
    pattern: '^[a-z0-9]+(-[a-z0-9]+)*$',
    maxLength: 64,
  }),
  version: text(versionComplaint).meta({
    description: 'Semantic version. A number is used once: other bytes need another number.',
    examples: ['1.0.0', '2.1.0-rc.1'],
  }),
  description: prose().meta({ description: 'What the skill does and when to use it, at most 1024 characters.' }),
  author: line().optional().meta({ description: 'Who wrote it.' }),
  license: line().optional().meta({ description: 'SPDX expression, as in Apache-2.0.' }),
  permissions: Permissions.optional().meta({
    description: 'Everything that the skill may do. What is not named here is denied.',
  }),
  securityLevel: z
    .enum(['low', 'medium', 'high', 'critical'])
    .optional()
    .meta({ description: 'How much harm a call can do; high and critical ask a human at run time. Default: medium.' }),
  requiresApproval: z
    .boolean()
    .optional()
    .meta({ description: 'True when each call waits for a human. Default: true for high and critical, else false.' }),
  limits: Limits.optional().meta({ description: 'What a run may use.' }),
  tools: z
    .array(Tool)
    .max(TOOLS_MAX, 'Split the skill.')
    .optional()
    .meta({ description: 'The tools. May be empty only when the skill has a SKILL.md.' }),
});
export type ManifestShape = z.infer<typeof ManifestShape>;
export type ToolShape = z.infer<typeof Tool>;
export type ParameterShape = z.infer<typeof Parameter>;
