import { runProgram } from './named-programs.ts';

// Each `NAME.proof.ts` proves a promise at full count; the suites run a smaller one of each.
await runProgram('.proof.ts');
