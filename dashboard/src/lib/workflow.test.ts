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
