import { isAbsolute, join } from 'node:path';
import { AegisError } from '../errors.ts';
import { nearest } from './command.ts';
import type { Io } from './io.ts';

/** Where one agent reads skills, by its own documentation; `aegis install` writes to the first folder of a list. */
interface Convention {
  title: string;
  /** From the folder of a project. */
  project: readonly string[];
  /** Of the user: below the home folder (`~/`), or below what the variable names (`$NAME|~/fallback/`). */
  personal: readonly string[];
}

/** Shared by agents that agreed on one folder. */
const SHARED = '.agents/skills';
const SHARED_PERSONAL = '~/.agents/skills';

/** The one table of conventions; a new agent is one row here. */
const AGENTS: Readonly<Record<string, Convention>> = {
  'claude-code': {
    title: 'Claude Code',
    project: ['.claude/skills'],
    personal: ['$CLAUDE_CONFIG_DIR|~/.claude/skills'],
  },
  codex: {
    title: 'Codex',
    project: [SHARED, '.codex/skills'],
    personal: ['$CODEX_HOME|~/.codex/skills', SHARED_PERSONAL],
  },
  cursor: { title: 'Cursor', project: ['.cursor/skills', SHARED], personal: ['~/.cursor/skills', SHARED_PERSONAL] },
  openclaw: {
    title: 'OpenClaw',
    project: ['skills', SHARED],
    personal: ['~/.openclaw/skills', '~/.openclaw/workspace/skills', '~/.clawdbot/skills', SHARED_PERSONAL],
  },
  'gemini-cli': {
    title: 'Gemini CLI',
    project: ['.gemini/skills', SHARED],
    personal: ['~/.gemini/skills', SHARED_PERSONAL],
  },
  'github-copilot': {
    title: 'GitHub Copilot',
    project: ['.github/skills', SHARED],
    personal: ['~/.copilot/skills', SHARED_PERSONAL],
  },
  opencode: {
    title: 'OpenCode',
    project: ['.opencode/skills', SHARED],
    personal: ['$XDG_CONFIG_HOME|~/.config/opencode/skills', SHARED_PERSONAL],
  },
  goose: {
    title: 'Goose',
    project: ['.goose/skills', SHARED],
    personal: ['$XDG_CONFIG_HOME|~/.config/goose/skills', SHARED_PERSONAL],
  },
  amp: { title: 'Amp', project: [SHARED], personal: ['$XDG_CONFIG_HOME|~/.config/agents/skills', SHARED_PERSONAL] },
  windsurf: { title: 'Windsurf', project: ['.windsurf/skills'], personal: ['~/.codeium/windsurf/skills'] },
  'hermes-agent': { title: 'Hermes Agent', project: ['.hermes/skills'], personal: ['$HERMES_HOME|~/.hermes/skills'] },
};

export const AGENT_NAMES = Object.keys(AGENTS);

/** Every folder of skills that agents on this machine read, of the user and of the project in `cwd`, with who reads it. */
export function knownFolders(io: Pick<Io, 'cwd' | 'env' | 'home'>): { folder: string; agents: string[] }[] {
  const readers = new Map<string, string[]>();
  for (const { title, project, personal } of Object.values(AGENTS)) {
    const folders = [
      ...personal.map((spelled) => personalFolder(spelled, io)),
      ...project.map((way) => join(io.cwd, way)),
    ];
    for (const folder of folders) readers.set(folder, [...(readers.get(folder) ?? []), title]);
  }
  return [...readers].map(([folder, agents]) => ({ folder, agents }));
}

/** The absolute folder into which that agent's skills go: of the project in `cwd`, or the user's. @throws AegisError USAGE */
export function agentFolder(name: string, io: Pick<Io, 'cwd' | 'env' | 'home'>, user: boolean): string {
  const agent = Object.hasOwn(AGENTS, name) ? AGENTS[name] : undefined;
  if (agent === undefined) {
    const near = nearest(name, AGENT_NAMES);
    throw new AegisError('USAGE', {
      detail: `No agent “${name}” is known here.${near === null ? '' : ` Did you mean ${near}?`} Known: ${AGENT_NAMES.join(', ')}. For any other: --dir DIR.`,
    });
  }
  return user ? personalFolder(agent.personal[0] ?? '', io) : join(io.cwd, agent.project[0] ?? '');
}

/** `$CODEX_HOME|~/.codex/skills`: the variable, where it is set, stands for `~/.codex`. */
function personalFolder(spelled: string, { env, home }: Pick<Io, 'env' | 'home'>): string {
  const [, variable, path = ''] = /^(?:\$(\w+)\|)?~\/(.+)$/.exec(spelled) ?? [];
  const named = variable === undefined ? '' : (env[variable] ?? '').trim();
  if (!isAbsolute(named)) return join(home, path);
  const [, ...below] = path.split('/');
  return join(named, ...below);
}
