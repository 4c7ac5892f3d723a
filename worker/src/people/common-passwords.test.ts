import { expect, test } from 'vitest';
import { isCommon } from './common-passwords.ts';

test.each([
  'Password123!',
  'P@ssw0rd2026!',
  'Passw0rd!Passw0rd!',
  'Welcome-2026!',
  'Qwertyuiop123!',
  'Admin123456!!',
  'Summer2026!!!',
  'ILoveYou1234!',
  'ChangeMe123!',
  'password password password',
  '12345678901234567890!',
  'abcdefghijklmnopqrstuvwx',
  'Trustno1Trustno1!',
])('%s is refused', (password) => expect(isCommon(password)).toBe(true));

test.each([
  'Correct-Horse-7!',
  'Acme-owner-2026',
  'Globex-author-2026',
  'Aegis-reviewer-2026',
  'Aegis-admin-2026',
  'Aegis-auditor-2026',
  'Globex-owner-2026',
  'the tide table lies on my desk',
  'Vj9#kQw2!mZp',
  'Regen macht Wege weich',
  'password of the lighthouse keeper',
  '83920-18374-92837-104',
])('%s is fine', (password) => expect(isCommon(password)).toBe(false));
