import type { Rule } from '../facts.ts';
import { archiveProblem } from './archive-problem.ts';
import { binaryFile } from './binary-file.ts';
import { covertCapture } from './covert-capture.ts';
import { credentialTheft } from './credential-theft.ts';
import { cryptoMining } from './crypto-mining.ts';
import { declaredEnvironment } from './declared-environment.ts';
import { declaredFiles } from './declared-files.ts';
import { declaredNetwork } from './declared-network.ts';
import { destructiveAction } from './destructive-action.ts';
import { downloadExecute } from './download-execute.ts';
import { dynamicLoad } from './dynamic-load.ts';
import { fakePrerequisite } from './fake-prerequisite.ts';
import { hiddenName } from './hidden-name.ts';
import { hiddenUnicode } from './hidden-unicode.ts';
import { inputValidation } from './input-validation.ts';
import { installHook } from './install-hook.ts';
import { lexicalOnly } from './lexical-only.ts';
import { noEval } from './no-eval.ts';
import { noHardcodedSecrets } from './no-hardcoded-secrets.ts';
import { noShellExec } from './no-shell-exec.ts';
import { obfuscatedCode } from './obfuscated-code.ts';
import { persistence } from './persistence.ts';
import { promptInjection } from './prompt-injection.ts';
import { remoteDependency } from './remote-dependency.ts';
import { reverseShell } from './reverse-shell.ts';
import { sourceMapMismatch } from './source-map-mismatch.ts';
import { unanalysableSource } from './unanalysable-source.ts';

/** Every rule, by id. Their order means nothing. */
export const RULES: readonly Rule[] = [
  archiveProblem,
  binaryFile,
  credentialTheft,
  declaredEnvironment,
  declaredFiles,
  declaredNetwork,
  downloadExecute,
  dynamicLoad,
  fakePrerequisite,
  hiddenName,
  hiddenUnicode,
  inputValidation,
  installHook,
  lexicalOnly,
  noEval,
  noHardcodedSecrets,
  noShellExec,
  promptInjection,
  reverseShell,
  covertCapture,
  cryptoMining,
  destructiveAction,
  obfuscatedCode,
  persistence,
  remoteDependency,
  sourceMapMismatch,
  unanalysableSource,
];
