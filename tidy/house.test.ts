import { expect, it } from 'vitest';
import { brokenImports } from './house.ts';

const check = (path: string, imported: string) => brokenImports([{ path, text: `import { x } from '${imported}';` }]);

it.each([
  ['the roof a room', 'worker/src/app.ts', './skills/routes.ts'],
  ['a room the floor', 'worker/src/skills/publish.ts', '../audit.ts'],
  ['a room itself, also below', 'worker/src/clusters/sync/store.ts', '../feed.ts'],
  ['anything the sdk', 'worker/src/skills/publish.ts', '@aegis/skill-sdk/archive'],
  ['anything a package', 'worker/src/skills/publish.ts', 'hono'],
  ['floor split by noun', 'worker/src/db.ts', './schema/skills.ts'],
])('may import: %s', (_, path, imported) => {
  expect(check(path, imported)).toEqual([]);
});

it.each([
  ['a room another room', 'worker/src/skills/publish.ts', '../reviews/decide.ts', 'rooms never import rooms'],
  ['the floor a room', 'worker/src/auth.ts', './people/store.ts', 'the floor stands on nothing'],
  ['a room the roof', 'worker/src/skills/routes.ts', '../app.ts', 'does not reach up'],
  ['a package another one', 'dashboard/src/lib/x.ts', '../../../worker/src/env.ts', 'packages meet over HTTP'],
  ['a package another one by name', 'cluster-agent/src/main.ts', '@aegis/worker/env', 'packages meet over HTTP'],
  ['the sdk anything of ours', 'sdk/src/client.ts', '@aegis/cluster-agent', 'packages meet over HTTP'],
  ['around the public names', 'worker/src/db.ts', '../../sdk/src/ids.ts', 'packages meet over HTTP'],
])('may not import: %s', (_, path, imported, reason) => {
  expect(check(path, imported)).toEqual([expect.stringContaining(reason)]);
});
