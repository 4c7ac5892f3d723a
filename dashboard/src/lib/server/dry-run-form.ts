import { AegisError } from '@aegis/skill-sdk/errors';
import type { SkillManifest } from '@aegis/skill-sdk/types';
import type { DryRunRequest } from '@aegis/skill-sdk/wire/dry-run-jobs';

/** The tools of a manifest, each with an input to begin with: what it requires, still empty. */
export function toolsOf(manifest: Record<string, unknown>): { name: string; input: string }[] {
  const { tools } = manifest as unknown as SkillManifest;
  return tools.map(({ name, parameters = [] }) => ({
    name,
    input: JSON.stringify(
      Object.fromEntries(
        parameters.filter(({ required }) => required).map((parameter) => [parameter.name, parameter.default ?? null]),
      ),
      null,
      2,
    ),
  }));
}

/** What the form asks for. Throws VALIDATION_FAILED for an input that is no JSON object. */
export function wantedRun(tool: string, input: string): DryRunRequest {
  if (tool === '') return {};
  if (input === '') return { tool };
  try {
    const value: unknown = JSON.parse(input);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { tool, input: { ...value } };
  } catch {
    // Told below, as everything else that is no object.
  }
  const detail = 'must be a JSON object, such as {"city": "Bern"}';
  throw new AegisError('VALIDATION_FAILED', {
    detail: `The input ${detail}.`,
    errors: [{ pointer: '/input', detail }],
  });
}
