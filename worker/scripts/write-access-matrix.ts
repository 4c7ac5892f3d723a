import { writeFileSync } from 'node:fs';
import { matrixPage } from '../src/testing/doors.ts';

writeFileSync(new URL('../../docs/access-matrix.md', import.meta.url), matrixPage());
