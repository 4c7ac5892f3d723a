import { contentDigest, type PackageFile, pack } from '@aegis/skill-sdk/archive';
import { digestOf } from '@aegis/skill-sdk/digest';
import type { PermissionBlock } from '@aegis/skill-sdk/permissions';

/** The one tool does what its input says, so that each test can ask for what it wants to see. */
const HANDLER = `
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
export default async function probe({ do: verb, url, path, name, method }, context) {
  switch (verb) {
    case 'fetch': { const answer = await context.fetch(url, method ? { method, body: 'sent' } : undefined); return { status: answer.status, text: await answer.text(), url: answer.url }; }
    case 'plain fetch': { const answer = await fetch(url); return { status: answer.status, text: await answer.text() }; }
    case 'try': { let denied = 0; for (const one of url.split(' ')) { try { await context.fetch(one); } catch (error) { if (error.code === 'PERMISSION_DENIED') denied++; else throw error; } } return { denied }; }
    case 'read': return { text: await context.files.read(path) };
    case 'write': await context.files.write(path, 'written'); return { list: await context.files.list('data') };
    case 'remove': await context.files.remove(path); return {};
    case 'env': return { value: context.env(name) ?? null, all: Object.keys(process.env) };
    case 'raw read': return { text: readFileSync(path, 'utf8') };
    case 'raw write': process.chdir('data'); writeFileSync('made.tmp', 'written'); renameSync('made.tmp', path); return { text: readFileSync(path, 'utf8') };
    case 'exec': return { text: (await import('node:child_process')).execSync('id').toString() };
    case 'globals': return { webSocket: typeof WebSocket, eventSource: typeof EventSource };
    case 'log': context.log('said', { token: 'secret' }); console.log('printed'); return {};
    case 'throw': throw new Error('it broke');
    case 'exit': process.exit(3); break;
    case 'hang': await new Promise(() => setInterval(() => {}, 1000)); break;
    case 'forge': process.send({ kind: 'result', output: { forged: true } }); process.send('garbage'); process.send({ kind: 'fetch', id: 'x' }); return { forged: false };
    case 'function': return { it: () => 1, kept: true };
    default: return { nothing: true };
  }
}
export const other = async () => ({ other: true });
`;

const text = (content: string) => new TextEncoder().encode(content);

export interface TestSkill {
  bytes: Uint8Array;
  archiveDigest: string;
  contentDigest: string;
  permissions: PermissionBlock;
}

export interface TestSkillOptions {
  version?: string;
  /** Hosts of protocol http on port 80, as tests can answer them. */
  hosts?: string[];
  callSeconds?: number;
  /** Left out for a package that nobody built. */
  bundle?: boolean;
}

/** The package of a skill named weather with the tools probe and other. */
export async function makeSkill({
  version = '1.2.0',
  hosts = ['api.weather.example'],
  callSeconds = 10,
  bundle = true,
}: TestSkillOptions = {}): Promise<TestSkill> {
  const permissions: PermissionBlock = {
    network: hosts.map((host) => ({ host, ports: [80], protocol: 'http' })),
    files: { read: ['data/**'], write: ['data/**'] },
    environment: { required: [], optional: ['WEATHER_KEY'] },
    shell: false,
  };
  const parameters = ['do', 'url', 'path', 'name', 'method'].map((name) => ({
    name,
    type: 'string',
    description: name,
    required: name === 'do',
  }));
  const tool = (name: string, handler: string) => ({
    name,
    description: name,
    parameters,
    returns: { type: 'object', description: 'what happened' },
    handler,
  });
  const manifest = {
    name: 'weather',
    version,
    description: 'Tells the weather, and whatever else a test asks for.',
    permissions: { ...permissions, network: permissions.network.map(({ host }) => ({ host, protocol: 'http' })) },
    securityLevel: 'low',
    requiresApproval: false,
    limits: { callSeconds },
    tools: [tool('probe', './handlers/probe'), tool('other', './handlers/probe#other')],
  };
  const files: PackageFile[] = [
    { path: 'manifest.yaml', bytes: text(JSON.stringify(manifest)), mode: '0644' },
    { path: 'handlers/probe.js', bytes: text(HANDLER), mode: '0644' },
    { path: 'assets/own.txt', bytes: text('my own file'), mode: '0644' },
    ...(bundle ? [{ path: 'handlers/probe.bundle.mjs', bytes: text(HANDLER), mode: '0644' as const }] : []),
  ];
  const bytes = pack(files);
  return { bytes, permissions, archiveDigest: await digestOf(bytes), contentDigest: await contentDigest(files) };
}
