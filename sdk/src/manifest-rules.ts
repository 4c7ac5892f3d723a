import parseVersion from 'semver/functions/parse.js';
import type { z } from 'zod';
import { type Complaint, show, text } from './field-errors.ts';
import { DESCRIPTION_LENGTH_MAX, LINE_LENGTH_MAX, SKILL_NAME_LENGTH_MAX } from './limits.ts';

/** The rules for single texts of a manifest. Each gives the complaint about one value, or null. */
export type Rule = (value: string) => Complaint | null;

/** One line that people read: not empty, at most LINE_LENGTH_MAX characters, nothing invisible in it. */
export function line(): z.ZodType<string, string> {
  return text((value) => proseComplaint(value, { lengthMax: LINE_LENGTH_MAX, breaks: false }));
}

/** The description of a skill or a tool, which may have line breaks. */
export function prose(): z.ZodType<string, string> {
  return text((value) => proseComplaint(value, { lengthMax: DESCRIPTION_LENGTH_MAX, breaks: true }));
}

/** The name rule of Agent Skills. */
export const skillNameComplaint: Rule = (value) => {
  if (value.length <= SKILL_NAME_LENGTH_MAX && SKILL_NAME.test(value)) return null;
  const fix = suggestName(value);
  return {
    detail: `${show(value)} is not a skill name; wanted 1 to ${SKILL_NAME_LENGTH_MAX} of a-z, 0-9 and single hyphens inside`,
    fix: SKILL_NAME.test(fix) ? `Write ${fix}.` : 'Write it as in invoice-sync.',
  };
};

/** Strict Semantic Versioning 2.0: no leading v, three numbers. */
export const versionComplaint: Rule = (value) => {
  // The library forgives a leading v and white space around.
  if (/^\d\S*$/.test(value) && parseVersion(value) !== null) return null;
  const numbers = value.match(/\d{1,9}/g) ?? [];
  const fix = `Write it as in ${[...numbers, '0', '0', '0'].slice(0, 3).map(Number).join('.')}.`;
  return { detail: `${show(value)} is not a semantic version`, fix };
};

/** A path of `permissions.files`: POSIX, relative or absolute, at its end perhaps a `/**`. */
export const filePathComplaint: Rule = (value) => {
  const path = value.replace(/^\.\//, '');
  const found = (what: string, fix: string) => ({ detail: `${show(value)} ${what}`, fix });
  if (path === '' || path.length > FILE_PATH_LENGTH_MAX) {
    return found(`is no path of 1 to ${FILE_PATH_LENGTH_MAX} characters`, 'Write it as in data/** or data/input.csv.');
  }
  if (INVISIBLE.test(path)) return found('has a control or invisible character', 'Type the path again.');
  if (path.includes('\\')) return found('has a backslash', 'Use / between folders.');
  if (/^~|\$/.test(path))
    return found('needs a shell to be read', 'Name the folder itself; ~ and $ mean nothing here.');
  if (/^\/+(?:\*\*)?$/.test(path)) return found('is the whole file system', 'Name the folder that is needed.');
  if (path.endsWith('/')) return found('ends with a slash', `For a whole folder write ${path}**.`);
  const base = path === '**' ? 'x' : path.replace(/\/\*\*$/, '');
  if (/[*?[\]{}]/.test(base))
    return found('has a pattern other than a final /**', 'Name files, or whole folders with /**.');
  const segments = (base.startsWith('/') ? base.slice(1) : base).split('/');
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) {
    return found('has an empty, `.` or `..` segment', 'Write the path without it.');
  }
  if (/^\/(?:proc|sys|dev)(?:\/|$)/.test(base)) return found('lies in the kernel’s own file systems', 'Remove it.');
  return null;
};

/** A variable of `permissions.environment` that a run may be given. */
export const variableComplaint: Rule = (value) => {
  if (value.length > LINE_LENGTH_MAX || !/^[A-Z_][A-Z0-9_]*$/.test(value)) {
    return { detail: `${show(value)} is not a variable name; wanted A-Z, 0-9 and _`, fix: 'Write it as in API_KEY.' };
  }
  if (!LOADER_VARIABLE.test(value)) return null;
  return {
    detail: `${value} changes which code a program loads`,
    fix: 'Use a variable of your own; what steers a loader or an interpreter is never passed on.',
  };
};

/** Tool names of MCP. */
export const toolNameComplaint: Rule = (value) =>
  /^[A-Za-z0-9_.-]{1,128}$/.test(value)
    ? null
    : {
        detail: `${show(value)} is not a tool name; wanted 1 to 128 of A-Z, a-z, 0-9, _ . -`,
        fix: 'Write it as in read_file.',
      };

export const parameterNameComplaint: Rule = (value) =>
  /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/.test(value) && value !== '__proto__'
    ? null
    : {
        detail: `${show(value)} is not a parameter name; wanted a letter or _, then letters, digits, _ -`,
        fix: 'Write it as in file_path.',
      };

/** `./handlers/example#run`: a path inside the package, its extension and `#export` optional. */
export const handlerComplaint: Rule = (value) => {
  const [path = '', exportName, ...rest] = value.replace(/^\.\//, '').split('#');
  const found = (what: string, fix: string) => ({ detail: `${show(value)} ${what}`, fix });
  if (rest.length > 0 || (exportName !== undefined && !/^[A-Za-z_$][\w$]*$/.test(exportName))) {
    return found('has no export name after #', 'Write it as in ./handlers/example#run.');
  }
  const segments = path.split('/');
  if (
    INVISIBLE.test(path) ||
    path.includes('\\') ||
    segments.some((part) => part === '' || part === '.' || part === '..')
  ) {
    return found('is no path inside the package', 'Write it as in ./handlers/example.');
  }
  return null;
};

/** What a handler may be written in, in the order in which a missing extension is filled in. */
export const HANDLER_EXTENSIONS = ['.ts', '.tsx', '.mjs', '.js', '.cjs', '.py'] as const;

const FILE_PATH_LENGTH_MAX = 1024;
const SKILL_NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
/** Some scripts and emoji need the zero-width joiners; line breaks and tabs are allowed apart. */
const INVISIBLE_IN_PROSE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}/u;
const LOADER_VARIABLE =
  /^(?:LD_|DYLD_|_?JAVA_(?:TOOL_)?OPTIONS$|JDK_JAVA_OPTIONS$|NODE_(?:OPTIONS|PATH|EXTRA_CA_CERTS|TLS_REJECT_UNAUTHORIZED)$|PYTHON(?:PATH|HOME|STARTUP|INSPECT)$|PERL5?(?:LIB|OPT|DB)$|RUBY(?:LIB|OPT)$|BASH_ENV$|BASHOPTS$|SHELLOPTS$|ENV$|IFS$|PATH$|PS4$|PROMPT_COMMAND$|GCONV_PATH$|MALLOC_|GLIBC_TUNABLES$|GIT_(?:SSH|EXEC_PATH|CONFIG)|SSL_CERT_|HTTPS?_PROXY$|ALL_PROXY$)/;

function proseComplaint(
  value: string,
  { lengthMax, breaks }: { lengthMax: number; breaks: boolean },
): Complaint | null {
  if (value.trim() === '') return { detail: 'The text is empty', fix: 'Write what a reviewer should read here.' };
  if (value.length > lengthMax) {
    return { detail: `The text has ${value.length} characters; wanted at most ${lengthMax}`, fix: 'Shorten it.' };
  }
  if (!breaks && /[\r\n]/.test(value))
    return { detail: 'The text has a line break; wanted one line', fix: 'Write it on one line.' };
  if (INVISIBLE_IN_PROSE.test(value.replaceAll(/[\r\n\t]/g, ' '))) {
    return {
      detail: 'The text has a control or invisible character',
      fix: 'Type it again; a reviewer must see all of it.',
    };
  }
  return null;
}

function suggestName(value: string): string {
  const words = value.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return words.join('-').slice(0, SKILL_NAME_LENGTH_MAX);
}
