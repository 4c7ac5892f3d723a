import { proveInWorkerd } from './prove-in-workerd.ts';

// Proof: 10,000 tries with stolen passwords from 100 addresses lock no owner out, and guess no faster than one (A222).
// `npm run prove -- stuffing`
proveInWorkerd('worker/src/people/tries/tries.test.ts', 'stolen passwords');
