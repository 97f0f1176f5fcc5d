// A command as people write it, taken apart into a program and its arguments. No shell ever sees it: what only a shell could
// do is refused, with the way to ask for a shell.

export type CommandLine =
  | { readonly ok: true; readonly words: readonly string[] }
  | { readonly ok: false; readonly text: string };

const SHELL_ONLY = /^(?:\|\|?|&&?|;|<|>>?|2>&?1?|2>>)$/;
const IN_WORD = /[`;|&<>]|\$\(|\$[A-Za-z_]/;

/** Single quotes keep everything, double quotes all but `\"` and `\\`; a backslash keeps the next character. */
export function parseCommandLine(text: string): CommandLine {
  const words: { word: string; bare: boolean }[] = [];
  const part = /\s*((?:[^\s'"\\]|\\.|'[^']*'|"(?:[^"\\]|\\.)*")+)/gy;
  let end = 0;
  for (let found = part.exec(text); found !== null; found = part.exec(text)) {
    end = part.lastIndex;
    words.push({ word: unquoted(found[1]!), bare: !/['"\\]/.test(found[1]!) });
  }
  if (text.slice(end).trim() !== '') return { ok: false, text: 'has a quote that is not closed' };
  const shell = words.find(({ word, bare }) => bare && (SHELL_ONLY.test(word) || IN_WORD.test(word)));
  if (shell !== undefined)
    return { ok: false, text: `has "${shell.word}", which only a shell understands: write  [sh, -c, "exec …"]  if you mean one` };
  return words.length === 0 ? { ok: false, text: 'is empty' } : { ok: true, words: words.map(({ word }) => word) };
}

const unquoted = (word: string): string =>
  word.replace(
    /'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)/g,
    (_, single?: string, double?: string, escaped?: string) => single ?? double?.replace(/\\(["\\])/g, '$1') ?? escaped ?? '',
  );
