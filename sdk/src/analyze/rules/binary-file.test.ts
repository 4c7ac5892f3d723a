import { testRule } from '../../../testing/rule-checks.ts';
import { binaryFile } from './binary-file.ts';

const bytes = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const ELF = bytes('7f454c4602010100000000000000000000');

testRule(binaryFile, {
  caught: [
    { of: 'a program', files: { 'bin/tool': ELF }, severity: 'medium', says: 'ELF' },
    { of: 'a program that calls itself an image', files: { 'assets/logo.png': ELF }, severity: 'high', says: 'name' },
    { of: 'a program that calls itself a script', files: { 'handlers/a.js': ELF }, severity: 'high' },
    { of: 'a native module', files: { 'build/a.node': bytes('00010203') }, severity: 'medium' },
    { of: 'compiled Python', files: { 'a.pyc': bytes('a70d0d0a00000000') }, severity: 'medium' },
    { of: 'a nested archive', files: { 'a.docx': bytes('504b030414000600') }, severity: 'medium' },
    { of: 'WebAssembly', files: { 'a.wasm': bytes('0061736d01000000') }, severity: 'medium' },
  ],
  silent: [
    { of: 'images and fonts', files: { 'a.png': bytes('89504e470d0a1a0a'), 'a.woff2': bytes('774f4632000100') } },
    { of: 'texts', files: { 'a.txt': 'MZ is how this text begins', 'b.txt': 'BZhang wrote this' } },
  ],
});
