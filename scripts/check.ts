import { lastLine, runChecks, TIDY } from './checks.ts';

const totals = await runChecks([TIDY]);
process.stdout.write(`${lastLine(totals)}\n`);
process.exit(totals.failed === 0 ? 0 : 1);
