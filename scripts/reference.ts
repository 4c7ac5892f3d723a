import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { referencePages } from '../sdk/scripts/reference-pages.ts';
import { ROOT } from './root.ts';

const folder = join(ROOT, 'docs', 'reference');
mkdirSync(folder, { recursive: true });
for (const [name, text] of Object.entries(await referencePages())) writeFileSync(join(folder, name), text);
process.stdout.write('docs/reference says again what the code says.\n');
