import { proveInWorkerd } from './prove-in-workerd.ts';

// Proof: no request succeeds more than a second after its right was taken away, also on open polls.
// `npm run prove -- rights`: random sequences of granting, revoking, changing roles and replacing keys (C37, X6).
proveInWorkerd('worker/src/rights.test.ts', 'a right that was taken away');
