/** What a publisher pins. */
export interface Pinned {
  issuerKind: 'github' | 'oidc';
  claims: Readonly<Record<string, string>>;
  workflows: readonly string[];
  environment: string | null;
}

/** Runs of somebody else's code: what they could publish is not what the repository holds. */
const FOREIGN_EVENTS = new Set(['pull_request', 'pull_request_target', 'issue_comment', 'workflow_run']);

/**
 * Why a verified token does not fit a publisher, in one sentence; null when it does. Judged by immutable ids alone:
 * names of repositories and owners can be taken over. Pure.
 */
export function reasonAgainstToken(pinned: Pinned, token: Readonly<Record<string, unknown>>): string | null {
  if (Object.keys(pinned.claims).length === 0) return 'the publisher pins nothing';
  for (const [name, wanted] of Object.entries(pinned.claims)) {
    if (textOf(token[name]) !== wanted) return `${name} is ${textOf(token[name]) ?? 'missing'}`;
  }
  if (pinned.issuerKind === 'github') {
    const event = textOf(token.event_name);
    if (event === null || FOREIGN_EVENTS.has(event)) return `event_name is ${event ?? 'missing'}, which is refused`;
    const workflow = workflowOf(token);
    if (workflow === null || !pinned.workflows.includes(workflow)) return `the workflow is ${workflow ?? 'missing'}`;
  }
  const environment = textOf(token.environment);
  if (pinned.environment !== null && environment !== pinned.environment)
    return `the environment is ${environment ?? 'none'}`;
  return null;
}

/**
 * The file of the workflow that the run began with: `workflow_ref` is `<repository>/.github/workflows/<file>@<ref>`, of
 * the caller also where a reusable workflow runs. Null when it lies in another repository than the token's own.
 */
export function workflowOf(token: Readonly<Record<string, unknown>>): string | null {
  const repository = textOf(token.repository);
  const path = textOf(token.workflow_ref)?.split('@')[0];
  const folder = `${repository}/.github/workflows/`;
  if (repository === null || path === undefined || !path.startsWith(folder)) return null;
  const file = path.slice(folder.length);
  return file.includes('/') ? null : file;
}

/** What the token says of itself, for an answer that must tell nothing else. */
export function describeToken(token: Readonly<Record<string, unknown>>): string {
  const shown = ['repository', 'repository_id', 'repository_owner_id', 'workflow_ref', 'environment', 'event_name'];
  const parts = [...shown, 'sub'].flatMap((name) => {
    const text = textOf(token[name]);
    return text === null ? [] : [`${name} ${text.slice(0, 200)}`];
  });
  return parts.join(', ');
}

function textOf(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}
