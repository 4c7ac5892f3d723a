import { runProgram } from './named-programs.ts';

// Each `bench/NAME.bench.mjs` is a measurement, run by hand.
await runProgram('.bench.mjs');
