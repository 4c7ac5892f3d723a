import { describe, expect, test } from 'vitest';
import { DESCRIPTION_LENGTH_MAX, LINE_LENGTH_MAX } from './limits.ts';
import {
  filePathComplaint,
  handlerComplaint,
  line,
  parameterNameComplaint,
  prose,
  type Rule,
  skillNameComplaint,
  toolNameComplaint,
  variableComplaint,
  versionComplaint,
} from './manifest-rules.ts';

function table(name: string, rule: Rule, { good, bad }: { good: string[]; bad: [string, string][] }): void {
  describe(name, () => {
    test.each(good)('%j is right', (value) => {
      expect(rule(value)).toBeNull();
    });
    test.each(bad)('%j is wrong: %s', (value, word) => {
      const complaint = rule(value);
      expect(`${complaint?.detail} | ${complaint?.fix}`).toContain(word);
    });
  });
}

table('a skill name', skillNameComplaint, {
  good: ['a', 'invoice-sync', 'a1-b2-c3', '7zip', 'a'.repeat(64)],
  bad: [
    ['', 'invoice-sync'],
    ['Invoice Sync', 'Write invoice-sync.'],
    ['-a', 'Write a.'],
    ['a-', 'Write a.'],
    ['a--b', 'Write a-b.'],
    ['größe', 'Write gr-e.'],
    ['a_b', 'Write a-b.'],
    ['a\n', 'Write a.'],
    ['a'.repeat(65), '1 to 64'],
    ['…', 'Write it as in invoice-sync.'],
  ],
});

table('a version', versionComplaint, {
  good: ['0.0.0', '1.2.3', '10.20.30', '1.0.0-alpha.1', '1.0.0-0.3.7', '1.0.0+build.5', '1.0.0-rc.1+build'],
  bad: [
    ['', 'Write it as in 0.0.0.'],
    ['1', 'Write it as in 1.0.0.'],
    ['1.2', 'Write it as in 1.2.0.'],
    ['v1.2.3', 'Write it as in 1.2.3.'],
    ['=1.2.3', 'Write it as in 1.2.3.'],
    [' 1.2.3', 'Write it as in 1.2.3.'],
    ['1.2.3\n', 'Write it as in 1.2.3.'],
    ['01.2.3', 'Write it as in 1.2.3.'],
    ['1.2.3.4', 'Write it as in 1.2.3.'],
    ['1.2.x', 'not a semantic version'],
    ['latest', 'not a semantic version'],
    ['1.0.0-01', 'not a semantic version'],
    [`1.0.0-${'a'.repeat(300)}`, 'not a semantic version'],
  ],
});

table('a file path', filePathComplaint, {
  good: [
    'a',
    './a',
    'data/**',
    '**',
    './**',
    '/etc/app/x.conf',
    '/srv/**',
    '.env',
    'a b',
    '/devices',
    '/process',
    'größe/x',
  ],
  bad: [
    ['', 'no path'],
    ['./', 'no path'],
    ['a'.repeat(1025), 'no path'],
    ['a\u0000b', 'invisible'],
    ['a\u202eb', 'invisible'],
    ['a\\b', 'backslash'],
    ['~/x', 'shell'],
    ['~', 'shell'],
    ['$HOME/x', 'shell'],
    ['/', 'whole file system'],
    ['/**', 'whole file system'],
    ['//', 'whole file system'],
    ['data/', 'write data/**'],
    ['*', 'pattern'],
    ['a/*', 'pattern'],
    ['a/**/b', 'pattern'],
    ['a?', 'pattern'],
    ['{a,b}', 'pattern'],
    ['..', 'segment'],
    ['a/../b', 'segment'],
    ['a/./b', 'segment'],
    ['a//b', 'segment'],
    ['//etc/passwd', 'segment'],
    ['.', 'segment'],
    ['/proc/self/environ', 'kernel'],
    ['/sys/**', 'kernel'],
    ['/dev', 'kernel'],
  ],
});

table('a variable', variableComplaint, {
  good: ['A', '_A', 'API_KEY', 'A1', 'LDAP_URL', 'PATHS', 'NODE_ENV', 'HOME'],
  bad: [
    ['', 'API_KEY'],
    ['lower', 'API_KEY'],
    ['1A', 'API_KEY'],
    ['A-B', 'API_KEY'],
    ['A\n', 'API_KEY'],
    ['A'.repeat(LINE_LENGTH_MAX + 1), 'API_KEY'],
    ['LD_PRELOAD', 'loads'],
    ['LD_LIBRARY_PATH', 'loads'],
    ['DYLD_INSERT_LIBRARIES', 'loads'],
    ['NODE_OPTIONS', 'loads'],
    ['PYTHONPATH', 'loads'],
    ['PERL5LIB', 'loads'],
    ['BASH_ENV', 'loads'],
    ['PATH', 'loads'],
  ],
});

table('a tool name', toolNameComplaint, {
  good: ['a', 'read_file', 'A.b-c', 'x'.repeat(128)],
  bad: [
    ['', 'read_file'],
    ['a b', 'read_file'],
    ['x'.repeat(129), 'read_file'],
    ['a/b', 'read_file'],
  ],
});

table('a parameter name', parameterNameComplaint, {
  good: ['a', '_a', 'file-path', 'constructor'],
  bad: [
    ['', 'file_path'],
    ['1a', 'file_path'],
    ['a b', 'file_path'],
    ['__proto__', 'file_path'],
    ['x'.repeat(65), 'file_path'],
  ],
});

table('a handler', handlerComplaint, {
  good: ['./handlers/example', 'handlers/example.py', 'a#b', './a/b.test#$x', 'x.ts'],
  bad: [
    ['', 'path inside'],
    ['./', 'path inside'],
    ['/a', 'path inside'],
    ['../a', 'path inside'],
    ['a/../b', 'path inside'],
    ['a//b', 'path inside'],
    ['a\\b', 'path inside'],
    ['a\u0000', 'path inside'],
    ['././a', 'path inside'],
    ['a#', 'export name'],
    ['a#1', 'export name'],
    ['a#b#c', 'export name'],
  ],
});

const detailOf = (schema: ReturnType<typeof line>, value: string) => schema.safeParse(value).error?.issues[0]?.message;

test('a line is one line that a person can see all of', () => {
  expect(detailOf(line(), 'x'.repeat(LINE_LENGTH_MAX))).toBeUndefined();
  expect(detailOf(line(), 'x'.repeat(LINE_LENGTH_MAX + 1))).toContain('257 characters');
  expect(detailOf(line(), ' \t')).toBe('The text is empty');
  expect(detailOf(line(), 'a\nb')).toContain('line break');
  expect(detailOf(line(), 'a\u202eb')).toContain('invisible');
  expect(detailOf(line(), 'a\ud800')).toContain('invisible');
});

test('a description may have lines, tabs and the joiners that scripts need, and no hidden tags', () => {
  expect(detailOf(prose(), 'two\nlines\tand \u{1F468}\u200d\u{1F469} می\u200cخواهم')).toBeUndefined();
  expect(detailOf(prose(), 'x'.repeat(DESCRIPTION_LENGTH_MAX))).toBeUndefined();
  expect(detailOf(prose(), 'x'.repeat(DESCRIPTION_LENGTH_MAX + 1))).toContain('1025 characters');
  expect(detailOf(prose(), 'hi\u{E0041}')).toContain('invisible');
  expect(detailOf(prose(), 'a\u0000')).toContain('invisible');
});
