import { importsOf, isTest, type SourceFile } from './tree.ts';

/** Loose files of a package that may import its rooms; everything else loose is floor. */
const ROOFS = new Set([
  'worker/src/index.ts',
  'worker/src/app.ts',
  'cluster-agent/src/main.ts',
  'cluster-agent/src/app.ts',
  'cluster-agent/src/gateway-app.ts',
  'sdk/src/index.ts',
  'sdk/src/client.ts',
]);
/** Folders that are floor split by noun, and not rooms. */
const FLOOR_FOLDERS = new Set(['sdk/src/wire', 'worker/src/schema']);
/** Folders that stand on the roof: a program made of the whole package, and helpers of tests. */
const ROOF_FOLDERS = new Set(['sdk/src/cli', 'worker/src/testing', 'cluster-agent/src/testing', 'sdk/src/testing']);

/** What an import of the roof, rooms and floor picture breaks, one sentence each. */
export function brokenImports(files: readonly SourceFile[]): string[] {
  return files
    .filter((file) => !isTest(file.path))
    .flatMap((file) => importsOf(file).flatMap((target) => complaint(file.path, target) ?? []));
}

function complaint(from: string, to: string): string | null {
  const mine = packageOf(from);
  if (mine === null) return null;
  const theirs = packageOf(to) ?? packageOfName(to);
  if (theirs !== null && theirs !== mine) return acrossPackages(from, mine, to, theirs);
  if (mine === 'dashboard' || theirs === null || !to.includes('/src/')) return null;
  const a = placeOf(from);
  const b = placeOf(to);
  if (a.kind === 'roof' || b.kind === 'floor') return null;
  if (a.kind === 'room' && b.kind === 'room') {
    return a.name === b.name
      ? null
      : `${from} imports ${to}: rooms never import rooms; what both need moves to the floor`;
  }
  return `${from} imports ${to}: ${a.kind === 'floor' ? 'the floor stands on nothing but the floor' : 'a room does not reach up to the roof'}`;
}

/** Every arrow points at the sdk, by its public name. */
function acrossPackages(from: string, mine: string, to: string, theirs: string): string | null {
  if (theirs === 'sdk' && mine !== 'sdk' && to.startsWith('@aegis/')) return null;
  return `${from} imports ${to}: packages meet over HTTP, and share only @aegis/skill-sdk`;
}

function packageOf(path: string): string | null {
  return /^(sdk|worker|cluster-agent|dashboard)\/src\//.exec(path)?.[1] ?? null;
}

function packageOfName(name: string): string | null {
  const own = /^@aegis\/(skill-sdk|worker|cluster-agent|dashboard)(?:\/|$)/.exec(name)?.[1];
  return own === 'skill-sdk' ? 'sdk' : (own ?? null);
}

function placeOf(path: string): { kind: 'roof' | 'room' | 'floor'; name: string } {
  const [top = '', src = '', first = '', ...rest] = path.split('/');
  const folder = `${top}/${src}/${first}`;
  if (rest.length === 0) return { kind: ROOFS.has(path) ? 'roof' : 'floor', name: path };
  if (ROOF_FOLDERS.has(folder)) return { kind: 'roof', name: folder };
  return { kind: FLOOR_FOLDERS.has(folder) ? 'floor' : 'room', name: folder };
}
