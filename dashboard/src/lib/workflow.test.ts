import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { publishWorkflow } from './workflow.ts';

const ASK = { registry: 'https://registry.example', skillName: 'crm-export', environment: null };

test('the workflow scans before it publishes, waits with an end, and holds no secret (X6)', () => {
  const text = publishWorkflow(ASK);
  expect(text.indexOf('scan "$SKILL"')).toBeLessThan(text.indexOf('publish "$SKILL" --wait --timeout 900'));
  expect(text).toContain('AEGIS_REGISTRY: https://registry.example\n');
  expect(text).toMatch(/permissions: \{\}\njobs:/);
  expect(text).toContain('      id-token: write\n');
  expect(text).not.toMatch(/secrets\.|AEGIS_TOKEN|contents: write|\t/);
});

test('an environment is named where one is pinned, whatever it is called', () => {
  expect(publishWorkflow(ASK)).not.toContain('environment:');
  expect(publishWorkflow({ ...ASK, environment: 'prod: "eu"' })).toContain('    environment: "prod: \\"eu\\""\n');
});

test('the commands that it prints are commands of aegis, with options that they have', () => {
  const reference = readFileSync(new URL('../../../docs/reference/cli.md', import.meta.url), 'utf8');
  const printed = [...publishWorkflow(ASK).matchAll(/@aegis\/skill-sdk (\w+) ([^>\n]*)/g)];
  expect(printed.map(([, command]) => command)).toEqual(['scan', 'publish']);
  for (const [, command, rest = ''] of printed) {
    const page = reference.split(/^## /m).find((part) => part.startsWith(`aegis ${command}\n`)) ?? '';
    const options = rest.match(/--[a-z-]+/g) ?? [];
    expect(options.length, command).toBeGreaterThan(0);
    for (const option of options)
      expect(page, `${command} ${option}`).toMatch(new RegExp(`^\\| .*\`[^\`]*${option}\\b`, 'm'));
  }
  expect(publishWorkflow(ASK)).toContain('--sarif > aegis.sarif');
});
