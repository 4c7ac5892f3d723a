import { describe, expect, it } from 'vitest';
import { AGENT_NAMES, agentFolder } from './agent-folders.ts';

const io = (env: Record<string, string> = {}) => ({ cwd: '/w', home: '/h', env });

describe('the folder of an agent', () => {
  it.each([
    ['claude-code', '/w/.claude/skills', '/h/.claude/skills'],
    ['codex', '/w/.agents/skills', '/h/.codex/skills'],
    ['cursor', '/w/.cursor/skills', '/h/.cursor/skills'],
    ['openclaw', '/w/skills', '/h/.openclaw/skills'],
    ['opencode', '/w/.opencode/skills', '/h/.config/opencode/skills'],
  ])('%s: %s in a project, %s of the user', (name, project, personal) => {
    expect(agentFolder(name, io(), false)).toBe(project);
    expect(agentFolder(name, io(), true)).toBe(personal);
  });

  it('follows the variable that moves it, when it is an absolute path', () => {
    expect(agentFolder('claude-code', io({ CLAUDE_CONFIG_DIR: '/srv/claude' }), true)).toBe('/srv/claude/skills');
    expect(agentFolder('codex', io({ CODEX_HOME: ' ' }), true)).toBe('/h/.codex/skills');
    expect(agentFolder('goose', io({ XDG_CONFIG_HOME: '/xdg' }), true)).toBe('/xdg/goose/skills');
  });

  it('every one of the table has both', () => {
    for (const name of AGENT_NAMES) {
      expect(agentFolder(name, io(), false)).toMatch(/^\/w\/.*skills$/);
      expect(agentFolder(name, io(), true)).toMatch(/^\/h\/\..*skills$/);
    }
  });

  it('of an unknown agent is refused, with the nearest and all known names', () => {
    expect(() => agentFolder('claude', io(), false)).toThrow(/Did you mean claude-code\? Known: claude-code, codex/);
    expect(() => agentFolder('toString', io(), false)).toThrow(/--dir DIR/);
  });
});
