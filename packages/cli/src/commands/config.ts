// `reknit config check`: what is wrong with a reknit.yaml, all of it, before anything is started from it.
import { lineOf, readReknit } from '../cluster/settings.js';
import { EXIT } from '../exit-codes.js';
import { describeComponents } from '../output/components.js';
import { jsonDocument } from '../output/json.js';
import { createTerminal } from '../output/terminal.js';
import { plural } from '../output/words.js';

export const FILE_DEFAULT = 'reknit.yaml';

export async function configCheck(file: string = FILE_DEFAULT, { json = false }: { readonly json?: boolean }): Promise<number> {
  const read = await readReknit(file);
  const problems = read.ok ? [] : read.problems;
  if (json) jsonDocument({ format: 1, file, ok: read.ok, problems });
  else if (read.ok) sayRight(file, read.file);
  else {
    for (const problem of problems) console.error(lineOf(file, problem));
    console.error(`${plural(problems.length, 'mistake')} in ${file}`);
  }
  return read.ok ? EXIT.ok : EXIT.usage;
}

type File = Extract<Awaited<ReturnType<typeof readReknit>>, { ok: true }>['file'];

function sayRight(file: string, { cluster, components }: File): void {
  const terminal = createTerminal();
  const nodes = cluster === undefined ? 'no nodes of a store' : plural(cluster.nodes ?? 3, 'node');
  terminal.line(`${file} is right: ${nodes}, ${plural(components.length, 'component')}`);
  for (const line of describeComponents(components)) terminal.line(`  ${line}`);
}
