import { testRule } from '../../../testing/rule-checks.ts';
import { remoteDependency } from './remote-dependency.ts';

const json = (value: object) => ({ 'package.json': JSON.stringify(value) });

testRule(remoteDependency, {
  caught: [
    {
      of: 'an open address',
      files: json({ dependencies: { a: '1.0.0', b: 'http://b.example/b' } }),
      severity: 'critical',
    },
    {
      of: 'an archive behind TLS, lower',
      files: json({ optionalDependencies: { b: 'https://b.example/b.tgz' } }),
      severity: 'medium',
    },
  ],
  silent: [
    { of: 'a homepage', files: json({ homepage: 'http://b.example', repository: { url: 'http://b.example/git' } }) },
    { of: 'a tool of the author alone', files: json({ devDependencies: { b: 'http://b.example/b.tgz' } }) },
    { of: 'another file', files: { 'data.json': '{"dependencies":{"b":"http://b.example/b"}}' } },
  ],
});
