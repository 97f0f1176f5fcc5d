// A Vite plugin that hands out a mutant's text in place of one file's. The tree stays as it is.
import type { Plugin } from 'vitest/config';
import type { Mutant } from './mutants.js';

export function mutate({ name, edits }: Mutant): Plugin {
  return {
    name: `mutant ${name}`,
    enforce: 'pre',
    transform(code, id) {
      const edit = edits.find(({ file }) => id.endsWith(`/${file}`));
      if (edit === undefined) return undefined;
      const places = code.split(edit.find).length - 1;
      if (places !== 1) throw new Error(`mutant ${name} must match ${edit.file} in one place, but does in ${places}`);
      return { code: code.replace(edit.find, () => edit.replace), map: null };
    },
  };
}
