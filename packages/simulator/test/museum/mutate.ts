// A Vite plugin that hands out a mutant's text in place of one file's. The tree stays as it is.
import type { Plugin } from 'vitest/config';
import type { Edit, Mutant } from './mutants.js';

export function mutate({ name, edits }: Mutant): Plugin {
  return {
    name: `mutant ${name}`,
    enforce: 'pre',
    transform(code, id) {
      const own = edits.filter(({ file }) => id.endsWith(`/${file}`));
      return own.length === 0 ? undefined : { code: own.reduce((text, edit) => apply(name, text, edit), code), map: null };
    },
  };
}

function apply(name: string, code: string, { file, find, replace }: Edit): string {
  const places = code.split(find).length - 1;
  if (places !== 1) throw new Error(`mutant ${name} must match ${file} in one place, but does in ${places}`);
  return code.replace(find, () => replace);
}
