import { expect, test } from 'vitest';
import { describeToken, type Pinned, reasonAgainstToken, workflowOf } from './match.ts';

const PINNED: Pinned = {
  issuerKind: 'github',
  claims: { repository_id: '11', repository_owner_id: '22' },
  workflows: ['publish.yml', 'release.yaml'],
  environment: null,
};
const TOKEN = {
  repository: 'acme/skills',
  repository_id: '11',
  repository_owner_id: '22',
  workflow_ref: 'acme/skills/.github/workflows/publish.yml@refs/heads/main',
  event_name: 'push',
  sub: 'repo:acme/skills:ref:refs/heads/main',
};
const reason = (change: object, pinned: Partial<Pinned> = {}) =>
  reasonAgainstToken({ ...PINNED, ...pinned }, { ...TOKEN, ...change });

test('a job of the pinned repository and workflow fits, also after a renaming (X6)', () => {
  expect(reason({})).toBeNull();
  expect(
    reason({ repository: 'acme/new', workflow_ref: 'acme/new/.github/workflows/release.yaml@refs/tags/v1' }),
  ).toBeNull();
});

test.each([
  ['another repository with the same name', { repository_id: '99' }, 'repository_id is 99'],
  ['the same name under a new owner', { repository_owner_id: '99' }, 'repository_owner_id is 99'],
  ['a token without the ids', { repository_id: undefined }, 'repository_id is missing'],
  ['another workflow', { workflow_ref: 'acme/skills/.github/workflows/test.yml@x' }, 'the workflow is test.yml'],
  ['a workflow of another repository', { workflow_ref: 'evil/skills/.github/workflows/publish.yml@x' }, 'missing'],
  ['a workflow in a folder', { workflow_ref: 'acme/skills/.github/workflows/a/publish.yml@x' }, 'missing'],
  ['no workflow', { workflow_ref: undefined }, 'missing'],
  ['a pull request', { event_name: 'pull_request' }, 'pull_request, which is refused'],
  ['a pull request with secrets', { event_name: 'pull_request_target' }, 'refused'],
  ['no event', { event_name: undefined }, 'refused'],
])('%s does not', (_, change, words) => {
  expect(reason(change)).toContain(words);
});

test('an environment counts where one is pinned, and a publisher that pins nothing lets in nobody', () => {
  expect(reason({}, { environment: 'production' })).toContain('the environment is none');
  expect(reason({ environment: 'production' }, { environment: 'production' })).toBeNull();
  expect(reason({}, { claims: {} })).toContain('pins nothing');
});

test('of another issuer exactly the pinned claims count', () => {
  const pinned = { issuerKind: 'oidc' as const, claims: { project_id: '7' }, workflows: [] };
  expect(reason({ project_id: 7 }, pinned)).toBeNull();
  expect(reason({ project_id: '8' }, pinned)).toBe('project_id is 8');
});

test('what a refusal says is only what the token says of itself', () => {
  expect(describeToken(TOKEN)).toContain('repository acme/skills, repository_id 11');
  expect(workflowOf({})).toBeNull();
});
